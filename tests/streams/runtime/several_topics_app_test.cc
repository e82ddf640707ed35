// Applications whose streams read several topics: over a log, over restarts, with other topics than before.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;

class SeveralTopicsAppTest : public testing_log::LogFixture {
 protected:
  void run(Topology topology) {
    App app(std::move(topology), log(), options("orders"));
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
};

TEST_F(SeveralTopicsAppTest, topics_with_different_numbers_of_partitions_are_read_to_their_ends) {
  create("web", 1);
  create("phone", 3);
  create("out", 1);
  Builder builder;
  builder.stream<NoKey, std::string>({"web", "phone"}).to("out");
  send("web", "w0");
  for (int partition = 0; partition < 3; ++partition) send("phone", "p" + std::to_string(partition), partition);
  run(builder.build());
  std::multiset<std::string> values;
  for (const auto& record : read_all("out")) values.insert(*record.value);
  EXPECT_EQ(values, (std::multiset<std::string>{"w0", "p0", "p1", "p2"}));
}

TEST_F(SeveralTopicsAppTest, records_are_taken_in_the_order_of_their_times) {
  create("web", 1);
  create("phone", 1);
  create("out", 1);
  for (int i = 0; i < 10; ++i) send(i % 3 == 0 ? "web" : "phone", std::to_string(i));  // each a millisecond later
  Builder builder;
  builder.stream<NoKey, std::string>({"web", "phone"}).to("out");
  run(builder.build());
  std::string values;
  for (const auto& record : read_all("out")) values += *record.value;
  EXPECT_EQ(values, "0123456789");
}

// What has closed stays closed, whichever topic brought the time.
TEST_F(SeveralTopicsAppTest, an_operators_time_is_kept_when_topics_come_and_go) {
  for (const char* topic : {"web", "phone", "letters", "out"}) create(topic, 1);
  auto topology = [](Topics topics) {
    Builder builder;
    builder
        .stream<std::string, std::string>(topics, {.name = "orders",
                                                   .timestamp =
                                                       [](const std::string& at) {
                                                         return std::stoll(at);
                                                       }})
        .group_by_key()
        .windowed_by(tumbling(10ms))
        .emit(Emit::on_close)
        .count({.store = "counts"})
        .to_stream()
        .map([](const Windowed<std::string>& key, std::int64_t count) {
          return std::pair(std::to_string(key.window.start_ms), count);
        })
        .to("out");
    return builder.build();
  };
  send("web", "1", 0, "ann");
  send("phone", "12", 0, "ann");
  run(topology({"web", "phone"}));
  send("letters", "25", 0, "ann");  // closes [10, 20)
  run(topology({"letters", "phone"}));
  send("phone", "13", 0, "ann");  // is late, though its own topic has seen nothing after 12
  send("phone", "31", 0, "ann");  // closes [20, 30)
  run(topology("phone"));
  using Counts = std::map<std::string, std::int64_t>;
  EXPECT_EQ(read_all("out").size(), 3u);
  EXPECT_EQ(last_counts(read_all("out")), (Counts{{"0", 1}, {"10", 1}, {"20", 1}}));
}

}  // namespace
}  // namespace weir::streams
