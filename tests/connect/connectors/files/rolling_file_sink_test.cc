// Files that follow each other: whole from the moment they have their names, each record in one of them, once, whenever
// the process is killed; and lines as text and as CSV.
#include <gmock/gmock.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/run.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::rolling_file_sink_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RollingFiles : public LogFixture {
 protected:
  void fill(int count) {
    auto client = open_log(files_).value();
    ASSERT_TRUE(client.admin()->create_topic({"t", 1, {}}));
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back("value " + std::to_string(i));
    produce(client, "t", values);
  }

  Result<SinkReport> run(FileSystem& files, Millis commit_interval = Millis(0)) {
    WEIR_TRY_VAR(client, open_log(files));
    return run_sink_until_end(client, file_sink(options_, files),
                              {.name = "out", .topics = {"t"}, .commit_interval = commit_interval});
  }

  static std::vector<std::string> names(FileSystem& files) {
    std::vector<std::string> all;
    const auto listed = files.list("out").value();
    for (const std::string& name : listed) {
      if (!name.starts_with('.')) all.push_back(name);
    }
    return all;
  }
  // What is in the files that have their names and then in the one that is being written.
  static std::string content(FileSystem& files) {
    std::string all;
    for (const std::string& name : names(files)) all += read_file(files, "out/" + name).value();
    const auto listed = files.list("out").value();
    for (const std::string& name : listed) {
      if (name.ends_with(".part")) all += read_file(files, "out/" + name).value();
    }
    return all;
  }
  static std::string lines(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += "value " + std::to_string(i) + "\n";
    return all;
  }

  FileSinkOptions options_{.path = "out/part-{number}.txt", .lines = {.format = LineFormat::lines}, .roll_bytes = 20};
};

TEST_F(RollingFiles, have_their_names_when_they_are_whole) {
  ASSERT_NO_FATAL_FAILURE(fill(7));
  auto report = run(files_);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->records, 7u);
  EXPECT_EQ(content(files_), lines(7));
  const auto all = names(files_);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "part-0000000000.txt");
  for (const std::string& name : all) EXPECT_GE(read_file(files_, "out/" + name)->size(), 20u) << name;
}

TEST_F(RollingFiles, killed_after_any_file_operation_and_started_again_each_record_is_in_one_of_them) {
  ASSERT_NO_FATAL_FAILURE(fill(3));
  options_.roll_bytes = 8;
  const auto feed_and_run = [this](FileSystem& files) -> Result<> {
    for (int round = 0; round < 3; ++round) {  // a roll each
      WEIR_TRY_VAR(client, open_log(files));
      auto end = client.consumer().value();
      const log::TopicPartition partition{"t", log::PartitionIndex(0)};
      const auto there = end->end_offsets({&partition, 1}, log::Isolation::read_uncommitted).value()[partition].value();
      WEIR_TRY(run_sink_until_end(client, file_sink(options_, files),
                                  {.name = "out", .topics = {"t"}, .commit_interval = Millis(0)}));
      if (there < 6) produce(client, "t", {"value " + std::to_string(there)});
    }
    return {};
  };
  const std::size_t begin = files_.operation_count();
  ASSERT_TRUE(feed_and_run(files_));
  const std::size_t end = files_.operation_count();
  for (std::size_t operations = begin; operations <= end; ++operations) {
    const std::string when = "killed before operation " + std::to_string(operations);
    auto crashed = files_.crashed_after(operations, CrashModel::kill());
    std::map<std::string, std::string> before;
    if (crashed->list("out")) {
      for (const std::string& name : names(*crashed)) before[name] = read_file(*crashed, "out/" + name).value();
    }
    auto again = feed_and_run(*crashed);
    ASSERT_TRUE(again) << when << ": " << again.error().to_string();
    auto last = run(*crashed);
    ASSERT_TRUE(last) << when << ": " << last.error().to_string();
    const std::string written = content(*crashed);
    EXPECT_EQ(written, lines(static_cast<int>(std::count(written.begin(), written.end(), '\n')))) << when;
    for (const auto& [name, text] : before) {
      EXPECT_EQ(read_file(*crashed, "out/" + name).value(), text)
          << when << ": " << name << " had its name and changed";
    }
    if (HasFailure()) return;
  }
}

TEST_F(RollingFiles, that_are_old_enough_are_whole_though_nothing_comes) {
  ManualClock clock;
  options_.roll_bytes = 0;
  options_.roll_after = Millis(60'000);
  auto sink = file_sink(options_, files_, clock);
  ASSERT_TRUE(sink->start({}));
  EXPECT_FALSE(sink->wants_flush());
  clock.advance(Millis(60'000));
  EXPECT_FALSE(sink->wants_flush());  // it is empty
  ConnectRecord record;
  record.value = Payload::text("x");
  ASSERT_TRUE(sink->put({&record, 1}));
  ASSERT_TRUE(sink->flush());
  EXPECT_THAT(names(files_), ElementsAre());
  ASSERT_TRUE(sink->committed());
  EXPECT_THAT(names(files_), ElementsAre("part-0000000000.txt"));
  ASSERT_TRUE(sink->put({&record, 1}));
  EXPECT_FALSE(sink->wants_flush());
  clock.advance(Millis(59'999));
  EXPECT_FALSE(sink->wants_flush());
  clock.advance(Millis(1));
  EXPECT_TRUE(sink->wants_flush());
}

TEST_F(RollingFiles, a_second_writer_and_foreign_files_are_refused) {
  auto first = file_sink(options_, files_);
  ASSERT_TRUE(first->start({}));
  EXPECT_EQ(file_sink(options_, files_)->start({}).error().code, ErrorCode::locked);
  first.reset();
  write_file(files_, "out/part-0000000000.txt", "precious");
  auto refused = file_sink(options_, files_)->start({});
  EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
  EXPECT_EQ(*read_file(files_, "out/part-0000000000.txt"), "precious");
}

TEST(LineWriters, write_csv_as_it_is_read) {
  const LineWriter writer({.format = LineFormat::csv, .columns = {"id", "a, b", "text"}});
  EXPECT_EQ(writer.head(), "id,\"a, b\",text\n");
  const auto row = [&writer](const std::string& json) {
    ConnectRecord record;
    record.value = Payload::json(json);
    std::string out = "before ";
    auto appended = writer.append(record, out);
    return appended ? out.substr(7) : "error: " + appended.error().detail;
  };
  EXPECT_EQ(row(R"({"text":"x","id":1,"other":2})"), "1,,x\n");
  EXPECT_EQ(row(R"({"id":null,"a, b":"say \"hi\"","text":"two\nlines"})"), ",\"say \"\"hi\"\"\",\"two\nlines\"\n");
  EXPECT_EQ(row(R"({"id":[1,2],"text":{"b":true}})"), "\"[1,2]\",,\"{\"\"b\"\":true}\"\n");
  EXPECT_THAT(row("[1]"), HasSubstr("error: "));
  EXPECT_THAT(row("null"), HasSubstr("has no columns"));
}

TEST(LineWriters, write_text_that_is_a_line) {
  const LineWriter writer({.format = LineFormat::lines});
  ConnectRecord record;
  std::string out;
  record.value = Payload::text("one");
  ASSERT_TRUE(writer.append(record, out));
  record.value = Payload::json("{\"a\":1}");
  ASSERT_TRUE(writer.append(record, out));
  record.value = Payload(Datum{nullptr, "data"});
  ASSERT_TRUE(writer.append(record, out));
  record.value = Payload();
  ASSERT_TRUE(writer.append(record, out));
  record.value = Payload::text("two\nlines");
  EXPECT_EQ(writer.append(record, out).error().code, ErrorCode::invalid_record);
  EXPECT_EQ(out, "one\n{\"a\":1}\ndata\n\n");
}

}  // namespace
}  // namespace weir::connect::rolling_file_sink_test
