// The operators of docs/streams.md that its first examples do not need, as they stand there (tests/docs_test.py holds
// the page to this file).
#include <algorithm>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;

struct Request {
  std::string path;
  std::int64_t status = 200;
  std::int64_t millis = 0;
  std::int64_t at = 0;
};
WEIR_JSON(Request, path, status, millis, at)

struct Trail {
  std::vector<std::string> paths;
};
WEIR_JSON(Trail, paths)

TEST(Guide, sessions_that_become_one_are_merged_by_what_was_said) {
  Builder builder;
  auto event_time = [](const Request& r) {
    return r.at;
  };
  auto by_user = builder.stream<std::string, Request>("requests", {.timestamp = event_time}).group_by_key();
  auto paths =
      by_user.windowed_by(sessions(30min).grace(1h))
          .aggregate([] { return Trail{}; }, [](const Request& r, Trail& trail) { trail.paths.push_back(r.path); },
                     [](const Trail& earlier, const Trail& later) {
                       Trail both = earlier;
                       both.paths.insert(both.paths.end(), later.paths.begin(), later.paths.end());
                       return both;
                     },
                     {.store = "trails"});
  paths.to_stream().filter([](const std::optional<Trail>& trail) { return trail.has_value(); }).to("trails-so-far");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, Request>("requests");
  in.pipe("ann", {"/a", 200, 1, 0});
  in.pipe("ann", {"/c", 200, 1, 50 * 60'000});
  in.pipe("ann", {"/b", 200, 1, 25 * 60'000});  // between them: one session
  auto trails = driver.output<Windowed<std::string>, Trail>("trails-so-far").read_all();
  ASSERT_EQ(trails.size(), 3u);
  auto visited = trails.back().value.paths;
  std::sort(visited.begin(), visited.end());
  EXPECT_EQ(visited, (std::vector<std::string>{"/a", "/b", "/c"}));
}

TEST(Guide, requests_that_go_several_ways) {
  Builder builder;
  std::int64_t total = 0;
  std::vector<std::string> logged;

  auto event_time = [](const Request& r) {
    return r.at;
  };
  auto requests = builder.stream<std::string, Request>("requests", {.timestamp = event_time});
  auto [failed, slow, rest] = requests.split([](const Request& r) { return r.status >= 500; },
                                             [](const Request& r) { return r.millis > 1'000; });
  failed.peek([&](const Request& r) { logged.push_back(r.path); }).to([](const Request& r) {
    return "failed-" + std::to_string(r.status);
  });
  slow.merge(failed)
      .filter_not([](const Request& r) { return r.path == "/health"; })
      .select_key([](const Request& r) { return r.path; })
      .repartition({.name = "by-path"})
      .to("troubles", {.partition = [](const std::string& path, const Request&, std::int32_t partitions) {
            return static_cast<std::int32_t>(path.size()) % partitions;
          }});
  rest.flat_map([](const std::string& user, const Request& r) {
        return std::vector{std::pair(user, r.millis), std::pair(std::string("everybody"), r.millis)};
      })
      .for_each([&](std::int64_t millis) { total += millis; });
  rest.process_values<std::int64_t>(
          [](FixedKeyContext<std::int64_t>& context, const ProcessorRecord<std::string, Request>& record) {
            if (context.metadata()) context.forward(record.value().millis);
          })
      .to("times");

  TestDriver driver(builder.build(), {.partitions = 3});
  auto in = driver.input<std::string, Request>("requests");
  in.pipe("ann", {"/a", 503, 5, 1'000});
  in.pipe("ann", {"/health", 200, 2'000, 2'000});
  in.pipe("bob", {"/bob", 200, 3'000, 3'000});
  in.pipe("bob", {"/bob", 200, 20, 4'000});
  EXPECT_EQ(logged, std::vector<std::string>{"/a"});
  EXPECT_EQ(total, 40);
  auto failures = driver.output<std::string, Request>("failed-503").read_all();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].timestamp_ms, 1'000) << "the record's own time";
  EXPECT_EQ((driver.output<std::string, std::int64_t>("times").read_map()),
            (std::map<std::string, std::int64_t>{{"bob", 20}}));
  std::vector<std::pair<std::string, std::int32_t>> placed;
  while (auto record = driver.bytes().read("troubles")) placed.push_back({*record->key, record->to.partition.value()});
  EXPECT_EQ(placed, (std::vector<std::pair<std::string, std::int32_t>>{{"/a", 2}, {"/bob", 1}}));
}

TEST(Guide, requests_in_every_kind_of_window) {
  Builder builder;
  auto event_time = [](const Request& r) {
    return r.at;
  };
  auto requests = builder.stream<std::string, Request>("requests", {.timestamp = event_time});

  auto by_path = requests.group_by([](const Request& r) { return r.path; }, {.name = "by-path"});
  auto per_minute = by_path.windowed_by(tumbling(1min).grace(10s)).emit(Emit::on_close).count({.store = "per-minute"});
  auto last_five = by_path.windowed_by(hopping(5min, 1min)).count({.store = "last-five-minutes"});
  auto bursts = by_path.windowed_by(sliding(10s)).count({.store = "bursts"});
  auto visits = by_path.windowed_by(sessions(30min)).count({.store = "visits"});
  auto longest = by_path.windowed_by(unlimited(0ms))
                     .reduce(
                         [](Request& longest, const Request& r) {
                           if (r.millis > longest.millis) longest = r;
                         },
                         {.store = "longest"});
  visits.suppress(UntilWindowCloses{}, {.store = "open-visits"}).to_stream().to("visits-that-ended");

  per_minute.to_stream().to("minutes");
  last_five.to_stream().to("five-minutes");
  bursts.to_stream().to("bursts");
  longest.to_stream().to("longest");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, Request>("requests");
  in.pipe("ann", {"/", 200, 7, 0});
  in.pipe("bob", {"/", 200, 9, 5'000});
  in.pipe("bob", {"/", 200, 8, 2 * 3'600'000});
  auto minutes = driver.output<Windowed<std::string>, std::int64_t>("minutes").read_all();
  ASSERT_EQ(minutes.size(), 1u);
  EXPECT_EQ(minutes[0].value, 2);
  EXPECT_EQ(minutes[0].key.window, (Window{0, 60'000}));
  auto ended = driver.output<Windowed<std::string>, std::int64_t>("visits-that-ended").read_all();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].value, 2);
  EXPECT_EQ((driver.output<Windowed<std::string>, Request>("longest").read_all().back().value.millis), 9);
  EXPECT_EQ((driver.output<Windowed<std::string>, std::int64_t>("bursts").read_all().at(1).value), 2)
      << "the window that ends with the second";
  EXPECT_FALSE((driver.output<Windowed<std::string>, std::int64_t>("five-minutes").is_empty()));
}

TEST(Guide, customers_of_two_tables) {
  Builder builder;

  auto profiles =
      builder.stream<std::string, std::string>("profiles").to_table({.store = "profiles", .in_memory = true});
  auto limits = builder.table<std::string, std::int64_t>("limits");
  profiles
      .outer_join(limits,
                  [](const std::string* profile, const std::int64_t* limit) {
                    return (profile ? *profile : "unknown") + (limit ? " up to " + std::to_string(*limit) : "");
                  })
      .to_stream()
      .to("customers");
  profiles.filter([](const std::string& profile) { return profile != "guest"; })
      .group_by([](const std::string& user, const std::string& profile) { return std::pair(profile, user); },
                {.name = "by-profile"})
      .count({.store = "users-of-a-profile"});

  TestDriver driver(builder.build(), {.partitions = 2});
  driver.input<std::string, std::string>("profiles").pipe("ann", "gold");
  driver.input<std::string, std::string>("profiles").pipe("bob", "guest");
  driver.input<std::string, std::int64_t>("limits").pipe("ann", 500);
  EXPECT_EQ((driver.find<std::int64_t, std::string>("users-of-a-profile", "gold")), 1);
  std::size_t rows = 0;
  for (std::int32_t partition : {0, 1}) {
    auto store = driver.store<KeyValueStore<std::string, std::string>>("profiles", partition);
    if (store.get("ann") != nullptr) ++rows;
  }
  EXPECT_EQ(rows, 1u) << "each key is in the store of one partition";

  using Text = std::optional<std::string>;
  EXPECT_EQ((driver.output<std::string, Text>("customers").read_map()),
            (std::map<std::string, Text>{{"ann", "gold up to 500"}, {"bob", "guest"}}));
}

TEST(Guide, a_topology_that_does_without_some_topics) {
  Builder builder({.optimizations = all_optimizations});
  auto names = builder.table<std::string, std::string>("names", {.store = "names"});
  auto by_user = builder.stream<std::string, std::string>("orders").select_key(
      [](const std::string& order) { return order.substr(0, 3); }, {.name = "by-user"});
  by_user.group_by_key().count({.store = "orders-of-a-user"}).to_stream().to("counts");
  by_user.filter([](const std::string& order) { return order.ends_with("gift"); })
      .group_by_key()
      .count({.store = "gifts-of-a-user"});
  by_user.join(names, [](const std::string& order, const std::string& name) { return order + " for " + name; })
      .to("labels");
  const Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 2u);
  EXPECT_EQ(topology.description().internal_topics.size(), 1u);

  TestDriver driver(topology);
  driver.input<std::string, std::string>("names").pipe("ann", "Ann");
  driver.input<std::string, std::string>("orders").pipe("1", "ann/lamp");
  EXPECT_EQ((driver.output<std::string, std::string>("labels").read_map()),
            (std::map<std::string, std::string>{{"ann", "ann/lamp for Ann"}}));
  EXPECT_EQ((driver.output<std::string, std::int64_t>("counts").read_map()),
            (std::map<std::string, std::int64_t>{{"ann", 1}}));
}

}  // namespace
}  // namespace weir::streams
