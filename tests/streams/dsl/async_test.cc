// map_async: results in order, whatever the order in which they come; errors, time-outs and what waits.
#include <mutex>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::async_test {
namespace {

using Lines = std::vector<std::string>;
using Result = AsyncResult<std::string>;

// Questions that wait for an answer by hand. The test's thread only.
struct Desk {
  std::vector<std::pair<std::string, Result>> open;
  std::size_t asked = 0;
  std::size_t most_open = 0;

  auto clerk() {
    return [this](const std::string& value, Result result) {
      ++asked;
      open.emplace_back(value, std::move(result));
      most_open = std::max(most_open, open.size());
    };
  }
  Result take(const std::string& value) {
    auto found = std::find_if(open.begin(), open.end(), [&](const auto& one) { return one.first == value; });
    if (found == open.end()) throw std::logic_error("nobody asked about " + value);
    Result result = found->second;
    open.erase(found);
    return result;
  }
  void answer(const std::string& value) { take(value).complete(value + "!"); }
};

TestDriver by_hand(Topology topology) {
  return TestDriver(std::move(topology), {.waits_for_results = false});
}

Topology asking(Desk& desk, const AsyncOptions& options = {}) {
  Builder builder;
  builder.stream<std::string, std::string>("in").map_async<std::string>(desk.clerk(), options).to("out");
  return builder.build();
}

Lines lines(TestDriver& driver, const std::string& topic = "out") {
  Lines lines;
  for (const auto& record : driver.output<std::string, std::string>(topic).read_all()) {
    lines.push_back(record.key + "=" + record.value + "@" + std::to_string(record.timestamp_ms));
  }
  return lines;
}

void pipe(TestDriver& driver, const Lines& values) {
  std::int64_t at = 0;
  for (const std::string& value : values) {
    driver.input<std::string, std::string>("in").pipe(value.substr(0, 1), value, ++at);
  }
}

TEST(Async, results_go_on_in_the_order_of_the_records_with_their_keys_and_times) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk));
  pipe(driver, {"a1", "b1", "a2"});
  for (const char* value : {"a2", "b1", "a1"}) desk.answer(value);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1", "b=b1!@2", "a=a2!@3"}));
}

TEST(Async, by_key_results_overtake_those_of_other_keys_and_none_of_their_own) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.order = ResultOrder::per_key}));
  pipe(driver, {"a1", "b1", "a2", "b2"});
  for (const char* value : {"a2", "b1", "b2", "a1"}) {
    desk.answer(value);
    driver.advance_wall_clock(Millis(0));  // what has come is sent on now
  }
  EXPECT_EQ(lines(driver), (Lines{"b=b1!@2", "b=b2!@4", "a=a1!@1", "a=a2!@3"}));
}

TEST(Async, nothing_is_committed_while_something_is_in_flight) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk));
  pipe(driver, {"a1", "a2"});
  desk.answer("a1");
  driver.advance_wall_clock(Millis(0));
  EXPECT_EQ(lines(driver), Lines{});
  desk.answer("a2");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver).size(), 2u);
}

TEST(Async, no_more_are_in_flight_than_the_options_say_and_the_rest_is_not_taken) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.max_in_flight = 2}));
  pipe(driver, {"a1", "b1", "c1", "d1"});
  EXPECT_EQ(desk.open.size(), 2u);
  EXPECT_EQ(driver.statistics().processed, 2u);
  desk.answer("b1");  // behind a1, which runs: it still counts
  driver.advance_wall_clock(Millis(0));
  EXPECT_EQ(desk.open.size(), 1u);
  desk.answer("a1");
  driver.advance_wall_clock(Millis(0));
  EXPECT_EQ(desk.open.size(), 2u);
  for (const char* value : {"c1", "d1"}) desk.answer(value);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver).size(), 4u);
  EXPECT_EQ(desk.most_open, 2u);
}

TEST(Async, of_records_that_fan_out_no_more_are_begun_either) {
  Desk desk;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .flat_map_values([](const std::string&) {
        return Lines{"1", "2", "3"};
      })
      .map_async<std::string>(desk.clerk(), {.max_in_flight = 2})
      .to("out");
  TestDriver driver = by_hand(builder.build());
  pipe(driver, {"a"});
  EXPECT_EQ(desk.asked, 2u);
  for (const char* value : {"1", "2"}) desk.answer(value);
  driver.advance_wall_clock(Millis(0));
  EXPECT_EQ(desk.asked, 3u);
  desk.answer("3");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=1!@1", "a=2!@1", "a=3!@1"}));
}

TEST(Async, a_driver_waits_for_results_that_other_threads_give) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async([](const std::string& value) {
        if (value == "a1") std::this_thread::sleep_for(Millis(20));
        return value + "!";
      })
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"a1", "b1"});
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1", "b=b1!@2"}));
}

TEST(Async, a_driver_that_waits_in_vain_says_so) {
  Desk desk;
  TestDriver driver(asking(desk), {.patience_for_results = Millis(1)});
  EXPECT_THROW(pipe(driver, {"a1"}), std::runtime_error);
}

TEST(Async, keys_and_values_that_are_views_or_null_are_kept_and_results_may_be_null) {
  using Text = std::optional<std::string>;
  Builder builder;
  std::vector<std::function<void()>> later;
  builder.stream<std::string_view, std::optional<std::string_view>>("in")
      .map_async<Text>([&](std::string_view key, std::optional<std::string_view> value, AsyncResult<Text> result) {
        later.push_back([=] { result.complete(value ? Text() : Text(std::string(key))); });
      })
      .to("out");
  TestDriver driver = by_hand(builder.build());
  auto in = driver.input<std::string, Text>("in");
  in.pipe("a key that is no short string", "value");
  in.pipe("another one that is as long as that", std::nullopt);
  for (const auto& answer : later) answer();
  later.clear();
  driver.wait_for_results();
  const auto records = driver.output<std::string, Text>("out").read_all();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].key, "a key that is no short string");
  EXPECT_EQ(records[0].value, std::nullopt);
  EXPECT_EQ(records[1].value, "another one that is as long as that");
}

// --- errors ---

std::map<std::string, std::string> headers_of(const MemoryCollector::Sent& sent) {
  std::map<std::string, std::string> headers;
  for (const auto& header : sent.headers) headers[header.key] = header.value.value_or("(null)");
  return headers;
}

TEST(Async, an_error_fails_the_run_and_names_operator_and_place) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.name = "ask"}));
  pipe(driver, {"a1", "b1"});
  desk.take("b1").fail("no such thing");
  desk.answer("a1");
  try {
    driver.wait_for_results();
    FAIL() << "it went through";
  } catch (const std::runtime_error& error) {
    for (const char* part : {"operator ask", "no such thing", "in-0", "offset 1"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(Async, a_record_that_is_skipped_does_not_hold_up_those_behind_it) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.on_error = skip()}));
  pipe(driver, {"a1", "b1", "c1"});
  desk.take("a1").fail("no");
  for (const char* value : {"c1", "b1"}) desk.answer(value);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"b=b1!@2", "c=c1!@3"}));
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(Async, what_takes_longer_than_its_time_out_is_an_error_and_its_answer_is_left_out) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.on_error = skip(), .timeout = Millis(50)}));
  pipe(driver, {"a1"});
  driver.advance_wall_clock(Millis(30));
  pipe(driver, {"b1"});
  driver.advance_wall_clock(Millis(20));
  desk.answer("a1");  // too late
  desk.answer("b1");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"b=b1!@1"}));
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(Async, a_retry_is_a_new_attempt_with_a_time_of_its_own_in_the_place_of_the_record) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.on_error = retry(2).then(skip()), .timeout = Millis(50)}));
  pipe(driver, {"a1", "b1"});
  desk.answer("b1");
  Result first = desk.take("a1");
  driver.advance_wall_clock(Millis(50));
  first.complete("of an attempt that is over");
  desk.take("a1").fail("not now");
  driver.advance_wall_clock(Millis(40));
  desk.answer("a1");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1", "b=b1!@2"}));
  EXPECT_EQ(driver.statistics().retried, 2u);
  EXPECT_EQ(desk.asked, 4u);
}

TEST(Async, when_the_attempts_are_used_up_the_next_policy_counts) {
  Builder builder;
  int calls = 0;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(
          [&](const std::string&, const Result&) {
            ++calls;
            throw std::runtime_error("I do not like it");
          },
          {.name = "ask", .on_error = retry(2).then(dead_letter("letters"))})
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"a1"});
  EXPECT_EQ(calls, 3);
  auto letter = driver.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_EQ(headers_of(*letter)["weir.error.reason"], "I do not like it");
}

TEST(Async, a_dead_letter_is_the_record_that_failed_and_not_the_one_that_was_taken_last) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.name = "ask", .on_error = dead_letter("letters")}));
  pipe(driver, {"a1", "b1", "c1"});
  desk.take("b1").fail("no");
  for (const char* value : {"c1", "a1"}) desk.answer(value);
  driver.wait_for_results();
  auto letter = driver.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->value, "b1");
  EXPECT_EQ(letter->timestamp_ms, 2);
  auto headers = headers_of(*letter);
  EXPECT_EQ(headers["weir.error.operator"], "ask");
  EXPECT_EQ(headers["weir.error.offset"], "1");
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1", "c=c1!@3"}));
}

TEST(Async, a_record_that_is_put_off_comes_back_into_the_operator) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk, {.name = "ask", .on_error = retry_later({.backoff = Millis(100)})}));
  pipe(driver, {"a1", "b1"});
  desk.take("a1").fail("not now");
  desk.answer("b1");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"b=b1!@2"}));
  driver.advance_wall_clock(Millis(100));
  desk.answer("a1");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1"}));
}

TEST(Async, a_promise_that_everybody_let_go_of_is_an_error_at_once) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>([](const std::string&, const Result&) {}, {.on_error = skip()})
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"a1"});
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(Async, the_first_outcome_counts) {
  Desk desk;
  TestDriver driver = by_hand(asking(desk));
  pipe(driver, {"a1"});
  Result result = desk.take("a1");
  result.complete("one");
  result.complete("two");
  result.fail("three");
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=one@1"}));
}

TEST(Async, an_answer_after_the_application_is_gone_does_no_harm) {
  Desk desk;
  {
    TestDriver driver = by_hand(asking(desk));
    pipe(driver, {"a1"});
  }
  desk.answer("a1");
}

TEST(Async, what_an_attempt_above_sent_is_taken_back_with_it) {
  Desk desk;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .flat_map_values<std::string>(
          [](const std::string& value, auto& emit) {
            emit(value);
            if (value == "b1") throw std::runtime_error("I do not like it");
          },
          {.on_error = skip()})
      .map_async<std::string>(desk.clerk())
      .to("out");
  TestDriver driver = by_hand(builder.build());
  pipe(driver, {"a1", "b1", "c1"});
  ASSERT_EQ(desk.open.size(), 2u);
  for (const char* value : {"c1", "a1"}) desk.answer(value);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=a1!@1", "c=c1!@3"}));
}

// --- operators below ---

TEST(Async, operators_below_see_the_record_and_the_time_that_the_result_belongs_to) {
  Desk desk;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(desk.clerk())
      .process_values<std::string>(
          [](FixedKeyContext<std::string>& context, const ProcessorRecord<std::string, std::string>& record) {
            context.forward(record.value() + "/" + std::to_string(context.metadata()->offset.value()) + "/" +
                            std::to_string(context.stream_time_ms()));
          })
      .to("out");
  TestDriver driver = by_hand(builder.build());
  pipe(driver, {"a1", "b1"});
  for (const char* value : {"b1", "a1"}) desk.answer(value);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"a=a1!/0/1@1", "b=b1!/1/2@2"}));
}

TEST(Async, a_timer_in_stream_time_is_called_when_the_results_of_its_time_are_through) {
  struct CountPerTen {
    int count = 0;
    void open(ProcessorContext<std::string, std::string>& context) {
      context.schedule(Millis(10), TimerClock::stream_time, [this, &context](std::int64_t now_ms) {
        context.forward("count", std::to_string(now_ms) + ":" + std::to_string(count));
      });
    }
    void process(ProcessorContext<std::string, std::string>&, const ProcessorRecord<std::string, std::string>&) {
      ++count;
    }
  };
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async([](const std::string& value) {
        std::this_thread::sleep_for(Millis(1));
        return value;
      })
      .process<std::string, std::string>(CountPerTen{})
      .to("out");
  TestDriver driver = by_hand(builder.build());
  for (std::int64_t at = 1; at <= 20; ++at) driver.input<std::string, std::string>("in").pipe("k", "v", at);
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"count=1:1@1", "count=10:10@10", "count=20:20@20"}));
}

TEST(Async, a_join_below_meets_the_other_side_as_it_was_with_the_record) {
  Desk desk;
  Builder builder;
  auto table = builder.table<std::string, std::string>("table");
  builder.stream<std::string, std::string>("in")
      .map_async([](const std::string& value) {
        std::this_thread::sleep_for(Millis(5));
        return value;
      })
      .join(table, [](const std::string& value, const std::string& row) { return value + "+" + row; })
      .to("out");
  TestDriver driver = by_hand(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  auto rows = driver.input<std::string, std::string>("table");
  for (int i = 0; i < 5; ++i) {
    rows.pipe("k", std::to_string(i), 2 * i);
    in.pipe("k", std::to_string(i), 2 * i + 1);
  }
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), (Lines{"k=0+0@1", "k=1+1@3", "k=2+2@5", "k=3+3@7", "k=4+4@9"}));
}

TEST(Async, one_operator_may_stand_below_another) {
  Builder builder;
  auto slow = [](const std::string& value) {
    std::this_thread::sleep_for(std::chrono::microseconds(value.size() * 37 % 400));
    return value + "!";
  };
  builder.stream<std::string, std::string>("in").map_async(slow).map_async(slow).to("out");
  TestDriver driver = by_hand(builder.build());
  Lines expected;
  for (int i = 0; i < 50; ++i) {
    driver.input<std::string, std::string>("in").pipe("k", std::to_string(i), i);
    expected.push_back("k=" + std::to_string(i) + "!!@" + std::to_string(i));
  }
  driver.wait_for_results();
  EXPECT_EQ(lines(driver), expected);
}

TEST(Async, open_windows_close_behind_the_last_result) {
  Desk desk;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async([](const std::string& value) {
        std::this_thread::sleep_for(Millis(1));
        return value;
      })
      .group_by_key()
      .windowed_by(tumbling(Millis(100)))
      .emit(Emit::on_close)
      .count()
      .to_stream()
      .map([](const Windowed<std::string>& key, std::int64_t count) {
        return std::pair(key.key, std::to_string(count));
      })
      .to("out");
  TestDriver driver = by_hand(builder.build());
  pipe(driver, {"a1", "a2", "a3"});
  driver.close_windows();
  driver.wait_for_results();
  const Lines closed = lines(driver);
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].substr(0, 3), "a=3");
}

// --- what the options say, and what the topology says of it ---

TEST(Async, options_that_make_no_sense_are_named) {
  Desk desk;
  EXPECT_THROW(asking(desk, {.max_in_flight = 0}), TopologyError);
  EXPECT_THROW(asking(desk, {.timeout = Millis(0)}), TopologyError);
  EXPECT_THROW(asking(desk, {.threads = 0}), TopologyError);
  Builder builder;
  auto stream = builder.stream<NoKey, std::string>("in");
  try {
    (void)stream.map_async<std::string>(desk.clerk(), {.name = "ask", .order = ResultOrder::per_key});
    FAIL() << "a stream without keys has no order of each key";
  } catch (const TopologyError& error) {
    EXPECT_NE(std::string(error.what()).find("map_async 'ask'"), std::string::npos) << error.what();
  }
}

TEST(Async, a_topology_describes_it_as_a_node_of_its_stage) {
  Desk desk;
  const Topology topology = asking(desk);
  EXPECT_NE(topology.describe().find("Processor: in.map_async (stores: [])"), std::string::npos) << topology.describe();
  EXPECT_EQ(topology.stages().size(), 1u);
}

// --- against a plain model ---

struct Outcome {
  std::string key;
  std::string value;
  bool operator==(const Outcome&) const = default;
};

std::vector<Outcome> of_key(const std::vector<Outcome>& all, const std::string& key) {
  std::vector<Outcome> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](const Outcome& one) { return one.key == key; });
  return some;
}

// Records come, answers come in any order, some are errors, time passes: what goes out is what a map would have given.
void compare_with_model(std::uint32_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const ResultOrder order = below(2) == 0 ? ResultOrder::of_records : ResultOrder::per_key;
  Desk desk;
  TestDriver driver = by_hand(
      asking(desk, {.on_error = skip(), .order = order, .max_in_flight = 1 + below(8), .timeout = Millis(1'000'000)}));
  auto in = driver.input<std::string, std::string>("in");
  std::vector<Outcome> expected;
  for (std::int64_t i = 0; i < 60; ++i) {
    const std::string key(1, static_cast<char>('a' + below(3)));
    const std::string value = std::to_string(i) + (below(5) == 0 ? "?" : "");  // "?": an error
    in.pipe(key, value, i);
    if (!value.ends_with('?')) expected.push_back({key, value + "!"});
    while (!desk.open.empty() && below(3) > 0) {
      auto one = desk.open.begin() + static_cast<std::ptrdiff_t>(below(desk.open.size()));
      const std::string asked = one->first;
      if (asked.ends_with('?')) {
        desk.take(asked).fail("so it says");
      } else {
        desk.answer(asked);
      }
      if (below(2) == 0) driver.advance_wall_clock(Millis(1));
    }
  }
  driver.advance_wall_clock(Millis(1));
  while (!desk.open.empty()) {
    auto one = desk.open.begin() + static_cast<std::ptrdiff_t>(below(desk.open.size()));
    const std::string asked = one->first;
    asked.ends_with('?') ? desk.take(asked).fail("so it says") : desk.answer(asked);
    driver.advance_wall_clock(Millis(1));
  }
  driver.wait_for_results();
  std::vector<Outcome> sent;
  for (const auto& record : driver.output<std::string, std::string>("out").read_all()) {
    sent.push_back({record.key, record.value});
  }
  if (order == ResultOrder::of_records) {
    EXPECT_TRUE(sent == expected);
  }
  ASSERT_EQ(sent.size(), expected.size());
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(of_key(sent, key) == of_key(expected, key)) << key;
}

TEST(Async, whatever_the_order_of_the_answers_what_goes_out_is_what_a_map_gives) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) compare_with_model(seed);
}

}  // namespace
}  // namespace weir::streams::async_test
