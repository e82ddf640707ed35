// What docs/streams.md shows of tables by window and of global stores, as it stands there (tests/docs_test.py holds the
// page to this file).
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;

TEST(Guide, windows_of_two_tables) {
  Builder builder;
  auto per_minute = [&](const std::string& topic) {
    return builder.stream<std::string, std::string>(topic)
        .group_by_key()
        .windowed_by(tumbling(1min))
        .count({.store = topic + "-per-minute", .retention = 10min});
  };
  per_minute("sent")
      .left_join(per_minute("answered"),
                 [](std::int64_t sent, const std::int64_t* answered) { return sent - (answered ? *answered : 0); },
                 {.store = "unanswered"})
      .to_stream()
      .to("unanswered");

  TestDriver driver(builder.build(), {.partitions = 2});
  auto sent = driver.input<std::string, std::string>("sent");
  sent.pipe("ann", "hello", 10'000);
  sent.pipe("ann", "hello?", 20'000);
  sent.pipe("ann", "so?", 70'000);
  driver.input<std::string, std::string>("answered").pipe("ann", "yes", 50'000);
  using Open = std::optional<std::int64_t>;
  EXPECT_EQ((driver.output<Windowed<std::string>, Open>("unanswered").read_map()),
            (std::map<Windowed<std::string>, Open>{{{"ann", {0, 60'000}}, 1}, {{"ann", {60'000, 120'000}}, 1}}));
}

}  // namespace
}  // namespace weir::streams
