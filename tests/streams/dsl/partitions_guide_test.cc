// What docs/streams.md says about partitions that a callable chooses, as it stands there.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

TEST(Guide, limits_that_every_partition_needs) {
  Builder builder;

  auto limits = builder.stream<std::string, std::int64_t>("limits");
  limits.to("limits-everywhere", {.partition = [](const std::string& shop, std::int64_t limit, std::int32_t) {
              if (shop == "every") return Partitions::all();
              return limit > 0 ? Partitions::by_key() : Partitions::none();
            }});

  TestDriver driver(builder.build(), {.partitions = 3});
  auto in = driver.input<std::string, std::int64_t>("limits");
  in.pipe("every", 5);
  in.pipe("one", 7);
  in.pipe("none", 0);
  std::map<std::string, int> copies;
  while (auto record = driver.bytes().read("limits-everywhere")) ++copies[*record->key];
  EXPECT_EQ(copies, (std::map<std::string, int>{{"every", 3}, {"one", 1}}));
  EXPECT_EQ(driver.statistics().dropped_no_partition, 1u);
}

TEST(Guide, users_who_live_where_their_region_says) {
  Builder builder;
  auto shops = builder.table<std::string, std::string>("shops");
  auto home_shop = [](const std::string& user) {
    return user.substr(0, user.find('/'));
  };
  auto greeting = [](const std::string& user, const std::string* shop) {
    return user + (shop != nullptr ? " at " + *shop : " at none");
  };

  // The topic of users is divided by their regions.
  auto by_region = [](const std::string& user, std::int32_t partitions) {
    return user.front() % partitions;
  };
  auto users = builder.stream<std::string, std::string>("users")
                   .repartition({.name = "users-by-region",
                                 .partition =
                                     [by_region](const std::string& user, const std::string&, std::int32_t partitions) {
                                       return by_region(user, partitions);
                                     }})
                   .to_table({.store = "users"});
  users.left_join(shops, home_shop, greeting, {.store = "greetings", .left_partition = by_region})
      .to_stream()
      .to("greetings");

  TestDriver driver(builder.build(), {.partitions = 3});
  driver.input<std::string, std::string>("shops").pipe("corner", "the corner");
  std::map<std::string, std::string> expected;
  for (const char* user : {"north-ann", "south-bob", "west-eve", "east-joe"}) {
    driver.input<std::string, std::string>("users").pipe(user, "corner/1");
    expected[user] = "corner/1 at the corner";
  }
  EXPECT_EQ((driver.output<std::string, std::string>("greetings").read_map()), expected);
}

}  // namespace
}  // namespace weir::streams
