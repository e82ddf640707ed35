// Files by a pattern, compressed ones, and records of several lines.
#include <random>

#include <gmock/gmock.h>
#include <zlib.h>
#include <zstd.h>

#include "connect/connectors/files/file_source.h"
#include "connect/runtime/drive.h"
#include "tests/connect/log_fixture.h"
#include "tests/connect/payload_text.h"

namespace weir::connect::many_files_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string zstded(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

class ManyFiles : public LogFixture {
 protected:
  // What the source gives until it is at its end, going on where it was; a new object each time if `restarts_`.
  std::vector<std::string> read(Input input = Input::may_grow) {
    if (!source_ || restarts_) {
      source_ = file_source(options_, files_, clock_);
      auto started = source_->start(positions_, input);
      if (!started) return {"error: " + started.error().to_string()};
    }
    std::vector<std::string> all;
    do {
      auto polled = source_->poll(3, Millis(0), 0, batch_);
      if (!polled) {
        all.push_back("error: " + polled.error().to_string());
        source_.reset();
        return all;
      }
      for (const auto& record : batch_.records) all.push_back(text_of(record.value));
      for (const auto& [partition, position] : batch_.positions) positions_[partition] = position;
    } while (!batch_.at_end);
    return all;
  }

  void append(const std::string& path, const std::string& text) {
    auto file = files_.open(path, OpenMode::create).value();
    ASSERT_TRUE(file->write_at(*file->size(), text));
  }

  FileSourceOptions options_{.path = "logs/*.log"};
  bool restarts_ = false;
  ManualClock clock_;
  std::unique_ptr<Source> source_;
  SourceBatch batch_;
  SourcePositions positions_;
};

TEST_F(ManyFiles, come_and_go) {
  for (const bool restarts : {false, true}) {
    restarts_ = restarts;
    source_.reset();
    positions_.clear();
    (void)files_.remove_all("logs");
    ASSERT_TRUE(files_.create_directories("logs"));
    EXPECT_THAT(read(), IsEmpty());
    append("logs/a.log", "a1\na2\n");
    append("logs/b.log", "b1\n");
    append("logs/c.txt", "c1\n");
    EXPECT_THAT(read(), UnorderedElementsAre("a1", "a2", "b1"));
    append("logs/b.log", "b2\n");
    append("logs/d.log", "d1\n");
    EXPECT_THAT(read(), UnorderedElementsAre("b2", "d1"));
    ASSERT_TRUE(files_.remove("logs/a.log"));
    EXPECT_THAT(read(), IsEmpty());
    append("logs/d.log", "d2\n");
    EXPECT_THAT(read(), ElementsAre("d2"));
  }
}

TEST_F(ManyFiles, a_directory_that_is_not_there_yet_is_waited_for) {
  EXPECT_THAT(read(), IsEmpty());
  ASSERT_TRUE(files_.create_directories("logs"));
  append("logs/a.log", "1\n");
  EXPECT_THAT(read(), ElementsAre("1"));
}

TEST_F(ManyFiles, renamed_ones_are_followed_and_read_once) {
  options_.path = "logs/app.log*";
  for (const bool restarts : {false, true}) {
    SCOPED_TRACE(restarts);
    restarts_ = restarts;
    source_.reset();
    positions_.clear();
    (void)files_.remove_all("logs");
    ASSERT_TRUE(files_.create_directories("logs"));
    append("logs/app.log", "1\n2\n");
    EXPECT_THAT(read(), ElementsAre("1", "2"));
    append("logs/app.log", "3\n");
    ASSERT_TRUE(files_.rename("logs/app.log", "logs/app.log.1"));
    append("logs/app.log", "4\n");
    EXPECT_THAT(read(), UnorderedElementsAre("3", "4"));
    // Twice between two looks, and what had the old name was written to after it was renamed.
    append("logs/app.log", "5\n");
    ASSERT_TRUE(files_.rename("logs/app.log.1", "logs/app.log.2"));
    ASSERT_TRUE(files_.rename("logs/app.log", "logs/app.log.1"));
    append("logs/app.log.1", "6\n");
    append("logs/app.log", "7\n");
    EXPECT_THAT(read(), UnorderedElementsAre("5", "6", "7"));
    EXPECT_THAT(read(), IsEmpty());
  }
}

TEST_F(ManyFiles, a_random_history_of_rotations_gives_each_line_once) {
  options_.path = "logs/app.log*";
  std::mt19937 dice(5);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    restarts_ = round % 2 == 0;
    source_.reset();
    positions_.clear();
    (void)files_.remove_all("logs");
    ASSERT_TRUE(files_.create_directories("logs"));
    std::vector<std::string> written, seen;
    int rotated = 0;
    for (int step = 0; step < 40; ++step) {
      const auto what = dice() % 6;
      if (what < 3) {
        written.push_back(std::to_string(written.size()));
        append("logs/app.log", written.back() + "\n");
      } else if (what == 3 && files_.exists("logs/app.log").value()) {
        for (int i = rotated; i > 0; --i) {
          ASSERT_TRUE(files_.rename("logs/app.log." + std::to_string(i), "logs/app.log." + std::to_string(i + 1)));
        }
        ASSERT_TRUE(files_.rename("logs/app.log", "logs/app.log.1"));
        ++rotated;
      } else {
        for (auto& text : read()) seen.push_back(text);
      }
    }
    for (auto& text : read()) seen.push_back(text);
    EXPECT_THAT(seen, testing::UnorderedElementsAreArray(written));
    if (HasFailure()) return;
  }
}

TEST_F(ManyFiles, one_that_is_cut_is_asked_about) {
  ASSERT_TRUE(files_.create_directories("logs"));
  append("logs/a.log", "first\n");
  EXPECT_THAT(read(), ElementsAre("first"));
  ASSERT_TRUE(files_.open("logs/a.log", OpenMode::read_write).value()->truncate(0));
  EXPECT_THAT(read(), ElementsAre(HasSubstr("truncated")));
  options_.replaced = Replaced::restart;
  append("logs/a.log", "x\n");
  EXPECT_THAT(read(), ElementsAre("x"));
}

TEST_F(ManyFiles, tasks_share_out_what_a_pattern_names) {
  ASSERT_TRUE(files_.create_directories("logs"));
  std::vector<std::string> all, seen;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::to_string(i));
    append("logs/" + std::to_string(i) + ".log", all.back() + "\n");
  }
  options_.shares = 3;
  for (options_.share = 0; options_.share < 3; ++options_.share) {
    source_.reset();
    const auto own = read();
    EXPECT_THAT(own, testing::Not(IsEmpty()));
    seen.insert(seen.end(), own.begin(), own.end());
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(all));
}

TEST_F(ManyFiles, a_named_one_that_was_moved_away_is_read_to_its_end_first) {
  options_.path = "logs/app.log";
  ASSERT_TRUE(files_.create_directories("logs"));
  for (const bool restarts : {false, true}) {
    SCOPED_TRACE(restarts);
    restarts_ = restarts;
    source_.reset();
    positions_.clear();
    write_file(files_, "logs/app.log", "1\n");
    EXPECT_THAT(read(), ElementsAre("1"));
    append("logs/app.log", "2\n");
    ASSERT_TRUE(files_.rename("logs/app.log", "logs/app.log.1"));
    append("logs/app.log", "3\n");
    EXPECT_THAT(read(), ElementsAre("2", "3"));
    ASSERT_TRUE(files_.remove("logs/app.log.1"));
    ASSERT_TRUE(files_.remove("logs/app.log"));
  }
}

TEST_F(ManyFiles, compressed_ones_are_read_as_if_they_were_not) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i * 7919 % 100'003) + "\n";
  const std::string first = text.substr(0, text.find('\n', text.size() / 3) + 1);
  const std::string second = text.substr(first.size());
  for (const bool is_gzip : {true, false}) {
    SCOPED_TRACE(is_gzip);
    options_.path = "in";
    // Two members, or frames, one after the other.
    write_file(files_, "in", is_gzip ? gzipped(first) + gzipped(second) : zstded(first) + zstded(second));
    for (const bool restarts : {false, true}) {
      positions_.clear();
      source_.reset();
      std::size_t count = 0;
      std::string joined;
      SourceBatch batch;
      bool at_end = false;
      while (!at_end) {
        if (!source_ || (restarts && count % 3 == 0)) {
          source_ = file_source(options_, files_, clock_);
          ASSERT_TRUE(source_->start(positions_, Input::is_complete));
        }
        ASSERT_TRUE(source_->poll(20'000, Millis(0), 0, batch));
        for (const auto& record : batch.records) joined += text_of(record.value) + "\n";
        for (const auto& [partition, position] : batch.positions) positions_[partition] = position;
        at_end = batch.at_end;
        ++count;
      }
      EXPECT_EQ(joined.size(), text.size());
      EXPECT_TRUE(joined == text);
    }
  }
}

TEST_F(ManyFiles, compressed_ones_that_are_damaged_or_cut_are_errors) {
  options_.path = "in";
  const std::string whole = gzipped("some text that goes on\nand on\n");
  write_file(files_, "in", whole.substr(0, whole.size() - 9));
  EXPECT_THAT(read(Input::is_complete).back(), HasSubstr("it ends within what was compressed"));
  std::string spoiled = whole;
  spoiled[15] ^= 0x55;
  write_file(files_, "in", spoiled);
  source_.reset();
  positions_.clear();
  EXPECT_THAT(read(Input::is_complete).back(), HasSubstr("no gzip"));
  write_file(files_, "in", "plain\n");
  source_.reset();
  positions_.clear();
  options_.compression = Compression::zstd;
  EXPECT_THAT(read(Input::is_complete).back(), HasSubstr("no zstd"));
  options_.compression = Compression::none;
  write_file(files_, "in", whole);
  source_.reset();
  positions_.clear();
  EXPECT_THAT(read(Input::is_complete).back(), HasSubstr("NUL"));  // what it is, as text
}

TEST_F(ManyFiles, lines_that_belong_together_are_one_record) {
  options_.path = "in";
  options_.record_begins = Regex::compile("(?s)(?:[0-9]+ ).*").value();
  write_file(files_, "in", "1 one\n  more\n2 two\n3 three\n  at a\n");
  EXPECT_THAT(read(), ElementsAre("1 one\n  more", "2 two"));
  EXPECT_THAT(read(), IsEmpty());  // more may come
  append("in", "  at b\n");
  clock_.advance(Millis(4'000));
  EXPECT_THAT(read(), IsEmpty());
  clock_.advance(Millis(4'999));
  EXPECT_THAT(read(), IsEmpty());
  clock_.advance(Millis(1));
  EXPECT_THAT(read(), ElementsAre("3 three\n  at a\n  at b"));
  append("in", "4 four\n  x");
  restarts_ = true;
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(read(Input::is_complete), ElementsAre("4 four\n  x"));
  append("in", "\n5 five\n6 six");
  EXPECT_THAT(read(Input::is_complete), ElementsAre("5 five", "6 six"));
}

TEST_F(ManyFiles, records_of_several_lines_are_the_same_however_they_arrive) {
  options_.path = "in";
  options_.record_begins = Regex::compile("(?s)(?:#).*").value();
  std::mt19937 dice(3);
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 60; ++i) {
    std::string record = "#" + std::to_string(i);
    for (unsigned lines = dice() % 4; lines > 0; --lines) record += "\n" + std::string(dice() % 9, 'x');
    expected.push_back(record);
    text += record + "\n";
  }
  for (int round = 0; round < 20; ++round) {
    restarts_ = round % 2 == 0;
    source_.reset();
    positions_.clear();
    write_file(files_, "in", "");
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + dice() % 90;
      append("in", text.substr(at, size));
      at += size;
      for (auto& record : read()) seen.push_back(record);
    }
    source_.reset();
    restarts_ = true;
    for (auto& record : read(Input::is_complete)) seen.push_back(record);
    EXPECT_EQ(seen, expected);
  }
}

}  // namespace
}  // namespace weir::connect::many_files_test
