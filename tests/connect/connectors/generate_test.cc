// The generate source: the same seed gives the same records, each number comes once whatever is killed and however many
// tasks there are, and no faster than asked for.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "connect/connectors/generate/generate_source.h"
#include "connect/runtime/run_connectors.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::generate_test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class Generate : public LogFixture {
 protected:
  static std::string value_of(ConnectRecord record) {
    std::string json;
    EXPECT_TRUE(record.value.append_json_to(json));
    return json;
  }
  ConnectorOutcome run(std::map<std::string, std::string> settings) {
    settings.insert({{"name", "g"}, {"connector.class", "generate"}, {"topic", "t"}});
    auto client = open_log(files_).value();
    return run_connectors(client, {ConnectorConfig::of(settings)}, Input::is_complete, {}, {.files = files_})[0];
  }
  // The values of records 0 to count - 1, sorted.
  static std::vector<std::string> expected(std::uint64_t seed, std::uint64_t count) {
    std::vector<std::string> all;
    for (std::uint64_t i = 0; i < count; ++i) all.push_back(value_of(generated_record(Generated::payments, seed, i)));
    std::sort(all.begin(), all.end());
    return all;
  }
  std::vector<std::string> written() {
    auto all = values(open_log(files_).value(), "t");
    std::sort(all.begin(), all.end());
    return all;
  }
};

TEST_F(Generate, a_record_is_that_of_its_seed_and_number) {
  for (auto kind : {Generated::payments, Generated::clicks, Generated::sensors}) {
    const std::string first = value_of(generated_record(kind, 7, 0));
    EXPECT_EQ(first, value_of(generated_record(kind, 7, 0)));
    EXPECT_NE(first.substr(8), value_of(generated_record(kind, 8, 0)).substr(8));
    EXPECT_THAT(first, HasSubstr("{\"id\":0,"));
  }
}

TEST_F(Generate, each_number_comes_once_in_order_of_its_key_and_the_next_run_goes_on) {
  auto outcome = run({{"count", "100"}, {"seed", "3"}, {"batch.records", "7"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.records, 100u);
  EXPECT_EQ(written(), expected(3, 100));
  outcome = run({{"count", "150"}, {"seed", "3"}, {"tasks.max", "4"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.tasks, 4);
  EXPECT_EQ(outcome.records, 50u);
  EXPECT_EQ(written(), expected(3, 150));
}

TEST_F(Generate, killed_after_any_file_operation_each_number_is_there_once) {
  const std::map<std::string, std::string> settings{{"count", "20"}, {"batch.records", "6"}, {"tasks.max", "2"}};
  const std::size_t begin = files_.operation_count();
  ASSERT_TRUE(run(settings).result);
  const std::size_t end = files_.operation_count();
  const std::size_t step = std::max<std::size_t>(1, (end - begin) / 40);
  for (std::size_t at = begin; at <= end; at += step) {
    auto crashed = files_.crashed_after(at, CrashModel::kill());
    auto client = open_log(*crashed).value();
    auto all = settings;
    all.insert({{"name", "g"}, {"connector.class", "generate"}, {"topic", "t"}});
    auto again = run_connectors(client, {ConnectorConfig::of(all)}, Input::is_complete, {}, {.files = *crashed})[0];
    ASSERT_TRUE(again.result) << at << ": " << again.result.error().to_string();
    auto there = values(client, "t");
    std::sort(there.begin(), there.end());
    ASSERT_EQ(there, expected(1, 20)) << "killed after " << at;
  }
}

TEST_F(Generate, no_more_come_than_the_rate_allows) {
  ManualClock clock(1'000);
  auto source = generate_source({.rate = 100}, clock);
  ASSERT_TRUE(source->start({}, Input::may_grow));
  SourceBatch batch;
  std::size_t given = 0;
  while (clock.monotonic_ms() < 3'000) {
    ASSERT_TRUE(source->poll(1'000, Millis(50), clock.wall_ms(), batch));
    EXPECT_FALSE(batch.at_end);
    given += batch.records.size();
  }
  EXPECT_GE(given, 195u);
  EXPECT_LE(given, 206u);
}

TEST_F(Generate, timestamps_begin_where_they_are_told_to_and_follow_at_the_rate) {
  auto source = generate_source({.count = 3, .first_timestamp_ms = 5'000, .steps_per_second = 10});
  ASSERT_TRUE(source->start({}, Input::may_grow));
  SourceBatch batch;
  ASSERT_TRUE(source->poll(10, Millis(0), 99, batch));
  ASSERT_THAT(batch.records, SizeIs(3));
  EXPECT_EQ(batch.records[0].timestamp_ms, 5'000);
  EXPECT_EQ(batch.records[2].timestamp_ms, 5'200);
}

TEST_F(Generate, settings_are_what_they_say) {
  auto outcome = run({{"count", "3"}, {"kind", "clicks"}, {"first.timestamp.ms", "7"}, {"rate", "1000000"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_THAT(values(open_log(files_).value(), "t"), testing::Each(HasSubstr("\"page\":")));
  outcome = run({{"name", "h"}, {"count", "32"}, {"streams", "1,2"}, {"topic", "u"}});
  EXPECT_EQ(outcome.records, 4u);
  EXPECT_THAT(run({{"name", "i"}, {"streams", "16"}}).result.error().detail, HasSubstr("streams = '16'"));
}

}  // namespace
}  // namespace weir::connect::generate_test
