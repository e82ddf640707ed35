#include "connect/runtime/trial.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "connect/runtime/pages.h"
#include "sim/memory_file.h"

namespace weir::connect::trial_test {
namespace {

using testing::HasSubstr;

constexpr const char* kSource =
    "name=orders\nconnector.class=file-source\nfile=in\ntopic=orders\nformat=jsonl\n"
    "transforms=mask,drop,key\n"
    "transforms.mask.type=MaskField$Value\ntransforms.mask.fields=card\ntransforms.mask.predicate=empty\n"
    "transforms.mask.negate=true\n"
    "transforms.drop.type=Filter\ntransforms.drop.predicate=test\n"
    "transforms.key.type=ValueToKey\ntransforms.key.fields=id\ntransforms.key.predicate=empty\n"
    "transforms.key.negate=true\n"
    "predicates=empty,test\npredicates.empty.type=RecordIsTombstone\n"
    "predicates.test.type=HasHeaderKey\npredicates.test.name=test\n";

constexpr const char* kSink =
    "name=out\nconnector.class=file-sink\nfile=out\ntopics=orders\nvalue.converter=json\n"
    "header.converter=SimpleHeaderConverter\n"
    "transforms=cast\ntransforms.cast.type=Cast$Value\ntransforms.cast.spec=id:string\n";

class Trials : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(replace_file(files_, "source.properties", kSource));
    ASSERT_TRUE(replace_file(files_, "sink.properties", kSink));
  }

  // What is wrong with each trial, "ok" where nothing is; or with the file.
  std::string of(const std::string& connector, const std::string& tests) {
    EXPECT_TRUE(replace_file(files_, "a.test.yaml", "connector: " + connector + "\n" + tests));
    auto trials = run_trials("a.test.yaml", {.files = files_});
    if (!trials) return "file: " + trials.error().detail;
    std::string all;
    for (const Trial& trial : *trials) {
      all += (all.empty() ? "" : "; ") + trial.name + ": " + (trial.fault.empty() ? "ok" : trial.fault);
    }
    return all;
  }

  MemoryFileSystem files_;
};

TEST_F(Trials, of_a_source_hold_what_goes_to_its_topic) {
  EXPECT_EQ(of("source.properties", R"(
tests:
  - name: covered
    input:
      - {value: {id: 1, card: "1234"}}
      - {value: {id: 2, card: "5678"}, headers: {test: "1"}}
      - {key: a}
    output:
      - {topic: orders, key: {id: 1}, value: {card: "", id: 1}}
      - {key: a, value: null, timestamp: -1}
)"),
            "covered: ok");
}

TEST_F(Trials, of_a_sink_hold_what_it_is_given) {
  EXPECT_EQ(of("sink.properties", R"(
tests:
  - name: numbers
    input: [{topic: other, key: k, value: {id: 1.50}, headers: {h: "2.5", t: hello}, timestamp: 5}]
    output: [{topic: other, key: k, value: {id: "1.5"}, headers: {h: "2.5", t: hello}, timestamp: 5}]
  - name: text
    input: [{value: "oops"}]
    error: not JSON
)"),
            "numbers: ok; text: ok");
}

TEST_F(Trials, every_difference_is_named) {
  const auto one = [this](const std::string& input, const std::string& rest) {
    return of("source.properties", "tests: [{input: [" + input + "], " + rest + "}]\n");
  };
  const std::string input = "{value: {id: 1, card: 'x'}, headers: {h: a}}";
  EXPECT_EQ(one(input, "output: []"), "test: expected 0 records, 1 came");
  EXPECT_EQ(one(input, "output: [{topic: t}]"), "test: output 1, topic: expected t, came orders");
  EXPECT_EQ(one(input, "output: [{timestamp: 5}]"), "test: output 1, timestamp: expected 5, came -1");
  EXPECT_EQ(one(input, "output: [{key: {id: 2}}]"), R"(test: output 1, key: expected {"id":2}, came {"id":1})");
  EXPECT_EQ(one(input, "output: [{key: null}]"), R"(test: output 1, key: expected null, came {"id":1})");
  EXPECT_EQ(one(input, "output: [{value: text}]"), R"(test: output 1, value: expected text, came {"id":1,"card":""})");
  EXPECT_EQ(one(input, "output: [{headers: {x: a}}]"), "test: output 1, headers: there is no header 'x'");
  EXPECT_EQ(one(input, "output: [{headers: {h: b}}]"), "test: output 1, headers 'h': expected b, came a");
  EXPECT_EQ(one(input, "output: [{headers: {}}]"), "test: output 1, headers: 1 came");
  EXPECT_EQ(one(input, "error: oops"), "test: expected an error 'oops', there was none");
  EXPECT_EQ(one("{value: [1]}", "output: []"), "test: record 1: transform mask: value: expected fields, not a list");
}

TEST_F(Trials, a_file_that_is_none_is_told_with_its_line) {
  EXPECT_EQ(of("source.properties", "tests:\n  - {input: [], outputs: []}\n"),
            "file: a.test.yaml:3: 'outputs' is nothing that a test has");
  EXPECT_EQ(of("source.properties", "tests:\n  - {input: []}\n"),
            "file: a.test.yaml:3: a test must have either 'output' or 'error'");
  EXPECT_EQ(of("source.properties", "tests:\n  - {input: [{vlaue: 1}], output: []}\n"),
            "file: a.test.yaml:3: 'vlaue' is nothing that a record has");
  EXPECT_EQ(of("source.properties", "test: []\n"), "file: a.test.yaml:2: 'test' is nothing that a file of tests has");
  EXPECT_THAT(of("nowhere.properties", "tests: [{input: [], output: []}]\n"), HasSubstr("nowhere.properties"));
  EXPECT_THAT(of("source.properties", "tests: [\n"), HasSubstr("file: a.test.yaml:"));
}

TEST(Pages, of_connectors_are_those_in_docs) {
  for (const Page& page : pages(ConnectorClasses())) {
    const std::string path = WEIR_TEST_DIR "/../docs/connect/" + page.name + ".md";
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), page.text) << "run: weir connect docs --into docs/connect";
  }
}

TEST(Pages, every_connector_says_what_it_does_and_what_it_guarantees) {
  const ConnectorClasses classes;
  for (const ConnectorClass& kind : classes.all()) {
    EXPECT_NE(kind.summary, "") << kind.names.front();
    EXPECT_NE(kind.guarantee, "") << kind.names.front();
    for (const Setting& setting : kind.settings) EXPECT_NE(setting.meaning, "") << setting.name;
  }
  EXPECT_THAT(list_of_connectors(classes), HasSubstr("file-source"));
}

}  // namespace
}  // namespace weir::connect::trial_test
