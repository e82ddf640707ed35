#include "connect/settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/runtime/connector.h"
#include "connect/settings/text.h"
#include "sim/memory_file.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConnectorFiles : public testing::Test {
 protected:
  std::string write(const std::string& path, const std::string& text) {
    EXPECT_TRUE(replace_file(files_, path, text));
    return path;
  }

  Result<ConnectorConfig> load(const std::string& path, const std::string& text) {
    return ConnectorConfig::load(files_, write(path, text));
  }

  // What lint says of a file with this text.
  std::vector<std::string> problems(const std::string& path, const std::string& text) {
    std::vector<Error> found;
    load_connectors({write(path, text)}, {.files = files_}, found);
    std::vector<std::string> details;
    for (const auto& error : found) details.push_back(error.detail);
    return details;
  }

  MemoryFileSystem files_;
};

constexpr const char* kSource = "name=orders\nconnector.class=file-source\nfile=in.csv\ntopic=orders\n";

TEST_F(ConnectorFiles, properties_have_comments_continued_lines_and_two_separators) {
  auto config = load("a.properties", "# comment\n! comment\n a = 1 \nb: two words\r\nc=x,\\\n  y,\\\n  z\nd=\ne=p=q");
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->values.at("a").text, "1");
  EXPECT_EQ(config->values.at("b").text, "two words");
  EXPECT_EQ(config->values.at("b").line, 4);
  EXPECT_EQ(config->values.at("c").text, "x,y,z");
  EXPECT_EQ(config->values.at("c").line, 5);
  EXPECT_EQ(config->values.at("d").text, "");
  EXPECT_EQ(config->values.at("e").text, "p=q");
  EXPECT_EQ(config->values.size(), 5u);
}

TEST_F(ConnectorFiles, yaml_is_flat_or_has_kafkas_config_inside) {
  auto flat = load("a.yaml", "name: x\ntopics: [a, b]\nfsync: false\n");
  ASSERT_TRUE(flat) << flat.error().to_string();
  EXPECT_EQ(flat->values.at("topics").text, "a,b");
  EXPECT_EQ(flat->values.at("fsync").text, "false");
  auto nested = load("b.yml", "name: x\nconfig:\n  topic: t\n  tasks.max: 1\n");
  ASSERT_TRUE(nested) << nested.error().to_string();
  EXPECT_EQ(nested->values.at("topic").text, "t");
  EXPECT_EQ(nested->values.at("topic").line, 3);
  EXPECT_EQ(nested->values.at("tasks.max").text, "1");
}

TEST_F(ConnectorFiles, what_is_no_setting_is_an_error_with_its_line) {
  EXPECT_EQ(load("a.properties", "a=1\n\nnothing\n").error().detail,
            "a.properties:3: expected key=value, not 'nothing'");
  EXPECT_EQ(load("a.properties", "=1\n").error().detail, "a.properties:1: expected key=value, not '=1'");
  EXPECT_EQ(load("a.properties", "a=1\nb=2\na=3\n").error().detail,
            "a.properties:3: 'a' is set twice, first in line 1");
  EXPECT_EQ(load("a.yaml", "name: x\ntopic: {a: b}\n").error().detail,
            "a.yaml:2: 'topic' must be a text, a number or a list");
  EXPECT_THAT(load("a.yaml", "- a\n- b\n").error().detail, HasSubstr("a.yaml:1: expected a map"));
  EXPECT_THAT(load("a.yaml", "a: [1\n").error().detail, HasSubstr("a.yaml:"));
  EXPECT_EQ(load("a.yaml", "").error().code, ErrorCode::invalid_config);
  EXPECT_EQ(ConnectorConfig::load(files_, "missing").error().code, ErrorCode::not_found);
}

TEST_F(ConnectorFiles, a_right_file_has_no_problems) {
  EXPECT_THAT(problems("a.properties", kSource), IsEmpty());
  EXPECT_THAT(problems("b.yaml", "name: out\nconnector.class: FileStreamSink\nfile: o\ntopics: [a, b]\n"), IsEmpty());
}

TEST_F(ConnectorFiles, an_unknown_setting_is_a_problem_and_the_nearest_name_is_offered) {
  EXPECT_THAT(problems("a.properties", kSource + std::string("formt=csv\n")),
              ElementsAre("a.properties:5: connector orders: formt = 'csv': there is no such setting; did you mean "
                          "'format'?"));
  EXPECT_THAT(problems("a.properties", kSource + std::string("something.else=1\n")),
              ElementsAre("a.properties:5: connector orders: something.else = '1': there is no such setting"));
}

TEST_F(ConnectorFiles, every_problem_is_told_at_once) {
  EXPECT_THAT(
      problems("a.properties", "name=orders\nconnector.class=file-source\nformat=tsv\ntopic=\nbatch.records=0\n"),
      ElementsAre("a.properties:4: connector orders: topic = '': must be set: where the records go; made if it "
                  "is not there",
                  "a.properties:5: connector orders: batch.records = '0': must be a number from 1 to 1000000",
                  "a.properties: connector orders: file: must be set: the file to read, or a pattern of names "
                  "(logs/*.log): all such files, also as they come, go and are renamed",
                  "a.properties:3: connector orders: format = 'tsv': must be one of lines, csv, jsonl"));
}

TEST_F(ConnectorFiles, settings_that_contradict_each_other_are_a_problem) {
  EXPECT_THAT(problems("a.properties", kSource + std::string("key.field=id\n")),
              ElementsAre("a.properties:5: connector orders: key.field = 'id': lines have no fields; set format = csv "
                          "or jsonl"));
  EXPECT_THAT(problems("a.properties", kSource + std::string("csv.separator=ab\n")),
              ElementsAre(HasSubstr("csv.separator = 'ab': must be one character")));
  EXPECT_THAT(problems("a.properties", "name=a b\nconnector.class=file-sink\nfile=o\ntopics=t\n"),
              ElementsAre(HasSubstr("name = 'a b': must be 1 to 200 letters")));
}

TEST_F(ConnectorFiles, a_missing_or_unknown_class_names_those_there_are) {
  EXPECT_THAT(
      problems("a.properties", "name=x\n"),
      ElementsAre(HasSubstr("a.properties: connector x: connector.class: must be one of file-source, file-sink, ")));
  EXPECT_THAT(problems("a.properties", "connector.class=jdbc\n"),
              ElementsAre(HasSubstr(
                  "a.properties:1: connector a.properties: connector.class = 'jdbc': must be one of file-source, "
                  "file-sink, ")));
}

TEST_F(ConnectorFiles, two_connectors_of_one_name_are_a_problem) {
  std::vector<Error> found;
  auto connectors =
      load_connectors({write("a.properties", kSource), write("b.properties", kSource)}, {.files = files_}, found);
  EXPECT_EQ(connectors.size(), 1u);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].detail, "b.properties: connector orders: there is another one of this name in a.properties");
}

TEST(Text, distance_counts_letters_put_in_left_out_or_changed) {
  EXPECT_EQ(edit_distance("format", "format"), 0u);
  EXPECT_EQ(edit_distance("formt", "format"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST_F(ConnectorFiles, one_of_file_and_files_must_be_set_and_no_file_twice) {
  const std::string rest = "name=x\nconnector.class=file-source\ntopic=t\n";
  EXPECT_THAT(problems("a.properties", rest + "files=a, b\ntasks.max=2\n"), IsEmpty());
  EXPECT_THAT(problems("a.properties", rest), ElementsAre(HasSubstr("file: must be set")));
  EXPECT_THAT(problems("a.properties", rest + "file=a\nfiles=b\n"),
              ElementsAre("a.properties:5: connector x: files = 'b': set file or files, not both"));
  EXPECT_THAT(problems("a.properties", rest + "files=a,b,a\n"), ElementsAre(HasSubstr("names a file twice")));
  EXPECT_THAT(problems("a.properties", rest + "files=,\n"), ElementsAre(HasSubstr("must name at least one")));
}

}  // namespace
}  // namespace weir::connect
