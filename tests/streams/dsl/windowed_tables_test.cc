// Tables by key and window that meet one another: joined in every kind against a model that keeps everything, and what
// else can be done with them.
#include <filesystem>
#include <functional>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::windowed_tables_test {
namespace {

using Text = std::string;
using MaybeText = std::optional<Text>;
using Key = Windowed<Text>;
using Sents = std::vector<TestRecord<Key, MaybeText>>;

struct Event {
  Text key;
  Text value;
  std::int64_t ts;
};

struct Change {
  Key key;
  MaybeText old;
  MaybeText fresh;
  std::int64_t ts;
};

struct Row {
  Text value;
  std::int64_t ts = -1;
};

// A table of windows: what a record changes, and which rows are found.
class TableModel {
 public:
  virtual ~TableModel() = default;
  virtual std::vector<Change> take(const Event& event) = 0;
  virtual const Row* look_up(const Key& key) const = 0;
};

class TimeTable final : public TableModel {
 public:
  TimeTable(TimeWindowing windowing, std::int64_t kept_ms) : w_(windowing), kept_ms_(kept_ms) {}

  std::vector<Change> take(const Event& event) override {
    time_ = std::max(time_, event.ts);
    std::vector<Change> changes;
    for (std::int64_t start = 0; start <= event.ts; start += w_.advance_ms) {
      if (event.ts >= start + w_.size_ms || start + w_.size_ms <= time_ - w_.grace_ms) continue;
      const Key at{event.key, {start, start + w_.size_ms}};
      auto [row, is_new] = rows_.try_emplace({at.key, at.window});
      const MaybeText old = is_new ? MaybeText() : MaybeText(row->second.value);
      row->second.value += event.value;
      row->second.ts = std::max(row->second.ts, event.ts);
      changes.push_back({at, old, row->second.value, row->second.ts});
    }
    return changes;
  }
  const Row* look_up(const Key& key) const override {
    auto found = rows_.find({key.key, key.window});
    return found == rows_.end() || key.window.start_ms <= time_ - kept_ms_ ? nullptr : &found->second;
  }

 private:
  const TimeWindowing w_;
  const std::int64_t kept_ms_;
  std::map<std::pair<Text, Window>, Row> rows_;
  std::int64_t time_ = -1;
};

class SessionTable final : public TableModel {
 public:
  SessionTable(SessionWindowing windowing, std::int64_t kept_ms) : w_(windowing), kept_ms_(kept_ms) {}

  std::vector<Change> take(const Event& event) override {
    time_ = std::max(time_, event.ts);
    std::vector<Change> changes;
    Window merged{event.ts, event.ts};
    Text value;
    for (const auto& [at, row] : rows_) {
      const bool is_near = at.first == event.key && at.second.end_ms >= event.ts - w_.gap_ms &&
                           at.second.start_ms <= event.ts + w_.gap_ms && is_open(at.second);
      if (!is_near) continue;
      merged = {std::min(merged.start_ms, at.second.start_ms), std::max(merged.end_ms, at.second.end_ms)};
      value += row.value;
      changes.push_back({{at.first, at.second}, row.value, std::nullopt, at.second.end_ms});
    }
    if (!is_open(merged)) return {};
    for (const Change& gone : changes) rows_.erase({gone.key.key, gone.key.window});
    if (merged.start_ms == merged.end_ms) changes.clear();
    rows_[{event.key, merged}] = {value + event.value, merged.end_ms};
    changes.push_back({{event.key, merged}, std::nullopt, value + event.value, merged.end_ms});
    return changes;
  }
  const Row* look_up(const Key& key) const override {
    auto found = rows_.find({key.key, key.window});
    if (found == rows_.end()) return nullptr;
    return key.window.end_ms > time_ - kept_ms_ || is_open(key.window) ? &found->second : nullptr;
  }

 private:
  bool is_open(const Window& session) const { return session.end_ms >= time_ - w_.gap_ms - w_.grace_ms; }

  const SessionWindowing w_;
  const std::int64_t kept_ms_;
  std::map<std::pair<Text, Window>, Row> rows_;
  std::int64_t time_ = -1;
};

Text pair_of(const Text* left, const Text* right) {
  return (left ? *left : "-") + "|" + (right ? *right : "-");
}

enum class Kind { inner, left, outer };

// What a change of one side gives, `other` being the other one's row.
void join(Kind kind, bool is_left, const Change& change, const Row* other, Sents& sent) {
  const bool keeps_mine = kind == Kind::outer || (kind == Kind::left && is_left);
  const bool keeps_other = kind == Kind::outer || (kind == Kind::left && !is_left);
  if (other == nullptr && (!keeps_mine || (!change.old && !change.fresh))) return;
  const bool has_result = change.fresh ? other != nullptr || keeps_mine : other != nullptr && keeps_other;
  const Text* mine = change.fresh ? &*change.fresh : nullptr;
  const Text* theirs = other == nullptr ? nullptr : &other->value;
  MaybeText result;
  if (has_result) result = is_left ? pair_of(mine, theirs) : pair_of(theirs, mine);
  sent.push_back({change.key, result, other == nullptr ? change.ts : std::max(change.ts, other->ts)});
}

void append(const Text& value, Text& all) {
  all += value;
}
Text nothing() {
  return {};
}
Text both(const Text& a, const Text& b) {
  return a + b;
}

std::int64_t drawn(std::mt19937& random, unsigned below) {
  return static_cast<std::int64_t>(random() % below);
}

std::vector<std::pair<bool, Event>> random_events(std::mt19937& random, int count) {
  std::vector<std::pair<bool, Event>> events;
  std::int64_t time = 0;
  for (int i = 0; i < count; ++i) {
    time += random() % 12 == 0 ? drawn(random, 50) : drawn(random, 5);
    const std::int64_t ts = random() % 3 == 0 ? std::max<std::int64_t>(0, time - drawn(random, 40)) : time;
    events.push_back(
        {random() % 2 == 0,
         {Text(1, static_cast<char>('a' + random() % 3)), Text(1, static_cast<char>('p' + random() % 6)), ts}});
  }
  return events;
}

using RowTable = Table<Key, Text>;
using Aggregated = std::function<RowTable(Builder&, const Text& topic)>;

void joined(const RowTable& left, const RowTable& right, Kind kind, const StoreOptions& store) {
  auto out = [&] {
    switch (kind) {
      case Kind::inner:
        return left.join(
            right, [](const Text& l, const Text& r) { return pair_of(&l, &r); }, store);
      case Kind::left:
        return left.left_join(
            right, [](const Text& l, const Text* r) { return pair_of(&l, r); }, store);
      case Kind::outer:
        break;
    }
    return left.outer_join(
        right, [](const Text* l, const Text* r) { return pair_of(l, r); }, store);
  }();
  out.to_stream().to("out");
}

struct Compared {
  Aggregated table;
  std::function<std::unique_ptr<TableModel>()> model;
};

void compare(unsigned seed, std::mt19937& random, const Compared& compared, const TestDriverOptions& driver_options) {
  const Kind kind = std::array{Kind::inner, Kind::left, Kind::outer}[seed % 3];
  Builder builder;
  const RowTable left = compared.table(builder, "left");
  const RowTable right = compared.table(builder, "right");
  joined(left, right, kind, seed % 2 == 0 ? StoreOptions{} : StoreOptions{.store = "joined"});
  TestDriver driver(builder.build(), driver_options);
  auto of_left = compared.model();
  auto of_right = compared.model();
  for (const auto& [is_left, event] : random_events(random, 80)) {
    Sents expected;
    for (const Change& change : (is_left ? *of_left : *of_right).take(event)) {
      join(kind, is_left, change, (is_left ? *of_right : *of_left).look_up(change.key), expected);
    }
    driver.input<Text, Text>(is_left ? "left" : "right").pipe(event.key, event.value, event.ts);
    ASSERT_EQ((driver.output<Key, MaybeText>("out").read_all()), expected) << "seed " << seed << " at " << event.ts;
  }
}

Compared time_windows(std::mt19937& random) {
  const std::int64_t advance = 1 + drawn(random, 10);
  const TimeWindowing w{advance * (1 + drawn(random, 3)), advance, drawn(random, 2) * drawn(random, 30), 0};
  const std::int64_t kept = w.retention_ms() + (random() % 2 == 0 ? 0 : drawn(random, 60));
  return {[=](Builder& builder, const Text& topic) -> RowTable {
            return builder.stream<Text, Text>(topic)
                .group_by_key()
                .windowed_by(TimeWindows(w))
                .aggregate(nothing, append, {.store = topic + "-rows", .retention = Millis(kept)});
          },
          [=] {
            return std::make_unique<TimeTable>(w, kept);
          }};
}

Compared session_windows(std::mt19937& random) {
  const SessionWindowing w{1 + drawn(random, 12), drawn(random, 2) * drawn(random, 30)};
  const std::int64_t kept = w.retention_ms() + (random() % 2 == 0 ? 0 : drawn(random, 60));
  return {[=](Builder& builder, const Text& topic) -> RowTable {
            return builder.stream<Text, Text>(topic)
                .group_by_key()
                .windowed_by(sessions(Millis(w.gap_ms)).grace(Millis(w.grace_ms)))
                .aggregate(nothing, append, both, {.store = topic + "-rows", .retention = Millis(kept)});
          },
          [=] {
            return std::make_unique<SessionTable>(w, kept);
          }};
}

TEST(WindowedTables, joins_of_tables_by_window_are_those_of_the_model_as_long_as_rows_are_kept) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    compare(seed, random, seed % 4 == 3 ? session_windows(random) : time_windows(random), {});
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(WindowedTables, joins_are_the_same_when_every_row_is_read_back_from_disk) {
  const auto directory = std::filesystem::temp_directory_path() / "weir-windowed-tables";
  for (unsigned seed = 1000; seed < 1012; ++seed) {
    std::filesystem::remove_all(directory);
    std::mt19937 random(seed);
    compare(seed, random, seed % 4 == 3 ? session_windows(random) : time_windows(random),
            {.state_directory = directory.string(), .reads_back = true});
    if (testing::Test::HasFatalFailure()) break;
  }
  std::filesystem::remove_all(directory);
}

auto counts(Builder& builder, const Text& topic, Millis size, const StoreOptions& store = {}) {
  return builder.stream<Text, Text>(topic).group_by_key().windowed_by(tumbling(size)).count(store);
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  return a + b;
}

TEST(WindowedTables, windows_of_other_ends_do_not_meet) {
  Builder builder;
  counts(builder, "left", Millis(10)).join(counts(builder, "right", Millis(20)), sum).to_stream().to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("left").pipe("a", "x", 3);
  driver.input<Text, Text>("right").pipe("a", "x", 4);
  EXPECT_TRUE((driver.output<Key, std::optional<std::int64_t>>("out").is_empty()));
}

TEST(WindowedTables, a_view_between_is_computed_of_the_windows_row) {
  Builder builder;
  auto even = counts(builder, "left", Millis(10)).filter([](std::int64_t n) { return n % 2 == 0; });
  auto doubled = counts(builder, "right", Millis(10)).map_values([](std::int64_t n) { return 2 * n; });
  even.join(doubled, sum).to_stream().to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("left").pipe("a", "x", 1);
  driver.input<Text, Text>("right").pipe("a", "x", 2);  // the left row does not pass
  driver.input<Text, Text>("left").pipe("a", "x", 3);
  driver.input<Text, Text>("right").pipe("a", "x", 4);
  using Count = std::optional<std::int64_t>;
  const Key at{"a", {0, 10}};
  EXPECT_EQ((driver.output<Key, Count>("out").read_all()),
            (std::vector<TestRecord<Key, Count>>{{at, 4, 3}, {at, 6, 4}}));
}

TEST(WindowedTables, final_results_meet_where_rows_are_kept_beyond_the_close) {
  auto final_results = [](const StoreOptions& left, const StoreOptions& right) {
    Builder builder;
    counts(builder, "left", Millis(10), left)
        .suppress(UntilWindowCloses{})
        .join(counts(builder, "right", Millis(10), right).suppress(UntilWindowCloses{}), sum)
        .to_stream()
        .to("out");
    TestDriver driver(builder.build());
    for (const char* topic : {"left", "right"}) {
      driver.input<Text, Text>(topic).pipe("a", "x", 5);
      driver.input<Text, Text>(topic).pipe("a", "x", 15);
    }
    return driver.output<Key, std::optional<std::int64_t>>("out").read_all();
  };
  EXPECT_TRUE(final_results({}, {}).empty());
  const auto met = final_results({.store = "l", .retention = Millis(60)}, {.store = "r", .retention = Millis(60)});
  ASSERT_EQ(met.size(), 1u);
  EXPECT_EQ(met[0].key, (Key{"a", {0, 10}}));
  EXPECT_EQ(met[0].value, 2);
}

TEST(WindowedTables, a_join_of_them_is_suppressed_until_the_later_of_the_two_closes) {
  Builder builder;
  auto left =
      builder.stream<Text, Text>("left").group_by_key().windowed_by(tumbling(Millis(10)).grace(Millis(5))).count();
  counts(builder, "right", Millis(10)).join(left, sum).suppress(UntilWindowCloses{}).to_stream().to("out");
  TestDriver driver(builder.build());
  for (std::int64_t ts : {1, 11, 14}) {
    driver.input<Text, Text>("left").pipe("a", "x", ts);
    driver.input<Text, Text>("right").pipe("a", "x", ts);
    EXPECT_TRUE((driver.output<Key, std::int64_t>("out").is_empty())) << ts;
  }
  driver.input<Text, Text>("left").pipe("a", "x", 15);
  EXPECT_EQ((driver.output<Key, std::int64_t>("out").read_all()),
            (std::vector<TestRecord<Key, std::int64_t>>{{{"a", {0, 10}}, 2, 1}}));
}

TEST(WindowedTables, a_stream_by_key_and_window_meets_their_rows) {
  Builder builder;
  auto right = counts(builder, "right", Millis(10));
  counts(builder, "left", Millis(10))
      .to_stream()
      .left_join(right, [](std::int64_t l, const std::int64_t* r) { return 10 * l + (r ? *r : 0); })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("left").pipe("a", "x", 1);
  driver.input<Text, Text>("right").pipe("a", "x", 2);
  driver.input<Text, Text>("left").pipe("a", "x", 3);
  const Key at{"a", {0, 10}};
  EXPECT_EQ((driver.output<Key, std::int64_t>("out").read_all()),
            (std::vector<TestRecord<Key, std::int64_t>>{{at, 10, 1}, {at, 21, 3}}));
}

TEST(WindowedTables, a_topic_of_windows_lies_where_the_windows_of_its_keys_are_made) {
  constexpr int kKeys = 40;
  Builder builder;
  counts(builder, "left", Millis(10)).to_stream().to("written");
  auto read = builder.table<Key, std::int64_t>("written");
  counts(builder, "right", Millis(10)).join(read, sum).to_stream().to("out");
  counts(builder, "third", Millis(10)).to_stream().repartition({.name = "again"}).join(read, sum).to("out-of-streams");
  TestDriver driver(builder.build(), {.partitions = 5});
  for (int i = 0; i < kKeys; ++i) {
    for (const char* topic : {"left", "right", "third"})
      driver.input<Text, Text>(topic).pipe("key" + std::to_string(i), "x", i);
  }
  EXPECT_EQ((driver.output<Key, std::optional<std::int64_t>>("out").read_all().size()), std::size_t{kKeys});
  EXPECT_EQ((driver.output<Key, std::int64_t>("out-of-streams").read_all().size()), std::size_t{kKeys});
  // As a program that writes such a topic would.
  driver.input<Key, std::int64_t>("written").pipe({"key39", {30, 40}}, 100, 39);
  EXPECT_EQ((driver.output<Key, std::optional<std::int64_t>>("out").read_all().at(0).value), 101);
}

TEST(WindowedTables, cogrouped_windows_are_found_too) {
  Builder builder;
  auto add = [](const Text& value, Text& all) {
    all += value;
  };
  auto left = builder.stream<Text, Text>("left")
                  .group_by_key()
                  .cogroup<Text>(add)
                  .cogroup(builder.stream<Text, Text>("more").group_by_key(), add)
                  .windowed_by(tumbling(Millis(10)))
                  .aggregate(nothing);
  counts(builder, "right", Millis(10))
      .join(left, [](std::int64_t n, const Text& all) { return all + std::to_string(n); })
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("left").pipe("a", "x", 1);
  driver.input<Text, Text>("more").pipe("a", "y", 2);
  driver.input<Text, Text>("right").pipe("a", "z", 3);
  driver.input<Text, Text>("more").pipe("a", "v", 3);
  using Record = TestRecord<Key, MaybeText>;
  const Key at{"a", {0, 10}};
  EXPECT_EQ((driver.output<Key, MaybeText>("out").read_all()), (std::vector<Record>{{at, "xy1", 3}, {at, "xyv1", 3}}));
}

TEST(WindowedTables, rows_by_window_refer_to_other_tables_and_are_referred_to) {
  Builder builder;
  auto left = counts(builder, "left", Millis(10));
  auto names = builder.table<std::int64_t, Text>("names");
  left.join(
          names, [](std::int64_t n) { return n; }, [](std::int64_t, const Text& name) { return name; })
      .to_stream()
      .to("named");
  builder.table<Text, std::int64_t>("wanted")
      .join(
          left,
          [](const Text& key, std::int64_t start) {
            return Key{key, {start, start + 10}};
          },
          sum)
      .to_stream()
      .to("found");
  TestDriver driver(builder.build(), {.partitions = 3});
  driver.input<std::int64_t, Text>("names").pipe(1, "once");
  driver.input<std::int64_t, Text>("names").pipe(2, "twice");
  driver.input<Text, std::int64_t>("wanted").pipe("a", 10);
  for (std::int64_t ts : {1, 11, 12}) driver.input<Text, Text>("left").pipe("a", "x", ts);
  EXPECT_EQ((driver.output<Key, MaybeText>("named").read_map()),
            (std::map<Key, MaybeText>{{{"a", {0, 10}}, "once"}, {{"a", {10, 20}}, "twice"}}));
  EXPECT_EQ((driver.output<Text, std::optional<std::int64_t>>("found").read_map()),
            (std::map<Text, std::optional<std::int64_t>>{{"a", 12}}));
}

TEST(WindowedTables, a_retention_that_is_too_short_or_of_no_windows_is_refused_and_says_what_is_needed) {
  auto refusal = [](auto describe) -> Text {
    Builder builder;
    try {
      describe(builder.stream<Text, Text>("in").group_by_key());
    } catch (const TopologyError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(refusal([](auto grouped) {
              (void)grouped.windowed_by(tumbling(Millis(10)).grace(Millis(5))).count({.retention = Millis(14)});
            }),
            "count: a retention of 14 ms is shorter than its windows need: 15 ms");
  EXPECT_EQ(
      refusal([](auto grouped) { (void)grouped.windowed_by(sliding(Millis(10))).count({.retention = Millis(19)}); }),
      "count: a retention of 19 ms is shorter than its windows need: 20 ms");
  EXPECT_EQ(
      refusal([](auto grouped) { (void)grouped.windowed_by(sessions(Millis(10))).count({.retention = Millis(9)}); }),
      "count: a retention of 9 ms is shorter than its windows need: 10 ms");
  EXPECT_EQ(
      refusal([](auto grouped) { (void)grouped.windowed_by(unlimited(Millis(0))).count({.retention = Millis(9)}); }),
      "count: a retention of 9 ms is shorter than its windows need: they never close");
  EXPECT_EQ(refusal([](auto grouped) { (void)grouped.count({.retention = Millis(10)}); }),
            "count: only what is aggregated in windows has a retention");
  EXPECT_EQ(refusal([](auto grouped) {
              (void)grouped.count().filter([](std::int64_t) { return true; }, {.retention = Millis(10)});
            }),
            "filter: only what is aggregated in windows has a retention");
}

}  // namespace
}  // namespace weir::streams::windowed_tables_test
