// Bytes from outside are parsed or refused, whatever they are: nothing here may crash, and an error says something.
#include <random>

#include <gtest/gtest.h>

#include "connect/connectors/files/file_position.h"
#include "connect/connectors/files/file_source.h"
#include "connect/contracts/sink_commit.h"
#include "connect/runtime/connector.h"
#include "log/base/logging.h"
#include "sim/memory_file.h"

namespace weir::connect {
namespace {

constexpr int kRounds = 2'000;

// A right text with some of its letters changed, cut off or doubled.
std::string spoiled(std::string text, std::mt19937& dice) {
  for (unsigned changes = 1 + dice() % 4; changes > 0 && !text.empty(); --changes) {
    const std::size_t at = dice() % text.size();
    switch (dice() % 4) {
      case 0:
        text[at] = static_cast<char>(dice());
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        text.insert(at, text.substr(at, dice() % 20));
        break;
      default:
        text.insert(at, 1, "\n\"\\:={}[]&*,'#\0"[dice() % 15]);
        break;
    }
  }
  return text;
}

void expect_said(const Error& error) {
  EXPECT_FALSE(error.detail.empty()) << error.to_string();
}

TEST(Garbage, connector_files_are_refused_with_a_message) {
  std::mt19937 dice(1);
  MemoryFileSystem files;
  const std::string properties = "name=orders\nconnector.class=file-source\nfile=in\ntopic=t\\\n opic\nformat=csv\n";
  const std::string yaml = "name: orders\nconfig:\n  connector.class: file-sink\n  topics: [a, b]\n  file: \"x y\"\n";
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(replace_file(files, "a.properties", spoiled(properties, dice)));
    ASSERT_TRUE(replace_file(files, "a.yaml", spoiled(yaml, dice)));
    std::vector<Error> problems;
    auto connectors = load_connectors({"a.properties", "a.yaml"}, {.files = files}, problems);
    EXPECT_GE(problems.size() + connectors.size(), 2u);
    for (const auto& problem : problems) expect_said(problem);
  }
}

TEST(Garbage, positions_and_metadata_are_refused_with_a_message) {
  std::mt19937 dice(2);
  FilePosition position;
  position.header = "a,b";
  for (int round = 0; round < kRounds; ++round) {
    auto parsed = FilePosition::parse(spoiled(position.to_json(), dice));
    if (!parsed) expect_said(parsed.error());
    auto commit = SinkCommit::parse(spoiled("17 {\"file\":1,\"length\":2}", dice));
    if (!commit) expect_said(commit.error());
  }
}

TEST(Garbage, a_spoiled_file_is_read_to_its_end_or_refused_with_its_line) {
  set_log_level(LogLevel::off);  // a thousand skipped records
  std::mt19937 dice(3);
  MemoryFileSystem files;
  const std::string csv = "id,name\n1,\"a, b\"\n2,\"c \"\"d\"\"\"\n3,\"two\nlines\"\n";
  const std::string json = "{\"id\":1,\"t\":5}\n[1,2,{\"a\":null}]\n\"text\"\n";
  for (int round = 0; round < kRounds; ++round) {
    const bool is_csv = round % 2 == 0;
    ASSERT_TRUE(replace_file(files, "in", spoiled(is_csv ? csv : json, dice)));
    FileSourceOptions options{.path = "in", .format = is_csv ? FileFormat::csv : FileFormat::jsonl};
    options.malformed = round % 4 < 2 ? Malformed::fail : Malformed::skip;
    auto source = file_source(options, files);
    ASSERT_TRUE(source->start({}, Input::is_complete));
    SourceBatch batch;
    for (Result<> polled; polled && !batch.at_end;) {
      polled = source->poll(2, Millis(0), 0, batch);
      if (polled) continue;
      EXPECT_EQ(polled.error().detail.substr(0, 3), "in:") << polled.error().to_string();
    }
  }
  set_log_level(LogLevel::info);
}

}  // namespace
}  // namespace weir::connect
