// Versioned tables and records that wait, over restarts: what an application gives in many runs is what it gives in
// one.
#include <random>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class VersionedAppTest : public testing_log::LogFixture {
 protected:
  void send_at(const std::string& topic, const std::string& key, const std::string& value, std::int64_t at) {
    auto producer = *log().producer({});
    auto sent = producer->send(topic, log::PartitionIndex(0), at, key, value);
    ASSERT_TRUE(sent) << sent.error().to_string();
    ASSERT_TRUE(producer->flush());
  }
};

// `fatal`, while it is set, ends the run at the joined value that it names.
Topology joining(const std::string* fatal, bool in_memory) {
  Builder builder;
  auto table = builder.table<std::string, std::string>(
      "table", {.store = "versions", .in_memory = in_memory, .history = Millis(40)});
  builder.stream<std::string, std::string>("stream")
      .left_join(table,
                 [fatal](const std::string& left, const std::string* right) {
                   std::string joined = left + "+" + (right == nullptr ? "none" : *right);
                   if (fatal != nullptr && joined == *fatal) throw std::runtime_error("on demand");
                   return joined;
                 },
                 {.grace = Millis(10), .store = "waiting"})
      .to("out");
  return builder.build();
}

struct Piped {
  bool is_table;
  std::string key;
  std::string value;
  std::int64_t at;
};

std::vector<Piped> random_records(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Piped> records;
  std::int64_t now = 0;
  for (int i = 0; i < 40; ++i) {
    now += random() % 5;
    const std::int64_t at = std::max<std::int64_t>(0, now - static_cast<std::int64_t>(random() % 20));
    records.push_back({random() % 2 == 0, "k" + std::to_string(random() % 3), std::to_string(i), at});
  }
  return records;
}

TEST_F(VersionedAppTest, many_runs_give_what_one_gives_whatever_fails_between) {
  create("out", 1);
  std::vector<std::string> given;  // of earlier seeds too
  for (unsigned seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto records = random_records(seed);
    TestDriver driver(joining(nullptr, true));
    for (const Piped& record : records) {
      driver.input<std::string, std::string>(record.is_table ? "table" : "stream")
          .pipe(record.key, record.value, record.at);
    }
    std::vector<std::string> expected;
    for (const auto& record : driver.output<std::string, std::string>("out").read_all()) {
      expected.push_back(record.key + "=" + record.value);
    }
    ASSERT_GT(expected.size(), 5u);

    for (const char* topic : {"table", "stream"}) {
      if (seed > 1) {
        ASSERT_TRUE(log().admin()->delete_topic(topic));
      }
      create(topic, 1);
    }
    const std::string fatal = expected[expected.size() / 2].substr(expected[expected.size() / 2].find('=') + 1);
    bool has_failed = false;
    const std::string id = "versions-" + std::to_string(seed);
    for (const Piped& record : records) {
      send_at(record.is_table ? "table" : "stream", record.key, record.value, record.at);
      {
        App app(joining(has_failed ? nullptr : &fatal, seed == 2), log(), options(id));
        if (app.run_to_end()) continue;
        has_failed = true;  // the run is undone, and made again
      }
      App again(joining(nullptr, seed == 2), log(), options(id));
      auto done = again.run_to_end();
      ASSERT_TRUE(done) << done.error().to_string();
    }
    EXPECT_TRUE(has_failed);
    for (const auto& entry : expected) given.push_back(entry);
    std::vector<std::string> found;
    for (const auto& record : read_all("out")) found.push_back(record.key + "=" + record.value.value_or("(null)"));
    EXPECT_EQ(found, given);
  }
}

}  // namespace
}  // namespace weir::streams
