// Where inputs and changelogs end is known by what fetches and writes are answered (KIP-695): a running application
// does not ask for it.
#include <thread>

#include <gtest/gtest.h>

#include "log/wire/messages/api_key.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"
#include "tests/streams/runtime/watched_transport.h"

namespace weir::streams::fetched_ends_test {
namespace {

using log::wire::ApiKey;
using Text = std::string;

// Two inputs a task, which meet in a table of one and are counted.
Topology topology() {
  Builder builder;
  auto table = builder.table<Text, Text>("rows");
  builder.stream<Text, Text>("asks")
      .join(table, [](const Text& ask, const Text& row) { return ask + row; })
      .group_by_key()
      .count({.store = "counts"})
      .to_stream()
      .to("out");
  return builder.build();
}

class FetchedEndsTest : public testing_log::LogFixture {
 protected:
  // How often ends were asked for by an application that runs, while it idled, worked and idled again.
  int asked(std::int32_t partitions) {
    for (const char* topic : {"rows", "asks", "out"}) create(topic, partitions);
    testing_log::WatchedTransport transport(log().transport());
    std::shared_ptr<log::Transport> shared(std::shared_ptr<void>(), &transport);  // not owned
    AppOptions chosen = options("app");
    chosen.apply_interval = Millis(1);  // stores are written down at every commit
    chosen.topics_interval = Millis(1'000'000);
    for (int p = 0; p < partitions; ++p) send("rows", "r", p, NullableBytes("k"));
    send("asks", "a", 0, NullableBytes("k"));
    App app(topology(), log::Client(shared, log().clock()), chosen);
    Result<> outcome;
    std::thread running([&] { outcome = app.run(); });
    auto wait_for_results = [&](std::size_t count) {
      while (app.statistics().processed < count) std::this_thread::yield();
      while (read_all("out").size() + static_cast<std::size_t>(partitions) < count) std::this_thread::yield();
    };
    const auto rows = static_cast<std::size_t>(partitions);
    wait_for_results(rows + 1);
    transport.forget_calls();
    send("asks", "b", partitions - 1, NullableBytes("k"));
    wait_for_results(rows + 2);
    for (const int before = transport.calls(ApiKey::fetch); transport.calls(ApiKey::fetch) < before + 5;) {
      std::this_thread::yield();
    }
    const int calls = transport.calls(ApiKey::list_offsets);
    app.stop();
    running.join();
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    return calls;
  }
};

TEST_F(FetchedEndsTest, a_running_application_does_not_ask_for_ends) {
  EXPECT_EQ(asked(1), 0);
}

TEST_F(FetchedEndsTest, nor_does_one_with_many_partitions) {
  EXPECT_EQ(asked(40), 0);
}

}  // namespace
}  // namespace weir::streams::fetched_ends_test
