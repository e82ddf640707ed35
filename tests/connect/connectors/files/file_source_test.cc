#include "connect/connectors/files/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/connectors/files/file_position.h"
#include "sim/memory_file.h"
#include "tests/connect/payload_text.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileSourceTest : public testing::Test {
 protected:
  void write(const std::string& text) {
    auto file = files_.open("in", OpenMode::create).value();
    ASSERT_TRUE(file->truncate(0));
    ASSERT_TRUE(file->write_at(0, text));
  }
  void append(const std::string& text) {
    auto file = files_.open("in", OpenMode::create).value();
    ASSERT_TRUE(file->write_at(*file->size(), text));
  }
  void replace(const std::string& text) { ASSERT_TRUE(replace_file(files_, "in", text)); }

  // Forgets the running source and starts one at the last position.
  Result<> restart(Input input = Input::may_grow) {
    options_.path = "in";
    source_ = file_source(options_, files_);
    return source_->start(positions_, input);
  }

  // What one poll gives: values, or "error: ...".
  std::vector<std::string> poll(std::size_t max_records = 100) {
    if (!source_) {
      if (auto started = restart(); !started) return {"error: " + started.error().detail};
    }
    auto polled = source_->poll(max_records, Millis(0), 7'000, batch_);
    if (!polled) return {"error: " + polled.error().detail};
    for (const auto& [partition, position] : batch_.positions) positions_[partition] = position;
    std::vector<std::string> values;
    for (const auto& record : batch_.records) values.push_back(text_of(record.value));
    return values;
  }

  FilePosition position() const { return *FilePosition::parse(positions_.at(kPartition)); }

  MemoryFileSystem files_;
  FileSourceOptions options_;
  std::unique_ptr<Source> source_;
  SourceBatch batch_;
  SourcePositions positions_;

  static constexpr const char* kPartition = R"({"file":"in"})";
};

TEST_F(FileSourceTest, lines_become_records_as_the_file_grows) {
  write("one\ntwo\r\n\nthr");
  EXPECT_THAT(poll(), ElementsAre("one", "two", ""));
  EXPECT_TRUE(batch_.at_end);
  EXPECT_THAT(poll(), IsEmpty());
  append("ee\nfour\n");
  EXPECT_THAT(poll(), ElementsAre("three", "four"));
  EXPECT_EQ(position().offset, 21u);
  EXPECT_EQ(position().line, 5u);
}

TEST_F(FileSourceTest, a_poll_gives_at_most_what_was_asked_for_and_goes_on_there) {
  write("1\n2\n3\n4\n5\n");
  EXPECT_THAT(poll(2), ElementsAre("1", "2"));
  EXPECT_FALSE(batch_.at_end);
  EXPECT_THAT(poll(2), ElementsAre("3", "4"));
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(2), ElementsAre("5"));
  EXPECT_TRUE(batch_.at_end);
}

TEST_F(FileSourceTest, any_position_is_one_to_go_on_from) {
  std::string text;
  std::vector<std::string> all;
  for (int i = 0; i < 40; ++i) all.push_back(std::string(static_cast<std::size_t>(i * 7), 'x') + std::to_string(i));
  for (const auto& line : all) text += line + "\n";
  write(text);
  for (std::size_t step = 1; step <= 7; ++step) {
    positions_.clear();
    std::vector<std::string> seen;
    do {
      ASSERT_TRUE(restart());
      for (auto& value : poll(step)) seen.push_back(value);
    } while (!batch_.at_end);
    EXPECT_EQ(seen, all) << step;
  }
}

TEST_F(FileSourceTest, a_last_line_without_a_newline_is_a_record_if_the_input_is_complete) {
  write("one\ntwo");
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(), ElementsAre("one", "two"));
  EXPECT_TRUE(batch_.at_end);
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(FileSourceTest, a_newline_that_comes_after_its_line_was_taken_is_no_line_of_its_own) {
  for (const char* rest : {"\nthree\n", "\r\nthree\n"}) {
    positions_.clear();
    write("one\ntwo");
    ASSERT_TRUE(restart(Input::is_complete));
    EXPECT_THAT(poll(), ElementsAre("one", "two"));
    append(rest);
    ASSERT_TRUE(restart(Input::is_complete));
    EXPECT_THAT(poll(), ElementsAre("three"));
    EXPECT_EQ(position().line, 3u);
  }
}

TEST_F(FileSourceTest, what_a_line_grows_by_after_it_was_taken_is_not_lost) {
  write("one\ntw");
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(), ElementsAre("one", "tw"));
  append("o\nthree\n");
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("o", "three"));
}

TEST_F(FileSourceTest, long_lines_are_put_together_from_many_reads) {
  const std::string line(1'000'000, 'x');
  write(line + "\nshort\n" + line);
  ASSERT_TRUE(restart(Input::is_complete));
  auto values = poll();
  EXPECT_THAT(values, ElementsAre(line, "short", line));
}

TEST_F(FileSourceTest, rows_become_objects_under_their_header_also_after_a_restart) {
  options_.format = FileFormat::csv;
  options_.key_field = "id";
  write("\xef\xbb\xbfid,text\r\n1,\"a \"\"b\"\"\nc\"\r\n\n2,d\n");
  EXPECT_THAT(poll(1), ElementsAre(R"({"id":"1","text":"a \"b\"\nc"})"));
  EXPECT_EQ(text_of(batch_.records[0].key), "1");
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre(R"({"id":"2","text":"d"})"));
  EXPECT_EQ(text_of(batch_.records[0].key), "2");
}

TEST_F(FileSourceTest, json_lines_are_checked_and_their_key_is_a_fields_text) {
  options_.format = FileFormat::jsonl;
  options_.key_field = "k";
  write("{\"k\":\"a\", \"n\":1}\n\n{\"k\":1.5}\n{\"k\":{\"x\":1}}\n");
  EXPECT_THAT(poll(), ElementsAre("{\"k\":\"a\", \"n\":1}", "{\"k\":1.5}", "{\"k\":{\"x\":1}}"));
  EXPECT_EQ(text_of(batch_.records[0].key), "a");
  EXPECT_EQ(text_of(batch_.records[1].key), "1.5");
  EXPECT_EQ(text_of(batch_.records[2].key), "{\"x\":1}");
}

TEST_F(FileSourceTest, a_malformed_record_ends_the_source_after_those_before_it) {
  options_.format = FileFormat::jsonl;
  write("1\n2\noops\n3\n");
  EXPECT_THAT(poll(), ElementsAre("1", "2"));
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("error: in:3: not JSON")));
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("error: in:3: not JSON")));
}

TEST_F(FileSourceTest, malformed_records_are_skipped_and_counted_if_that_is_asked_for) {
  options_.malformed = Malformed::skip;
  options_.format = FileFormat::csv;
  write("a,b\n1,2\n3\n4,\"5\" \n6,7\n");
  EXPECT_THAT(poll(), ElementsAre(R"({"a":"1","b":"2"})", R"({"a":"6","b":"7"})"));
  EXPECT_EQ(batch_.rejected.size(), 2u);
}

TEST_F(FileSourceTest, a_header_that_lacks_a_column_is_never_skipped) {
  options_.malformed = Malformed::skip;
  options_.format = FileFormat::csv;
  options_.key_field = "id";
  write("a,b\n1,2\n");
  EXPECT_THAT(poll(), ElementsAre("error: in:1: the header has no column 'id'"));
}

TEST_F(FileSourceTest, timestamps_are_the_time_of_reading_zero_or_a_field) {
  write("{\"t\":5}\n");
  poll();
  EXPECT_EQ(batch_.records[0].timestamp_ms, 7'000);
  options_.timestamps = Timestamps::zero;
  positions_.clear();
  ASSERT_TRUE(restart());
  poll();
  EXPECT_EQ(batch_.records[0].timestamp_ms, 0);
  options_.format = FileFormat::jsonl;
  options_.timestamp_field = "t";
  positions_.clear();
  ASSERT_TRUE(restart());
  poll();
  EXPECT_EQ(batch_.records[0].timestamp_ms, 5);
  append("{\"t\":\"noon\"}\n");
  EXPECT_THAT(poll(), ElementsAre("error: in:2: field 't' is no timestamp: 'noon'"));
}

TEST_F(FileSourceTest, a_missing_file_is_an_error_that_names_it) {
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("in")));
  EXPECT_EQ(restart().error().code, ErrorCode::not_found);
}

TEST_F(FileSourceTest, a_file_that_was_replaced_truncated_or_rewritten_while_nobody_looked_is_noticed) {
  write("one\ntwo\n");
  poll();
  replace("one\ntwo\nthree\n");
  EXPECT_THAT(restart().error().detail, HasSubstr("in is another file than the one that was read before (inode "));
  positions_.clear();
  ASSERT_TRUE(restart());
  poll();
  write("one\n");
  EXPECT_THAT(restart().error().detail, HasSubstr("in has 4 bytes, but had 14 when it was read before"));
  write("ONE\ntwo\nthree\n");
  EXPECT_THAT(restart().error().detail, HasSubstr("in begins with other bytes"));
  write("one\ntwo\nthree\n");
  EXPECT_TRUE(restart());
}

TEST_F(FileSourceTest, a_file_that_is_replaced_or_truncated_while_it_is_read_is_noticed) {
  write("one\n");
  EXPECT_THAT(poll(), ElementsAre("one"));
  replace("new\n");
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("another file")));
  positions_.clear();
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("new"));
  write("");
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("truncated")));
}

TEST_F(FileSourceTest, a_file_that_is_moved_away_is_waited_for) {
  write("one\n");
  EXPECT_THAT(poll(), ElementsAre("one"));
  ASSERT_TRUE(files_.rename("in", "in.1"));
  EXPECT_THAT(poll(), IsEmpty());
  EXPECT_TRUE(batch_.at_end);
}

TEST_F(FileSourceTest, a_replaced_file_is_read_from_its_beginning_if_that_is_asked_for) {
  options_.replaced = Replaced::restart;
  write("one\ntw");
  EXPECT_THAT(poll(), ElementsAre("one"));
  replace("new\nfile\n");
  EXPECT_THAT(poll(), ElementsAre("tw"));  // the end of the old file completes its last line
  EXPECT_FALSE(batch_.at_end);
  ASSERT_TRUE(restart());  // at the position that goes with it
  EXPECT_THAT(poll(), ElementsAre("new", "file"));
  replace("third\n");
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("third"));
}

TEST_F(FileSourceTest, a_replaced_csv_file_has_its_own_header) {
  options_.replaced = Replaced::restart;
  options_.format = FileFormat::csv;
  write("a\n1\n");
  EXPECT_THAT(poll(), ElementsAre(R"({"a":"1"})"));
  replace("b,c\n2,3\n");
  EXPECT_THAT(poll(), IsEmpty());
  EXPECT_THAT(poll(), ElementsAre(R"({"b":"2","c":"3"})"));
}

// --- a file that changes while the source is behind ---

TEST_F(FileSourceTest, a_file_that_is_cut_while_the_source_is_behind_is_a_replaced_one) {
  for (const char* anew : {"new\n", "", "a longer line than all before it together\nnew\n"}) {
    positions_.clear();
    options_.replaced = Replaced::restart;
    write("line 1\nline 2\nline 3\n");
    ASSERT_TRUE(restart());
    EXPECT_THAT(poll(1), ElementsAre("line 1"));
    write(anew);
    EXPECT_THAT(poll(1), IsEmpty());
    append("last\n");
    std::vector<std::string> rest;
    for (auto values = poll(1); !values.empty(); values = poll(1)) rest.push_back(values.front());
    EXPECT_EQ(rest.back(), "last") << anew;
    EXPECT_EQ(position().offset, std::string(anew).size() + 5) << anew;
  }
  options_.replaced = Replaced::fail;
  positions_.clear();
  write("line 1\nline 2\nline 3\n");
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(1), ElementsAre("line 1"));
  write("new\n");
  EXPECT_THAT(poll(1), ElementsAre(HasSubstr("truncated; to read it from its beginning set file.replaced = restart")));
}

TEST_F(FileSourceTest, an_input_that_is_complete_is_watched_too) {
  options_.replaced = Replaced::restart;
  write("1\n2\n3\n");
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(1), ElementsAre("1"));
  write("4\n");
  EXPECT_THAT(poll(1), IsEmpty());
  EXPECT_FALSE(batch_.at_end);
  EXPECT_THAT(poll(), ElementsAre("4"));
  EXPECT_TRUE(batch_.at_end);
}

// --- what is no record ---

TEST_F(FileSourceTest, a_line_that_is_too_long_is_malformed) {
  options_.longest_record = 1'000;
  write("one\n" + std::string(700'000, 'x') + "\ntwo\n");
  EXPECT_THAT(poll(), ElementsAre("one"));
  EXPECT_THAT(poll(), ElementsAre("error: in:2: a record of more than 1000 bytes"));
  options_.malformed = Malformed::skip;
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("two"));
  EXPECT_EQ(batch_.rejected.size(), 1u);
  EXPECT_EQ(position().line, 3u);
}

TEST_F(FileSourceTest, a_line_may_be_as_long_as_is_said_and_not_longer) {
  options_.longest_record = 10;
  options_.malformed = Malformed::skip;
  write("1234567890\n12345678901\nlast\n12345678901");
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(), ElementsAre("1234567890", "last"));
  EXPECT_EQ(batch_.rejected.size(), 2u);
  options_.malformed = Malformed::fail;
  positions_.clear();
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("1234567890"));
  EXPECT_THAT(poll(), ElementsAre("error: in:2: a record of more than 10 bytes"));
}

TEST_F(FileSourceTest, a_line_that_is_too_long_and_has_no_end_yet_is_left_out_when_it_has) {
  options_.longest_record = 10;
  options_.malformed = Malformed::skip;
  for (bool restarts : {false, true}) {
    positions_.clear();
    write("one\n" + std::string(300'000, 'x'));
    ASSERT_TRUE(restart());
    EXPECT_THAT(poll(), ElementsAre("one"));
    append(std::string(300'000, 'x'));
    if (restarts) {
      ASSERT_TRUE(restart());
    }
    EXPECT_THAT(poll(), IsEmpty());
    append("\ntwo\n");
    EXPECT_THAT(poll(), ElementsAre("two"));
    EXPECT_EQ(batch_.rejected.size(), 1u);
  }
  write("one\n" + std::string(300'000, 'x'));
  positions_.clear();
  ASSERT_TRUE(restart(Input::is_complete));
  EXPECT_THAT(poll(), ElementsAre("one"));
  EXPECT_EQ(batch_.rejected.size(), 1u);
}

TEST_F(FileSourceTest, rows_that_are_too_long_are_left_out_also_where_they_span_lines) {
  options_.format = FileFormat::csv;
  options_.longest_record = 100;
  options_.malformed = Malformed::skip;
  write("a,b\n1,2\n3,\"" + std::string(400'000, 'x') + "\n" + std::string(400'000, 'y') + "\"\n5,6\n");
  EXPECT_THAT(poll(), ElementsAre(R"({"a":"1","b":"2"})", R"({"a":"5","b":"6"})"));
  EXPECT_EQ(batch_.rejected.size(), 1u);
}

TEST_F(FileSourceTest, nuls_before_a_line_are_left_out_and_counted_and_the_line_is_kept) {
  write(std::string(1'000'000, '\0') + "hello\nnext\n");
  options_.longest_record = 1'000;
  EXPECT_THAT(poll(), ElementsAre("error: in:1: 1000000 NUL bytes"));
  options_.malformed = Malformed::skip;
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("hello", "next"));
  EXPECT_EQ(batch_.rejected.size(), 1u);
  EXPECT_EQ(position().line, 2u);
}

TEST_F(FileSourceTest, nuls_in_a_line_are_malformed) {
  options_.malformed = Malformed::skip;
  write(std::string("a\0b\nc\n", 6));
  EXPECT_THAT(poll(), ElementsAre("c"));
  EXPECT_EQ(batch_.rejected.size(), 1u);
}

TEST_F(FileSourceTest, a_header_gives_every_column_a_name_of_its_own) {
  options_.format = FileFormat::csv;
  options_.malformed = Malformed::skip;
  const std::pair<const char*, const char*> wrong[] = {
      {"id,name,id\n1,a,2\n", "error: in:1: the header names column 1 and column 3 'id'"},
      {"id,,x\n1,a,2\n", "error: in:1: the header gives column 2 no name"},
      {"id, \n1,a\n", "error: in:1: the header gives column 2 no name"},
      {"\n1\n", "error: in:1: the header gives column 1 no name"},
      {"id,\"na\"me\n1,a\n", "error: in:1: the header has text behind a closing quote"},
  };
  for (const auto& [text, message] : wrong) {
    write(text);
    positions_.clear();
    ASSERT_TRUE(restart());
    EXPECT_THAT(poll(), ElementsAre(message));
    auto checked = file_source(options_, files_)->check();
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ("error: " + checked.error().detail, message);
  }
  write("id,Id,ID\n1,2,3\n");
  EXPECT_TRUE(file_source(options_, files_)->check());
  options_.path = "missing";
  EXPECT_TRUE(file_source(options_, files_)->check());
}

// --- encodings and line ends ---

TEST_F(FileSourceTest, the_mark_of_utf8_belongs_to_no_line) {
  write("\xef\xbb\xbfone\ntwo\n");
  EXPECT_THAT(poll(), ElementsAre("one", "two"));
  EXPECT_EQ(position().offset, 11u);
}

TEST_F(FileSourceTest, utf16_is_refused_with_its_remedy) {
  for (auto format : {FileFormat::lines, FileFormat::csv, FileFormat::jsonl}) {
    options_.format = format;
    options_.malformed = Malformed::skip;
    positions_.clear();
    write(
        std::string("\xff\xfe"
                    "a\0\n\0",
                    6));
    ASSERT_TRUE(restart());
    EXPECT_THAT(poll(), ElementsAre(HasSubstr("in is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8 in")));
    EXPECT_FALSE(file_source(options_, files_)->check());
  }
}

TEST_F(FileSourceTest, latin1_is_read_if_that_is_said_and_malformed_where_utf8_must_be) {
  options_.format = FileFormat::csv;
  options_.malformed = Malformed::skip;
  write(
      "stra\xdf"
      "e,n\na,1\n");
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("byte 5 of it is not UTF-8; encoding = iso-8859-1 reads Latin-1")));
  options_.encoding = TextEncoding::latin1;
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("{\"stra\xc3\x9f"
                                  "e\":\"a\",\"n\":\"1\"}"));
  ASSERT_TRUE(restart());  // under the header that it knows
  append("b\xe9,2\n");
  EXPECT_THAT(poll(), ElementsAre("{\"stra\xc3\x9f"
                                  "e\":\"b\xc3\xa9\",\"n\":\"2\"}"));
  options_ = {};
  write("\xe9\n");
  positions_.clear();
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("\xe9"));  // a line is its bytes
}

TEST_F(FileSourceTest, carriage_returns_alone_are_refused_or_end_lines) {
  for (auto input : {Input::may_grow, Input::is_complete}) {
    options_.line_end = LineEnd::detect;
    positions_.clear();
    write("a,b\r1,2\r3,4\r");
    options_.format = FileFormat::csv;
    ASSERT_TRUE(restart(input));
    EXPECT_THAT(poll(), ElementsAre(HasSubstr("in has carriage returns and no newlines; set line.end = cr")));
    options_.line_end = LineEnd::cr;
    ASSERT_TRUE(restart(input));
    EXPECT_THAT(poll(), ElementsAre(R"({"a":"1","b":"2"})", R"({"a":"3","b":"4"})"));
    EXPECT_EQ(position().line, 3u);
  }
  options_ = {};
  positions_.clear();
  write("10%\r20%\r100%\nnext\r\n");
  ASSERT_TRUE(restart());
  EXPECT_THAT(poll(), ElementsAre("10%\r20%\r100%", "next"));
}

TEST_F(FileSourceTest, an_idle_source_keeps_its_position_unchanged) {
  write("one\npart");
  poll();
  auto before = positions_;
  append("ial");
  poll();
  EXPECT_EQ(positions_, before);
}

TEST_F(FileSourceTest, the_position_is_that_of_the_formats_page) {
  write("one\ntwo\n");
  poll();
  EXPECT_EQ(positions_.at(kPartition),
            R"({"offset":8,"line":2,"is_line_open":false,"inode":1,"size":8,"first_bytes":8,)"
            R"("fingerprint":4239168420,"header":""})");
}

TEST_F(FileSourceTest, a_position_that_cannot_be_read_is_an_error) {
  write("one\n");
  for (const char* text : {"", "{}", "[]", "{\"offset\":-1}", "no json"}) {
    positions_[kPartition] = text;
    auto started = restart();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::corrupt_data) << text;
  }
}

TEST_F(FileSourceTest, several_files_are_read_in_turn_each_from_its_own_position) {
  auto write_to = [&](const std::string& path, const std::string& text) {
    ASSERT_TRUE(replace_file(files_, path, text));
  };
  write_to("a", "a1\na2\na3\n");
  write_to("b", "b1\nb2\n");
  write_to("c", "");
  auto sources = [&] {
    return file_source({{.path = "a"}, {.path = "b"}, {.path = "c"}}, files_);
  };
  source_ = sources();
  ASSERT_TRUE(source_->start({}, Input::may_grow));
  EXPECT_THAT(poll(2), ElementsAre("a1", "a2"));
  EXPECT_THAT(poll(2), ElementsAre("b1", "b2"));
  EXPECT_FALSE(batch_.at_end);  // of b alone, and nothing was looked for in the others
  EXPECT_EQ(positions_.size(), 2u);

  source_ = sources();
  ASSERT_TRUE(source_->start(positions_, Input::may_grow));
  EXPECT_THAT(poll(), ElementsAre("a3"));
  EXPECT_THAT(poll(), IsEmpty());
  EXPECT_TRUE(batch_.at_end);
  auto grown = files_.open("c", OpenMode::read_write).value();
  ASSERT_TRUE(grown->write_at(0, "c1\n"));
  EXPECT_THAT(poll(), ElementsAre("c1"));
}

TEST_F(FileSourceTest, of_several_files_the_one_that_is_wrong_is_named) {
  ASSERT_TRUE(replace_file(files_, "a", "{}\n"));
  ASSERT_TRUE(replace_file(files_, "b", "{\n"));
  source_ =
      file_source({{.path = "a", .format = FileFormat::jsonl}, {.path = "b", .format = FileFormat::jsonl}}, files_);
  ASSERT_TRUE(source_->start({}, Input::may_grow));
  EXPECT_THAT(poll(), ElementsAre("{}"));
  EXPECT_THAT(poll(), ElementsAre(HasSubstr("b:1")));
}

}  // namespace
}  // namespace weir::connect
