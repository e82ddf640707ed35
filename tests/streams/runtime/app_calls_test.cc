// What a commit costs in requests: one of each kind, however many partitions it writes to and however many inputs are
// empty.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"
#include "tests/streams/runtime/watched_transport.h"

namespace weir::streams::app_calls_test {
namespace {

using log::wire::ApiKey;
using Text = std::string;

class AppCallsTest : public testing_log::LogFixture {};

TEST_F(AppCallsTest, of_a_commit_over_many_partitions) {
  create("in", 8);
  create("out", 8);
  for (int i = 0; i < 400; ++i) send("in", "v" + std::to_string(i), i % 8);
  Builder builder;
  builder.stream<NoKey, Text>("in")
      .group_by([](const Text& value) { return value; }, {.name = "by-value"})
      .count({.store = "c", .in_memory = true})
      .to_stream()
      .to("out");
  testing_log::WatchedTransport watched(log().transport());
  const log::Client client(std::shared_ptr<log::Transport>(&watched, [](auto*) {}), log().clock(), log().directory());
  AppOptions chosen = options("app");
  chosen.commit_interval = Millis(30'000);
  App app(builder.build(), client, chosen);
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(read_all("out").size(), 400u);
  const int commits = watched.calls(ApiKey::end_txn);
  EXPECT_LE(commits, 6);  // each time that some of the inputs are found to be at their ends
  EXPECT_EQ(watched.calls(ApiKey::txn_offset_commit), commits);
  EXPECT_EQ(watched.calls(ApiKey::add_offsets_to_txn), commits);
  // Its records, and then the changes of its stores.
  EXPECT_LE(watched.calls(ApiKey::produce), 2 * commits);
  EXPECT_LE(watched.calls(ApiKey::add_partitions_to_txn), 2 * commits);
}

}  // namespace
}  // namespace weir::streams::app_calls_test
