// Windows against models that keep everything: random records of several keys, out of order, late and doubled, with
// little grace, so that windows close under way. What comes out of each record is compared, in order.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using MaybeText = std::optional<Text>;
using Sent = TestRecord<Windowed<Text>, MaybeText>;
using Sents = std::vector<Sent>;

struct Event {
  Text key;
  Text value;
  std::int64_t ts;
};

std::vector<Event> random_events(std::mt19937& random, int count) {
  std::vector<Event> events;
  std::int64_t time = 0;
  for (int i = 0; i < count; ++i) {
    time += static_cast<std::int64_t>(random() % 6);
    if (random() % 10 == 0) time += static_cast<std::int64_t>(random() % 60);
    const std::int64_t ts = random() % 3 == 0 ? time - static_cast<std::int64_t>(random() % 50) : time;
    events.push_back({Text(1, static_cast<char>('a' + random() % 3)), Text(1, static_cast<char>('p' + random() % 6)),
                      std::max<std::int64_t>(0, ts)});
    if (random() % 12 == 0) events.push_back(events.back());
  }
  return events;
}

struct Row {
  Text value;
  std::int64_t ts = -1;
};

// Tumbling and hopping windows.
class TimeWindowModel {
 public:
  TimeWindowModel(TimeWindowing windowing, Emit emit) : w_(windowing), emit_(emit) {}

  Sents take(const Event& event) {
    Sents sent;
    const std::int64_t before = time_;
    time_ = std::max(time_, event.ts);
    for (std::int64_t start = 0; start <= event.ts; start += w_.advance_ms) {
      if (event.ts >= start + w_.size_ms || is_closed(start, time_)) continue;
      Row& row = rows_[{start, event.key}];
      row.value += event.value;
      row.ts = std::max(row.ts, event.ts);
      if (emit_ == Emit::on_update) sent.push_back(as_sent(start, event.key, row));
    }
    if (emit_ == Emit::on_update) return sent;
    for (const auto& [at, row] : rows_) {  // by start, then key
      if (!is_closed(at.first, before) && is_closed(at.first, time_)) sent.push_back(as_sent(at.first, at.second, row));
    }
    return sent;
  }

 private:
  bool is_closed(std::int64_t start, std::int64_t time) const { return start + w_.size_ms <= time - w_.grace_ms; }
  Sent as_sent(std::int64_t start, const Text& key, const Row& row) const {
    return {{key, {start, start + w_.size_ms}}, row.value, row.ts};
  }

  const TimeWindowing w_;
  const Emit emit_;
  std::map<std::pair<std::int64_t, Text>, Row> rows_;
  std::int64_t time_ = -1;
};

// Sessions, as a list of all that are alive.
class SessionModel {
 public:
  explicit SessionModel(SessionWindowing windowing) : w_(windowing) {}

  Sents take(const Event& event) {
    Sents sent;
    time_ = std::max(time_, event.ts);
    auto is_expired = [&](std::int64_t end) {
      return end < time_ - w_.gap_ms - w_.grace_ms;
    };
    std::vector<Session> merged;
    std::vector<Session> rest;
    for (const Session& session : sessions_) {
      const bool is_near = session.key == event.key && session.window.end_ms >= event.ts - w_.gap_ms &&
                           session.window.start_ms <= event.ts + w_.gap_ms && !is_expired(session.window.end_ms);
      (is_near ? merged : rest).push_back(session);
    }
    std::sort(merged.begin(), merged.end(),
              [](const Session& a, const Session& b) { return a.window.start_ms < b.window.start_ms; });
    Session whole{event.key, {event.ts, event.ts}, ""};
    for (const Session& session : merged) {
      whole.window.start_ms = std::min(whole.window.start_ms, session.window.start_ms);
      whole.window.end_ms = std::max(whole.window.end_ms, session.window.end_ms);
      whole.value += session.value;
    }
    if (is_expired(whole.window.end_ms)) return sent;
    whole.value += event.value;
    if (whole.window != Window{event.ts, event.ts}) {
      for (const Session& session : merged) {
        sent.push_back({{session.key, session.window}, std::nullopt, session.window.end_ms});
      }
    }
    sent.push_back({{whole.key, whole.window}, whole.value, whole.window.end_ms});
    sessions_ = std::move(rest);
    sessions_.push_back(whole);
    return sent;
  }

 private:
  struct Session {
    Text key;
    Window window;
    Text value;
  };

  const SessionWindowing w_;
  std::vector<Session> sessions_;
  std::int64_t time_ = -1;
};

// Sliding windows of one key: each with the records that lie in it. Only for records that come while the window that
// ends with them is open, or too late for any.
class SlidingModel {
 public:
  explicit SlidingModel(SlidingWindowing windowing) : w_(windowing) {}

  Sents take(const Event& event) {
    time_ = std::max(time_, event.ts);
    auto is_closed = [&](std::int64_t start) {
      return start + w_.difference_ms < time_ - w_.grace_ms;
    };
    if (is_closed(event.ts)) return {};
    const std::vector<Event> earlier = records_[event.key];
    records_[event.key].push_back(event);
    auto& starts = starts_[event.key];
    std::set<std::int64_t> updated;
    auto update = [&](std::int64_t start) {
      if (is_closed(start)) return;
      starts.insert(start);
      updated.insert(start);
    };
    auto holds = [&](std::int64_t start, std::int64_t ts) {
      return start <= ts && ts <= start + w_.difference_ms;
    };
    for (std::int64_t start : std::set<std::int64_t>(starts)) {
      if (holds(start, event.ts)) update(start);
    }
    update(std::max<std::int64_t>(0, event.ts - w_.difference_ms));
    for (const Event& other : earlier) {
      if (holds(other.ts + 1, event.ts)) update(other.ts + 1);  // the window right of it is not empty any more
      if (holds(event.ts + 1, other.ts) && !starts.contains(event.ts + 1)) update(event.ts + 1);
    }
    Sents sent;
    for (std::int64_t start : updated) {
      Row row;
      for (const Event& record : records_[event.key]) {
        if (!holds(start, record.ts)) continue;
        row.value += record.value;
        row.ts = std::max(row.ts, record.ts);
      }
      sent.push_back({{event.key, {start, start + w_.difference_ms}}, row.value, row.ts});
    }
    return sent;
  }

  bool may_take(const Event& event) const {
    const std::int64_t time = std::max(time_, event.ts) - w_.grace_ms;
    return event.ts >= time || event.ts + w_.difference_ms < time;
  }

 private:
  const SlidingWindowing w_;
  std::map<Text, std::vector<Event>> records_;
  std::map<Text, std::set<std::int64_t>> starts_;
  std::int64_t time_ = -1;
};

// Holds changes back until their windows are closed.
class FinalModel {
 public:
  explicit FinalModel(std::int64_t grace_ms) : grace_ms_(grace_ms) {}

  Sents take(const Sents& changes) {
    Sents sent;
    for (const Sent& change : changes) {
      time_ = std::max(time_, change.timestamp_ms);
      held_[{change.key.window.end_ms, change.key.key, change.key.window.start_ms}] = change;
      while (!held_.empty() && std::get<0>(held_.begin()->first) <= time_ - grace_ms_) {
        if (held_.begin()->second.value) sent.push_back(held_.begin()->second);
        held_.erase(held_.begin());
      }
    }
    return sent;
  }

 private:
  const std::int64_t grace_ms_;
  std::map<std::tuple<std::int64_t, Text, std::int64_t>, Sent> held_;
  std::int64_t time_ = -1;
};

// What comes out, event by event, of a topology from "in" to "out".
template <class Take>
void expect_same(Builder& builder, const std::vector<Event>& events, Take take, const std::string& what) {
  TestDriver driver(builder.build());
  for (std::size_t i = 0; i < events.size(); ++i) {
    driver.input<Text, Text>("in").pipe(events[i].key, events[i].value, events[i].ts);
    ASSERT_EQ((driver.output<Windowed<Text>, MaybeText>("out").read_all()), take(events[i])) << what << ", event " << i;
  }
}

void append(const Text& value, Text& all) {
  all += value;
}
Text nothing() {
  return "";
}

TEST(WindowOracle, tumbling_and_hopping_windows_are_those_of_the_model_on_update_and_on_close) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::int64_t advance = 1 + static_cast<std::int64_t>(random() % 10);
    const TimeWindowing w{advance * (1 + static_cast<std::int64_t>(random() % 3)), advance,
                          static_cast<std::int64_t>(random() % 2 * (random() % 30)), 0};
    const Emit emit = random() % 2 == 0 ? Emit::on_update : Emit::on_close;
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(TimeWindows(w))
        .emit(emit)
        .aggregate(nothing, append)
        .to_stream()
        .to("out");
    TimeWindowModel model(w, emit);
    expect_same(
        builder, random_events(random, 80), [&](const Event& event) { return model.take(event); },
        "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(WindowOracle, sliding_windows_hold_the_records_that_lie_in_them_until_they_close) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const SlidingWindowing w{static_cast<std::int64_t>(random() % 15), static_cast<std::int64_t>(random() % 40)};
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(sliding(Millis(w.difference_ms)).grace(Millis(w.grace_ms)))
        .aggregate(nothing, append)
        .to_stream()
        .to("out");
    TestDriver driver(builder.build());
    SlidingModel model(w);
    auto by_start = [](Sents sents) {
      std::sort(sents.begin(), sents.end(), [](const Sent& a, const Sent& b) { return a.key.window < b.key.window; });
      return sents;
    };
    for (const Event& event : random_events(random, 80)) {
      if (!model.may_take(event)) continue;
      driver.input<Text, Text>("in").pipe(event.key, event.value, event.ts);
      ASSERT_EQ(by_start(driver.output<Windowed<Text>, MaybeText>("out").read_all()), by_start(model.take(event)))
          << "seed " << seed << ", difference " << w.difference_ms << ", grace " << w.grace_ms << ", at " << event.ts;
    }
  }
}

TEST(WindowOracle, sessions_merge_and_expire_as_those_of_the_model) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const SessionWindowing w{1 + static_cast<std::int64_t>(random() % 12),
                             static_cast<std::int64_t>(random() % 2 * (random() % 30))};
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(sessions(Millis(w.gap_ms)).grace(Millis(w.grace_ms)))
        .aggregate(nothing, append, [](const Text& a, const Text& b) { return a + b; })
        .to_stream()
        .to("out");
    SessionModel model(w);
    expect_same(
        builder, random_events(random, 80), [&](const Event& event) { return model.take(event); },
        "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(WindowOracle, an_unlimited_window_takes_everything_from_its_start_on) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const auto start = static_cast<std::int64_t>(random() % 100);
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(unlimited(Millis(start)))
        .aggregate(nothing, append)
        .to_stream()
        .map([](const Windowed<Text>& at, const Text& value) {
          return std::pair(at.key + std::to_string(at.window.start_ms), value);
        })
        .to("out");
    TestDriver driver(builder.build());
    std::map<Text, Row> rows;
    for (const Event& event : random_events(random, 80)) {
      std::vector<TestRecord<Text, Text>> expected;
      if (event.ts >= start) {
        Row& row = rows[event.key];
        row.value += event.value;
        row.ts = std::max(row.ts, event.ts);
        expected.push_back({event.key + std::to_string(start), row.value, row.ts});
      }
      driver.input<Text, Text>("in").pipe(event.key, event.value, event.ts);
      ASSERT_EQ((driver.output<Text, Text>("out").read_all()), expected) << "seed " << seed;
    }
  }
}

TEST(WindowOracle, suppressed_windows_come_out_once_closed_as_those_of_the_model) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::int64_t advance = 1 + static_cast<std::int64_t>(random() % 10);
    const TimeWindowing w{advance * (1 + static_cast<std::int64_t>(random() % 3)), advance,
                          static_cast<std::int64_t>(random() % 2 * (random() % 30)), 0};
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(TimeWindows(w))
        .aggregate(nothing, append)
        .suppress(UntilWindowCloses{})
        .to_stream()
        .to("out");
    TimeWindowModel windows(w, Emit::on_update);
    FinalModel model(w.grace_ms);
    expect_same(
        builder, random_events(random, 80), [&](const Event& event) { return model.take(windows.take(event)); },
        "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Changes that wait for a time limit, and go early when there are too many.
class HeldModel {
 public:
  using Change = TestRecord<Text, Text>;

  explicit HeldModel(const UntilTimeLimit& until) : until_(until) {}

  std::vector<Change> take(const Event& event) {
    time_ = std::max(time_, event.ts);
    auto place = std::find_if(held_.begin(), held_.end(), [&](const auto& at) { return at.first.second == event.key; });
    const std::size_t had_one = known_.contains(event.key) ? 1 : 0;
    if (place == held_.end()) {
      place = held_.emplace(std::pair(event.ts, event.key), Held{}).first;
      place->second.seen = had_one;
    }
    place->second.change = {event.key, event.value, event.ts};
    place->second.old = had_one;
    known_.insert(event.key);
    std::vector<Change> sent;
    while (!held_.empty() && (held_.begin()->first.first <= time_ - until_.limit.count() || is_over_limit())) {
      sent.push_back(held_.begin()->second.change);
      held_.erase(held_.begin());
    }
    return sent;
  }

 private:
  struct Held {
    Change change;
    std::size_t old = 0;  // letters of the value before, and of that which was let go last
    std::size_t seen = 0;
  };

  bool is_over_limit() const {
    std::size_t bytes = 0;
    for (const auto& [place, held] : held_) bytes += 1 + 8 + 3 * 4 + 1 + held.old + held.seen;
    return (until_.max_keys && held_.size() > *until_.max_keys) || (until_.max_bytes && bytes > *until_.max_bytes);
  }

  const UntilTimeLimit until_;
  std::map<std::pair<std::int64_t, Text>, Held> held_;  // by place, then key
  std::set<Text> known_;
  std::int64_t time_ = -1;
};

TEST(WindowOracle, changes_held_for_a_time_limit_go_in_the_order_in_which_their_keys_came_and_early_beyond_a_limit) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    UntilTimeLimit until{Millis(random() % 30)};
    if (seed % 3 == 1) until.max_keys = 1 + random() % 2;
    if (seed % 3 == 2) until.max_bytes = 20 + random() % 50;
    Builder builder;
    builder.table<Text, Text>("in").suppress(until).to_stream().to("out");
    TestDriver driver(builder.build());
    HeldModel model(until);
    for (const Event& event : random_events(random, 80)) {
      driver.input<Text, Text>("in").pipe(event.key, event.value, event.ts);
      ASSERT_EQ((driver.output<Text, Text>("out").read_all()), model.take(event)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace weir::streams
