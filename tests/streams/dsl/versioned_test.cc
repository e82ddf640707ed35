// Versioned tables and the join that waits for them, against a model, and what is told where they make no sense.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Lines = std::vector<std::string>;
using Marks = std::map<std::int64_t, std::optional<std::string>>;

struct Waiting {
  std::int64_t at;
  std::string key;
  int number;
  std::string value;

  auto place() const { return std::tuple(at, key, number); }
};

// The rules of KIP-889 and KIP-923, written down once more.
class Model {
 public:
  Model(std::int64_t history_ms, std::int64_t grace_ms) : history_ms_(history_ms), grace_ms_(grace_ms) {}

  void put(const std::string& key, const std::optional<std::string>& value, std::int64_t at) {
    if (at < table_time_ - history_ms_) return;
    table_time_ = std::max(table_time_, at);
    rows_[key][at] = value;
  }
  void join(const std::string& key, const std::string& value, std::int64_t at) {
    stream_time_ = std::max(stream_time_, at);
    const Waiting record{at, key, number_++, value};
    if (at <= stream_time_ - grace_ms_) {
      give(record);
    } else {
      waiting_.push_back(record);
    }
    std::sort(waiting_.begin(), waiting_.end(),
              [](const Waiting& a, const Waiting& b) { return a.place() < b.place(); });
    while (!waiting_.empty() && waiting_.front().at <= stream_time_ - grace_ms_) {
      give(waiting_.front());
      waiting_.erase(waiting_.begin());
    }
  }
  const Lines& given() const { return given_; }

 private:
  void give(const Waiting& record) {
    const Marks& marks = rows_[record.key];
    auto behind = marks.upper_bound(record.at);
    std::optional<std::string> row;
    const bool is_known = record.at >= table_time_ - history_ms_ || behind == marks.end();
    if (is_known && behind != marks.begin()) row = std::prev(behind)->second;
    given_.push_back(record.key + "=" + record.value + "+" + row.value_or("none") + "@" + std::to_string(record.at));
  }

  const std::int64_t history_ms_;
  const std::int64_t grace_ms_;
  std::map<std::string, Marks> rows_;
  std::int64_t table_time_ = -1;
  std::int64_t stream_time_ = -1;
  int number_ = 0;
  std::vector<Waiting> waiting_;
  Lines given_;
};

TEST(VersionedTable, a_join_that_waits_equals_its_model) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::int64_t history = 1 + random() % 50;
    const std::int64_t grace = random() % history;
    Builder builder;
    auto table = builder.table<std::string, std::string>("table", {.history = Millis(history)});
    builder.stream<std::string, std::string>("stream")
        .left_join(table,
                   [](const std::string& left, const std::string* right) {
                     return left + "+" + (right == nullptr ? "none" : *right);
                   },
                   {.grace = Millis(grace)})
        .to("out");
    TestDriver driver(builder.build());
    auto rows = driver.input<std::string, std::optional<std::string>>("table");
    auto records = driver.input<std::string, std::string>("stream");
    Model model(history, grace);
    std::int64_t now = 0;
    for (int i = 0; i < 300; ++i) {
      now += random() % 4;
      const std::int64_t at = std::max<std::int64_t>(0, now - static_cast<std::int64_t>(random() % 30));
      const std::string key(1 + random() % 3, 'k');
      if (random() % 2 == 0) {
        std::optional<std::string> value;
        if (random() % 4 != 0) value = std::to_string(i);
        rows.pipe(key, value, at);
        model.put(key, value, at);
      } else {
        records.pipe(key, std::to_string(i), at);
        model.join(key, std::to_string(i), at);
      }
    }
    Lines given;
    for (const auto& record : driver.output<std::string, std::string>("out").read_all()) {
      given.push_back(record.key + "=" + record.value + "@" + std::to_string(record.timestamp_ms));
    }
    EXPECT_EQ(given, model.given());
  }
}

TEST(VersionedTable, what_is_older_than_the_latest_is_sent_on_but_not_counted) {
  Builder builder;
  auto table = builder.table<std::string, std::string>("table", {.history = Millis(100)});
  table.to_stream().to("changes");
  table.group_by([](const std::string&, const std::string& value) { return std::pair(value, value); })
      .count()
      .to_stream()
      .to("counts");
  TestDriver driver(builder.build());
  auto rows = driver.input<std::string, std::string>("table");
  rows.pipe("a", "new", 50);
  rows.pipe("a", "old", 20);
  rows.pipe("b", "newest", 200);
  rows.pipe("a", "too old", 99);
  EXPECT_EQ((driver.output<std::string, std::optional<std::string>>("changes").read_all().size()), 3u);
  EXPECT_EQ((driver.output<std::string, std::int64_t>("counts").read_map()),
            (std::map<std::string, std::int64_t>{{"new", 1}, {"newest", 1}}));
  EXPECT_EQ(driver.statistics().dropped_late, 2u);
}

TEST(VersionedTable, a_processor_reads_what_was) {
  using Prices = VersionedStore<std::string, std::string>;
  Builder builder;
  builder.add_store<Prices>({.store = "prices", .retention = Millis(100)});
  builder.stream<std::string, std::string>("in").process<std::string, std::string>(
      [](ProcessorContext<std::string, std::string>& context, const ProcessorRecord<std::string, std::string>& record) {
        context.store<Prices>("prices").put(record.key(), record.value(), record.timestamp_ms());
      },
      {.stores = {"prices"}});
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("tea", "2", 10);
  in.pipe("tea", "3", 30);
  in.pipe("tea", "2.5", 20);
  auto prices = driver.store<Prices>("prices");
  EXPECT_EQ(prices.get("tea", 9), std::nullopt);
  EXPECT_EQ(prices.get("tea", 19)->value, "2");
  EXPECT_EQ(prices.get("tea", 29)->value, "2.5");
  EXPECT_EQ(prices.get("tea")->value, "3");
  EXPECT_EQ(prices.put("tea", "4", 130), PutVersion::latest);
  EXPECT_EQ(prices.put("tea", "1", 29), PutVersion::too_late);
  EXPECT_EQ(prices.erase("tea", 40), PutVersion::older);
  EXPECT_EQ(prices.get("tea", 50), std::nullopt);
}

std::string why_not(const std::function<void(Builder&)>& describe) {
  Builder builder;
  try {
    describe(builder);
    return {};
  } catch (const TopologyError& error) {
    return error.what();
  }
}

TEST(VersionedTable, what_makes_no_sense_is_told) {
  auto joined = [](const StoreOptions& table, const TableJoinOptions& join) {
    return why_not([&](Builder& b) {
      b.stream<std::string, std::string>("s").join(
          b.table<std::string, std::string>("t", table), [](const std::string& l, const std::string&) { return l; },
          join);
    });
  };
  EXPECT_EQ(joined({.history = Millis(10)}, {.grace = Millis(10)}), "");
  EXPECT_NE(joined({}, {.grace = Millis(10)}).find("grace needs a versioned table"), std::string::npos);
  EXPECT_NE(joined({.history = Millis(10)}, {.grace = Millis(11)}).find("11 ms"), std::string::npos);
  EXPECT_NE(joined({.history = Millis(0)}, {}).find("at least 1 ms"), std::string::npos);
  auto counted = why_not(
      [](Builder& b) { b.stream<std::string, std::string>("s").group_by_key().count({.history = Millis(10)}); });
  EXPECT_NE(counted.find("only `table` and `to_table` keep a history"), std::string::npos) << counted;
  auto held = why_not([](Builder& b) {
    b.table<std::string, std::string>("t", {.history = Millis(10)}).suppress(UntilTimeLimit{Millis(10)});
  });
  EXPECT_NE(held.find("cannot be held back"), std::string::npos) << held;
}

}  // namespace
}  // namespace weir::streams
