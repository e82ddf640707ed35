// Records that a sink cannot take stand alone in the end, whichever call refuses them: all others are put once, in
// order; the guilty ones are dead letters, or end the task with their place.
#include <random>

#include <gmock/gmock.h>

#include "connect/run.h"
#include "tests/connect/log_fixture.h"
#include "tests/connect/payload_text.h"

namespace weir::connect::guilty_record_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Refuses { at_put, at_flush };

// Keeps texts outside; refuses those that begin with '!'. Metadata is how many were flushed.
class Table final : public Sink {
 public:
  Table(std::vector<std::string>& rows, Refuses refuses, std::size_t& puts)
      : rows_(rows), refuses_(refuses), puts_(puts) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    std::size_t flushed = 0;
    for (const auto& [partition, commit] : from.committed) flushed = std::max(flushed, std::stoul(commit.metadata));
    rows_.resize(flushed);
    return SinkStarted{.metadata = std::to_string(flushed)};
  }
  Result<> put(std::span<ConnectRecord> records) override {
    ++puts_;
    if (refuses_ == Refuses::at_put) WEIR_TRY(check(records));
    for (const ConnectRecord& record : records) rows_.push_back(text_of(record.value));
    return {};
  }
  Result<std::string> flush() override {
    for (const std::string& row : rows_) {
      if (row.starts_with('!')) return fail(ErrorCode::invalid_record, "a row is refused");
    }
    return std::to_string(rows_.size());
  }

 private:
  static Result<> check(std::span<ConnectRecord> records) {
    for (const ConnectRecord& record : records) {
      if (text_of(record.value).starts_with('!')) return fail(ErrorCode::invalid_record, "a row is refused");
    }
    return {};
  }

  std::vector<std::string>& rows_;
  Refuses refuses_;
  std::size_t& puts_;
};

class GuiltyRecord : public LogFixture, public testing::WithParamInterface<Refuses> {
 protected:
  void SetUp() override { client_.emplace(open_log(files_).value()); }

  Result<SinkReport> run(Tolerance tolerance) {
    SinkOptions options{.name = "table", .topics = {"t"}};
    options.errors = {.tolerance = tolerance, .dead_letter_topic = "dead"};
    return run_sink_until_end(*client_, std::make_unique<Table>(rows_, GetParam(), puts_), options);
  }

  std::optional<log::Client> client_;
  std::vector<std::string> rows_;
  std::size_t puts_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Calls, GuiltyRecord, testing::Values(Refuses::at_put, Refuses::at_flush),
                         [](const auto& info) { return info.param == Refuses::at_put ? "put" : "flush"; });

TEST_P(GuiltyRecord, is_a_dead_letter_and_all_others_are_put_once) {
  std::mt19937 dice(11);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    MemoryFileSystem files;
    client_.emplace(open_log(files).value());
    rows_.clear();
    std::vector<std::string> all, good, guilty;
    for (std::size_t count = dice() % 60; all.size() < count;) {
      const bool is_guilty = dice() % 10 < static_cast<unsigned>(round % 4);
      all.push_back((is_guilty ? "!" : "") + std::to_string(all.size()));
      (is_guilty ? guilty : good).push_back(all.back());
    }
    ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
    produce(*client_, "t", all);
    auto report = run(Tolerance::all);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(rows_, good);
    EXPECT_EQ(report->records, good.size());
    EXPECT_EQ(report->skipped, guilty.size());
    if (!guilty.empty()) {
      EXPECT_EQ(values(*client_, "dead"), guilty);
    }
    EXPECT_EQ(run(Tolerance::all)->records, 0u);  // and they are behind it
    client_.reset();                              // before its files
  }
}

TEST_P(GuiltyRecord, ends_the_task_with_its_place_where_none_is_tolerated) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  produce(*client_, "t", {"a", "b", "!c", "d"});
  auto report = run(Tolerance::none);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().to_string(), "invalid_record: connector table: t-0, offset 2: a row is refused");
  EXPECT_FALSE(client_->admin()->describe_topic("dead"));
  ASSERT_TRUE(run(Tolerance::all));
  EXPECT_THAT(rows_, ElementsAre("a", "b", "d"));
}

TEST_P(GuiltyRecord, one_among_many_costs_few_calls_at_put) {
  if (GetParam() == Refuses::at_flush) GTEST_SKIP() << "there each record has a call of its own";
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  std::vector<std::string> all(1'000, "x");
  all[617] = "!";
  produce(*client_, "t", all);
  ASSERT_TRUE(run(Tolerance::all));
  EXPECT_EQ(rows_.size(), 999u);
  EXPECT_LE(puts_, 2 * 10 + 8u);
}

}  // namespace
}  // namespace weir::connect::guilty_record_test
