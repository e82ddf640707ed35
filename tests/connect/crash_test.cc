// A pipeline from file to file, killed after each of its file operations in turn and started again: topic and output
// hold each record once.
#include <gmock/gmock.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/run.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect {
namespace {

class Crash : public LogFixture {
 protected:
  static constexpr int kLines = 7;

  static std::string input() {
    std::string text;
    for (int i = 0; i < kLines; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
  }
  static std::string output() {
    std::string text;
    for (int i = 0; i < kLines; ++i) text += "\"line " + std::to_string(i) + "\"\n";
    return text;
  }

  static Result<> run_pipeline(FileSystem& files) {
    WEIR_TRY_VAR(client, open_log(files));
    WEIR_TRY(run_source_until_end(client, file_source({.path = "in"}, files),
                                  {.name = "in", .topic = "lines", .max_records = 2}));
    FileSinkOptions sink{.path = "out", .lines = {.envelope = Envelope::value}};
    WEIR_TRY(run_sink_until_end(client, file_sink(sink, files),
                                {.name = "out", .topics = {"lines"}, .commit_interval = Millis(0)}));
    return {};
  }

  static void expect_all_once(MemoryFileSystem& files, const std::string& when) {
    EXPECT_EQ(*read_file(files, "out"), output()) << when;
    auto client = open_log(files);
    ASSERT_TRUE(client) << when << ": " << client.error().to_string();
    auto lines = values(*client, "lines");
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(kLines)) << when;
    for (int i = 0; i < kLines; ++i) EXPECT_EQ(lines[static_cast<std::size_t>(i)], "line " + std::to_string(i)) << when;
  }
};

TEST_F(Crash, killed_after_any_file_operation_and_started_again_all_is_there_once) {
  write_file(files_, "in", input());
  const std::size_t begin = files_.operation_count();
  auto run = run_pipeline(files_);
  ASSERT_TRUE(run) << run.error().to_string();
  expect_all_once(files_, "uninterrupted");
  const std::size_t end = files_.operation_count();
  for (std::size_t operations = begin; operations <= end; ++operations) {
    auto crashed = files_.crashed_after(operations, CrashModel::kill());
    auto again = run_pipeline(*crashed);
    const std::string when = "killed before operation " + std::to_string(operations) +
                             (operations < end ? " (" + files_.describe_operation(operations) + ")" : "");
    ASSERT_TRUE(again) << when << ": " << again.error().to_string();
    expect_all_once(*crashed, when);
    if (HasFailure()) return;
  }
}

TEST_F(Crash, killed_again_and_again_while_the_input_grows_all_is_there_once) {
  // Each round writes a line, runs, and loses all but a part of what the run did; the last one is left in peace.
  const std::string all = input();
  std::unique_ptr<MemoryFileSystem> files = std::make_unique<MemoryFileSystem>();
  std::size_t length = 0;
  for (std::size_t round = 0; length < all.size(); ++round) {
    length = std::min(all.size(), length + 7);
    write_file(*files, "in", all.substr(0, length));
    const std::size_t begin = files->operation_count();
    auto run = run_pipeline(*files);
    ASSERT_TRUE(run) << run.error().to_string();
    const std::size_t done = files->operation_count() - begin;
    files = files->crashed_after(begin + done * (round % 5) / 4, CrashModel::kill());
  }
  auto run = run_pipeline(*files);
  ASSERT_TRUE(run) << run.error().to_string();
  expect_all_once(*files, "after many crashes");
}

}  // namespace
}  // namespace weir::connect
