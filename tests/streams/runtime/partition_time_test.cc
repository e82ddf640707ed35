// Partition time (KIP-353, KIP-567): committed with the offsets, so that a restarted run gives records the times that
// one gives that was never stopped.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class PartitionTimeTest : public testing_log::LogFixture {
 protected:
  // The value says the record's time; "?" that it has none, and the partition's counts.
  static Topology topology(bool is_failing = false) {
    Builder builder;
    auto time_of = [](const InputRecord<NoKey, std::string>& record) {
      return record.value() == "?" ? record.partition_time_ms() : std::stoll(record.value());
    };
    builder.stream<NoKey, std::string>("in", {.timestamp = time_of})
        .process<NoKey, std::string>([is_failing](ProcessorContext<NoKey, std::string>& context,
                                                  const ProcessorRecord<NoKey, std::string>& record) {
          if (is_failing && record.value() == "?") throw std::runtime_error("not now");
          context.forward({}, record.value() + "@" + std::to_string(record.timestamp_ms()));
        })
        .to("out");
    return builder.build();
  }
  Result<> run(Topology topology) {
    App app(std::move(topology), log(), options("times"));
    return app.run_to_end();
  }
  std::vector<std::string> values() {
    std::vector<std::string> all;
    for (const auto& record : read_all("out")) all.push_back(*record.value);
    return all;
  }
};

using Values = std::vector<std::string>;

TEST_F(PartitionTimeTest, a_restart_goes_on_with_the_partitions_own_time) {
  create("in", 2);
  create("out", 1);
  send("in", "70", 0);
  send("in", "50", 0);
  send("in", "20", 1);
  ASSERT_TRUE(run(topology()));
  send("in", "?", 0);
  send("in", "?", 1);
  ASSERT_TRUE(run(topology()));
  const Values all = values();
  EXPECT_EQ(std::multiset<std::string>(all.begin(), all.end()),
            (std::multiset<std::string>{"70@70", "50@50", "20@20", "?@70", "?@20"}));
}

TEST_F(PartitionTimeTest, what_is_aborted_leaves_no_time_behind) {
  create("in", 1);
  create("out", 1);
  send("in", "10");
  ASSERT_TRUE(run(topology()));
  send("in", "90");
  send("in", "?");
  auto failed = run(topology(true));  // both in one transaction
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::user_exception);
  EXPECT_EQ(values(), (Values{"10@10"}));
  ASSERT_TRUE(run(topology()));
  EXPECT_EQ(values(), (Values{"10@10", "90@90", "?@90"}));
}

TEST_F(PartitionTimeTest, it_is_there_after_a_kill) {
  create("in", 1);
  create("out", 1);
  send("in", "70");
  ASSERT_TRUE(run(topology()));
  kill();
  reopen();
  send("in", "?");
  ASSERT_TRUE(run(topology()));
  EXPECT_EQ(values(), (Values{"70@70", "?@70"}));
}

}  // namespace
}  // namespace weir::streams
