// Joins of streams against a model that keeps every record and looks at all of them; what becomes of views, of nulls,
// and of a stream that meets itself.
#include <algorithm>
#include <filesystem>
#include <random>
#include <tuple>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;
using Text = std::string;
using MaybeText = std::optional<Text>;
using Result = TestRecord<MaybeText, Text>;

struct Event {
  bool is_left;
  MaybeText key;
  MaybeText value;
  std::int64_t ts;
};

// The rules, word by word (tests/vectors/README.md, 4.5): a record is over when the time is beyond the end of its
// window and the grace; an outer side's record that has no partner goes when it is over and the latest record arrives.
class Model {
 public:
  Model(JoinWindowing windowing, bool keeps_left, bool keeps_right) : w_(windowing), keeps_{keeps_left, keeps_right} {}

  std::vector<Result> take(const Event& event) {
    results_.clear();
    time_ = std::max(time_, event.ts);
    const bool keeps = keeps_[event.is_left ? 0 : 1];
    if (event.value && !event.key && keeps) give(event, nullptr);
    if (event.value && event.key) take_whole(event, keeps);
    return results_;
  }

 private:
  struct Kept {
    Event event;
    bool waits;
    bool is_gone = false;
  };

  void take_whole(const Event& event, bool keeps) {
    if (event.ts == time_) let_go();
    const bool is_over = over(event);
    if (is_over && event.ts < time_) return;
    std::vector<Kept*> partners;
    for (Kept& kept : kept_) {
      if (!kept.is_gone && are_partners(kept.event, event)) partners.push_back(&kept);
    }
    std::stable_sort(partners.begin(), partners.end(),
                     [](const Kept* a, const Kept* b) { return a->event.ts < b->event.ts; });
    for (Kept* partner : partners) {
      partner->waits = false;
      give(event, &partner->event);
    }
    const bool is_alone = partners.empty() && keeps;
    if (is_alone && is_over) give(event, nullptr);
    kept_.push_back({event, is_alone && !is_over});
  }

  bool are_partners(const Event& a, const Event& b) const {
    if (a.is_left == b.is_left || a.key != b.key) return false;
    const Event& left = a.is_left ? a : b;
    const Event& right = a.is_left ? b : a;
    return right.ts >= left.ts - w_.before_ms && right.ts <= left.ts + w_.after_ms;
  }
  bool over(const Event& event) const {
    return event.ts + (event.is_left ? w_.after_ms : w_.before_ms) + w_.grace_ms < time_;
  }

  void let_go() {
    std::vector<Kept*> due;
    for (Kept& kept : kept_) {
      if (kept.waits && over(kept.event)) due.push_back(&kept);
    }
    std::stable_sort(due.begin(), due.end(), [](const Kept* a, const Kept* b) {
      return std::tuple(a->event.ts, a->event.is_left, a->event.key) <
             std::tuple(b->event.ts, b->event.is_left, b->event.key);
    });
    for (Kept* kept : due) {
      kept->waits = false;
      kept->is_gone = true;
      give(kept->event, nullptr);
    }
  }

  void give(const Event& event, const Event* partner) {
    const Text mine = *event.value;
    const Text other = partner != nullptr ? *partner->value : "-";
    results_.push_back({event.key, event.is_left ? mine + other : other + mine,
                        std::max(event.ts, partner != nullptr ? partner->ts : -1)});
  }

  const JoinWindowing w_;
  const bool keeps_[2];
  std::vector<Kept> kept_;
  std::vector<Result> results_;
  std::int64_t time_ = -1;
};

enum class Kind { inner, left, outer };

Topology joined(const JoinWindowing& w, Kind kind) {
  Builder builder;
  auto left = builder.stream<MaybeText, MaybeText>("left");
  auto right = builder.stream<MaybeText, MaybeText>("right");
  auto windows = within(0ms).before(Millis(w.before_ms)).after(Millis(w.after_ms)).grace(Millis(w.grace_ms));
  auto text = [](const Text* value) {
    return value != nullptr ? *value : Text("-");
  };
  switch (kind) {
    case Kind::inner:
      left.join(
              right, [](const Text& l, const Text& r) { return l + r; }, windows)
          .to("out");
      break;
    case Kind::left:
      left.left_join(
              right, [text](const Text& l, const Text* r) { return l + text(r); }, windows)
          .to("out");
      break;
    case Kind::outer:
      left.outer_join(
              right, [text](const Text* l, const Text* r) { return text(l) + text(r); }, windows)
          .to("out");
      break;
  }
  return builder.build();
}

Event random_event(std::mt19937& random, std::int64_t& time) {
  auto below = [&](unsigned n) {
    return static_cast<std::int64_t>(random() % n);
  };
  time += below(4) == 0 ? below(30) : below(4);
  Event event;
  event.is_left = below(2) == 0;
  if (below(20) != 0) event.key = Text(1, static_cast<char>('a' + below(3)));
  if (below(20) != 0) event.value = Text(1, static_cast<char>('p' + below(8)));
  event.ts = std::max<std::int64_t>(0, below(3) == 0 ? time - below(40) : time);
  return event;
}

void compare_with_model(unsigned seed, TestDriverOptions options, int events) {
  std::mt19937 random(seed);
  auto below = [&](unsigned n) {
    return static_cast<std::int64_t>(random() % n);
  };
  JoinWindowing w{below(15), below(15), below(2) * below(20)};
  if (below(5) == 0) w.before_ms = -below(static_cast<unsigned>(w.after_ms) + 1);
  const Kind kind = static_cast<Kind>(random() % 3);
  Model model(w, kind != Kind::inner, kind == Kind::outer);
  TestDriver driver(joined(w, kind), std::move(options));
  std::int64_t time = 0;
  for (int i = 0; i < events; ++i) {
    const Event event = random_event(random, time);
    driver.input<MaybeText, MaybeText>(event.is_left ? "left" : "right").pipe(event.key, event.value, event.ts);
    ASSERT_EQ((driver.output<MaybeText, Text>("out").read_all()), model.take(event))
        << "seed " << seed << ", event " << i << ": before " << w.before_ms << ", after " << w.after_ms << ", grace "
        << w.grace_ms;
  }
}

TEST(StreamJoin, results_are_those_of_a_model_that_looks_at_every_record) {
  for (unsigned seed = 0; seed < 600; ++seed) {
    compare_with_model(seed, {}, 60);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(StreamJoin, buffers_that_are_read_back_from_disk_give_the_same) {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-stream-join-" + std::to_string(::getpid()));
  for (unsigned seed = 1'000; seed < 1'015; ++seed) {
    std::filesystem::create_directories(directory);
    compare_with_model(seed, {.state_directory = directory.string(), .reads_back = true}, 60);
    std::filesystem::remove_all(directory);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(StreamJoin, values_that_are_views_are_kept_as_what_they_look_at) {
  Builder builder;
  auto left = builder.stream<Text, std::string_view>("left");
  auto right = builder.stream<Text, std::string_view>("right");
  left.join(
          right, [](const Text& l, const Text& r) { return l + r; }, within(5ms))
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("left").pipe("a", "a long value that no small string holds", 1);
  driver.input<Text, Text>("left").pipe("b", "another one, in the same place of memory", 1);
  driver.input<Text, Text>("right").pipe("a", "!", 2);
  EXPECT_EQ((driver.output<Text, Text>("out").read_all()),
            (std::vector<TestRecord<Text, Text>>{{"a", "a long value that no small string holds!", 2}}));
}

TEST(StreamJoin, a_stream_joined_with_itself_has_one_buffer_and_the_results_of_two) {
  auto pairs = [](bool is_one_stream) {
    Builder builder;
    auto right = builder.stream<Text, Text>("in");
    // A node in between makes it another stream with the same records.
    auto left = is_one_stream ? right : right.filter([](const Text&) { return true; });
    left.join(right, [](const Text& l, const Text& r) { return l + r; }, within(5ms).grace(20ms), {.store = "pairs"})
        .to("out");
    Topology topology = builder.build();
    EXPECT_EQ(topology.stores().size(), is_one_stream ? 1u : 2u);
    TestDriver driver(std::move(topology));
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
      driver.input<Text, Text>("in").pipe(Text(1, static_cast<char>('a' + random() % 2)), std::to_string(i),
                                          i / 4 + static_cast<std::int64_t>(random() % 12));
    }
    return driver.output<Text, Text>("out").read_all();
  };
  auto two_buffers = pairs(false);
  auto one_buffer = pairs(true);
  EXPECT_GT(one_buffer.size(), 400u);
  EXPECT_EQ(one_buffer, two_buffers);
}

TEST(StreamJoin, streams_whose_keys_changed_meet_behind_topics_of_their_own) {
  Builder builder;
  auto first_letter = [](const Text& text) {
    return text.substr(0, 1);
  };
  auto left = builder.stream<NoKey, Text>("left").select_key(first_letter);
  auto right = builder.stream<NoKey, Text>("right").select_key(first_letter);
  left.join(right, [](const Text& l, const Text& r) { return l + "/" + r; }, within(100ms), {.store = "pairs"})
      .to("out");
  TestDriver driver(builder.build(), {.partitions = 4});
  for (char c = 'a'; c <= 'h'; ++c) {
    driver.input<NoKey, Text>("left").pipe(NoKey{}, Text(1, c) + "1", 1);
    driver.input<NoKey, Text>("right").pipe(NoKey{}, Text(1, c) + "2", 2);
  }
  auto results = driver.output<Text, Text>("out").read_map();
  ASSERT_EQ(results.size(), 8u);
  EXPECT_EQ(results.at("c"), "c1/c2");
}

TEST(StreamJoin, what_waits_at_the_end_of_a_bounded_run_goes_alone) {
  TestDriver driver(joined({10, 10, 5}, Kind::outer));
  driver.input<MaybeText, MaybeText>("left").pipe("a", "l", 1);
  driver.input<MaybeText, MaybeText>("right").pipe("b", "r", 1);
  driver.close_windows();
  EXPECT_EQ((driver.output<MaybeText, Text>("out").read_all()), (std::vector<Result>{{"b", "-r", 1}, {"a", "l-", 1}}));
}

TEST(StreamJoin, a_joiner_that_throws_for_a_record_that_goes_alone_costs_that_record_only) {
  Builder builder;
  auto left = builder.stream<Text, Text>("left");
  auto join = [](const Text& l, const Text* r) {
    if (l == "bad") throw std::runtime_error("cannot stand it");
    return l + (r != nullptr ? *r : "-");
  };
  left.left_join(builder.stream<Text, Text>("right"), join, within(5ms), {.on_error = skip()}).to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Text>("left");
  in.pipe("a", "bad", 1);
  in.pipe("b", "good", 2);
  in.pipe("c", "next", 100);
  in.pipe("d", "last", 200);
  EXPECT_EQ((driver.output<Text, Text>("out").read_all()),
            (std::vector<TestRecord<Text, Text>>{{"b", "good-", 2}, {"c", "next-", 100}}));
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(StreamJoin, an_attempt_above_that_is_taken_back_leaves_those_that_waited_waiting) {
  Builder builder;
  auto left = builder.stream<Text, Text>("left").flat_map_values<Text>(
      [](const Text& value, auto& emit) {
        emit(value);
        if (value == "boom") throw std::runtime_error("after all");
      },
      {.on_error = skip()});
  left.left_join(
          builder.stream<Text, Text>("right"),
          [](const Text& l, const Text* r) { return l + (r != nullptr ? *r : "-"); }, within(5ms))
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Text>("left");
  in.pipe("a", "one", 1);
  in.pipe("b", "boom", 100);
  EXPECT_TRUE((driver.output<Text, Text>("out").is_empty()));
  in.pipe("c", "two", 200);
  in.pipe("d", "three", 300);
  EXPECT_EQ((driver.output<Text, Text>("out").read_all()),
            (std::vector<TestRecord<Text, Text>>{{"a", "one-", 1}, {"c", "two-", 200}}));
}

TEST(StreamJoin, windows_that_make_no_sense_are_refused_with_their_numbers) {
  Builder builder;
  auto in = builder.stream<Text, Text>("in");
  auto join = [](const Text& l, const Text&) {
    return l;
  };
  try {
    in.join(in, join, within(5ms).before(-7ms));
    FAIL();
  } catch (const TopologyError& error) {
    EXPECT_NE(std::string(error.what()).find("-7 ms"), std::string::npos) << error.what();
  }
  EXPECT_THROW(in.join(in, join, within(5ms).grace(-1ms)), TopologyError);
}

TEST(StreamJoin, rows_of_a_buffer_come_back_as_they_were) {
  using Row = JoinRow<Text>;
  OwnedBytes scratch;
  Row back;
  ASSERT_TRUE(Serde<Row>::decode(Serde<Row>::encode({true, "value"}, scratch), back));
  EXPECT_TRUE(back.waits);
  EXPECT_EQ(back.value, "value");
  EXPECT_FALSE(Serde<Row>::decode(Bytes(), back));
  EXPECT_FALSE(Serde<Row>::decode(Bytes("\x02value"), back));
}

}  // namespace
}  // namespace weir::streams
