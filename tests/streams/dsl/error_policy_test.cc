// What becomes of records that an operator cannot deal with, by its policy and by the application's.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Lines = std::vector<std::string>;

// Throws for "bad" until it was called `until` times for it.
auto picky(int* calls, int until = INT32_MAX) {
  return [calls, until](const std::string& value) {
    if (value == "bad" && ++*calls <= until) throw std::runtime_error("I do not like it");
    return value + "!";
  };
}

Topology mapped(std::optional<ErrorPolicy> policy, int* calls, int until = INT32_MAX) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_values(picky(calls, until), {.name = "picky", .on_error = std::move(policy)})
      .to("out");
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
  for (const std::string& value : values) driver.input<std::string, std::string>("in").pipe("k", value, ++at);
}

std::map<std::string, std::string> headers_of(const MemoryCollector::Sent& sent) {
  std::map<std::string, std::string> headers;
  for (const auto& header : sent.headers) headers[header.key] = header.value.value_or("(null)");
  return headers;
}

TEST(ErrorPolicy, fail_is_the_default_and_names_operator_and_place) {
  int calls = 0;
  TestDriver driver(mapped(std::nullopt, &calls));
  try {
    pipe(driver, {"good", "bad"});
    FAIL() << "it went through";
  } catch (const std::runtime_error& error) {
    for (const char* part : {"operator picky", "I do not like it", "in-0", "offset 1"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(ErrorPolicy, skip_leaves_the_record_out_and_counts_it) {
  int calls = 0;
  TestDriver driver(mapped(skip(), &calls));
  pipe(driver, {"good", "bad", "fine"});
  EXPECT_EQ(lines(driver), (Lines{"k=good!@1", "k=fine!@3"}));
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
  EXPECT_EQ(driver.statistics().sent, 2u);
}

TEST(ErrorPolicy, retry_calls_the_operator_again_as_often_as_it_says) {
  int calls = 0;
  TestDriver driver(mapped(retry(3), &calls, 3));
  pipe(driver, {"bad"});
  EXPECT_EQ(lines(driver), (Lines{"k=bad!@1"}));
  EXPECT_EQ(driver.statistics().retried, 3u);
  calls = 0;
  TestDriver too_few(mapped(retry(3), &calls, 4));
  EXPECT_THROW(pipe(too_few, {"bad"}), std::runtime_error);
  calls = 0;
  TestDriver then_skips(mapped(retry(3).then(skip()), &calls, 4));
  pipe(then_skips, {"bad", "good"});
  EXPECT_EQ(lines(then_skips), (Lines{"k=good!@2"}));
}

TEST(ErrorPolicy, a_dead_letter_is_the_source_record_with_what_happened_and_where) {
  Builder builder;
  int calls = 0;
  builder.stream<std::string, std::string>("in")
      .map([](const std::string& key, const std::string& value) { return std::pair(value + key, value); })
      .map_values(picky(&calls), {.name = "picky", .on_error = dead_letter("letters")})
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"good", "bad"});
  EXPECT_EQ(lines(driver), (Lines{"goodk=good!@1"}));
  auto letter = driver.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->key, "k");
  EXPECT_EQ(letter->value, "bad");
  EXPECT_EQ(letter->timestamp_ms, 2);
  EXPECT_EQ(headers_of(*letter), (std::map<std::string, std::string>{{"weir.error.phase", "processing"},
                                                                     {"weir.error.operator", "picky"},
                                                                     {"weir.error.reason", "I do not like it"},
                                                                     {"weir.error.topic", "in"},
                                                                     {"weir.error.partition", "0"},
                                                                     {"weir.error.offset", "1"}}));
  EXPECT_EQ(driver.statistics().dead_lettered, 1u);
  EXPECT_FALSE(driver.bytes().read("letters"));
}

// The aggregate is edited before the exception, and the first of two values is sent before it.
TEST(ErrorPolicy, an_attempt_that_failed_leaves_neither_rows_nor_records_behind) {
  Builder builder;
  int left = 2;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .aggregate([] { return std::string(); },
                 [&left](const std::string& value, std::string& all) {
                   all += value;
                   if (value == "b" && left-- > 0) throw std::runtime_error("not yet");
                 },
                 {.store = "all", .on_error = retry(2)})
      .to_stream()
      .flat_map_values<std::string>(
          [](const std::string& value, auto& emit) {
            emit(value + "1");
            if (value == "abc") throw std::runtime_error("never");
            emit(value + "2");
          },
          {.on_error = skip()})
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"a", "b", "c", "d"});
  EXPECT_EQ(lines(driver), (Lines{"k=a1@1", "k=a2@1", "k=ab1@2", "k=ab2@2", "k=abcd1@4", "k=abcd2@4"}));
  EXPECT_EQ((driver.find<std::string>("all", std::string("k"))), "abcd");
}

TEST(ErrorPolicy, windows_that_a_failed_attempt_updated_are_as_before) {
  Builder builder;
  int calls = 0;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .windowed_by(hopping(Millis(10), Millis(5)))
      .aggregate([] { return std::string(); },
                 [&calls](const std::string& value, std::string& all) {
                   all += value;
                   if (value == "b" && ++calls == 2) throw std::runtime_error("in the second window");
                 },
                 {.on_error = retry(1)})
      .to_stream()
      .map([](const Windowed<std::string>& key, const std::string& value) {
        return std::pair(key.key + std::to_string(key.window.start_ms), value);
      })
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("k", "a", 7);
  in.pipe("k", "b", 8);
  EXPECT_EQ(lines(driver), (Lines{"k0=a@7", "k5=a@7", "k0=ab@8", "k5=ab@8"}));
}

TEST(ErrorPolicy, an_error_below_is_not_the_operator_s_own) {
  Builder builder;
  int calls = 0;
  builder.stream<std::string, std::string>("in")
      .map_values([](const std::string& value) { return value; }, {.on_error = skip()})
      .map_values(picky(&calls))
      .to("out");
  TestDriver driver(builder.build());
  EXPECT_THROW(pipe(driver, {"bad"}), std::runtime_error);
}

TEST(ErrorPolicy, the_application_s_counts_for_operators_without_one_of_their_own) {
  int calls = 0;
  TestDriver lenient(mapped(std::nullopt, &calls), {.errors = {.processing = skip()}});
  pipe(lenient, {"bad", "good"});
  EXPECT_EQ(lines(lenient), (Lines{"k=good!@2"}));
  TestDriver strict(mapped(ErrorPolicy(), &calls), {.errors = {.processing = skip()}});
  EXPECT_THROW(pipe(strict, {"bad"}), std::runtime_error);
  EXPECT_THROW(TestDriver(mapped(std::nullopt, &calls), {.errors = {.processing = retry_later({})}}),
               std::invalid_argument);
}

TEST(ErrorPolicy, bytes_that_do_not_decode_are_skipped_or_become_dead_letters) {
  auto topology = [](std::optional<ErrorPolicy> own) {
    Builder builder;
    builder.stream<std::string, std::int64_t>("in", {.name = "numbers", .on_error = std::move(own)}).to("out");
    return builder.build();
  };
  TestDriver skipping(topology(std::nullopt), {.errors = {.decoding = skip()}});
  skipping.bytes().pipe("in", "k", "short", 3);
  EXPECT_EQ(skipping.statistics().skipped_undecodable, 1u);

  TestDriver driver(topology(dead_letter("letters")));
  driver.bytes().pipe("in", "k", "short", 3);
  driver.input<std::string, std::int64_t>("in").pipe("k", 7, 4);
  driver.bytes().pipe("in", "k", "again", 5);
  for (const char* value : {"short", "again"}) {
    auto letter = driver.bytes().read("letters");
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->value, value);
    auto headers = headers_of(*letter);
    EXPECT_EQ(headers["weir.error.reason"], "the 5 bytes of the record's value are no std::int64_t");
    EXPECT_EQ(headers["weir.error.phase"], "decoding");
    EXPECT_EQ(headers["weir.error.operator"], "numbers");
    EXPECT_EQ(headers["weir.error.offset"], value == std::string("short") ? "0" : "2");
    EXPECT_NE(headers["weir.error.reason"].find("are no"), std::string::npos);
  }
  EXPECT_EQ(driver.statistics().dead_lettered, 2u);
  EXPECT_THROW(topology(retry(1)), std::invalid_argument);
}

struct Fussy {
  std::string text;
};

}  // namespace

template <>
struct Serde<Fussy> {
  static bool decode(Bytes bytes, Fussy& reuse) {
    reuse.text = bytes;
    return true;
  }
  static Bytes encode(const Fussy& fussy, OwnedBytes&) {
    if (fussy.text == "bad") throw std::runtime_error("it cannot be written");
    return fussy.text;
  }
};

namespace {

TEST(ErrorPolicy, a_record_that_cannot_be_written_is_the_sink_s_matter) {
  auto topology = [](std::optional<ErrorPolicy> own) {
    Builder builder;
    builder.stream<std::string, Fussy>("in").to("out", {.name = "sink", .on_error = std::move(own)});
    return builder.build();
  };
  auto run = [](TestDriver& driver) {
    driver.bytes().pipe("in", "k", "bad", 1);
    driver.bytes().pipe("in", "k", "good", 2);
  };
  TestDriver own(topology(dead_letter("letters")));
  run(own);
  EXPECT_EQ(lines(own), (Lines{"k=good@2"}));
  auto letter = own.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_EQ(headers_of(*letter)["weir.error.phase"], "producing");
  EXPECT_EQ(headers_of(*letter)["weir.error.operator"], "sink");
  TestDriver of_all(topology(std::nullopt), {.errors = {.producing = skip()}});
  run(of_all);
  EXPECT_EQ(of_all.statistics().skipped_errors, 1u);
  TestDriver strict(topology(std::nullopt), {.errors = {.processing = skip()}});
  EXPECT_THROW(run(strict), std::runtime_error);
}

TEST(ErrorPolicy, a_timer_that_fails_leaves_a_letter_without_bytes) {
  struct Breaks {
    void open(ProcessorContext<std::string, std::string>& context) {
      context.schedule(Millis(10), TimerClock::wall_clock, [](std::int64_t) { throw std::runtime_error("tick"); });
    }
    void process(ProcessorContext<std::string, std::string>&, const ProcessorRecord<std::string, std::string>&) {}
  };
  Builder builder;
  builder.stream<std::string, std::string>("in").process<std::string, std::string>(
      Breaks{}, {.name = "clock", .on_error = dead_letter("letters")});
  TestDriver driver(builder.build());
  pipe(driver, {"x"});
  driver.advance_wall_clock(Millis(10));
  auto letter = driver.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_FALSE(letter->key);
  EXPECT_FALSE(letter->value);
  EXPECT_EQ(letter->timestamp_ms, 1);
  EXPECT_EQ(headers_of(*letter),
            (std::map<std::string, std::string>{
                {"weir.error.phase", "processing"}, {"weir.error.operator", "clock"}, {"weir.error.reason", "tick"}}));
}

TEST(ErrorPolicy, a_record_that_is_put_off_comes_back_when_it_is_due_and_others_overtake_it) {
  int calls = 0;
  ErrorPolicy policy = retry_later({.name = "again", .attempts = 3, .backoff = Millis(100), .multiplier = 3});
  TestDriver driver(mapped(policy.then(dead_letter("letters")), &calls, 2));
  pipe(driver, {"bad", "good"});
  EXPECT_EQ(lines(driver), (Lines{"k=good!@2"}));
  driver.advance_wall_clock(Millis(99));
  EXPECT_EQ(calls, 1);
  driver.advance_wall_clock(Millis(1));
  EXPECT_EQ(calls, 2);
  driver.advance_wall_clock(Millis(299));
  EXPECT_TRUE(lines(driver).empty());
  driver.advance_wall_clock(Millis(1));
  auto back = driver.bytes().read("out");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->value, "bad!");
  EXPECT_EQ(back->timestamp_ms, 1);
  EXPECT_TRUE(back->headers.empty()) << "what the record was put off with does not go on";
  EXPECT_EQ(driver.statistics().retried_later, 2u);
  EXPECT_FALSE(driver.bytes().read("letters"));
}

// Counts by a callable that throws once for each "bad".
template <class Grouped>
Table<std::string, std::string> written_down(const Grouped& grouped, int* failures) {
  return grouped.aggregate([] { return std::string(); },
                           [failures](const std::string& value, std::string& all) {
                             all += value;
                             if (value == "bad" && (*failures)-- > 0) throw std::runtime_error("not this time");
                           },
                           {.store = "all", .on_error = retry_later({.attempts = 1, .backoff = Millis(10)})});
}

TEST(ErrorPolicy, what_a_stream_is_aggregated_to_takes_a_record_that_was_put_off_when_it_comes_back) {
  Builder builder;
  int failures = 1;
  written_down(builder.stream<std::string, std::string>("in").group_by_key(), &failures).to_stream().to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"bad", "good"});
  EXPECT_EQ(lines(driver), (Lines{"k=good@2"})) << "nothing of the attempt that failed is left";
  driver.advance_wall_clock(Millis(10));
  EXPECT_EQ(lines(driver), (Lines{"k=goodbad@2"})) << "the row's time stays that of its latest record";
}

TEST(ErrorPolicy, a_cogrouping_puts_off_records_of_each_of_its_streams) {
  Builder builder;
  int failures = 2;
  auto add = [&failures](const auto& value, std::string& all) {
    if (failures-- > 0) throw std::runtime_error("not this time");
    if constexpr (std::same_as<std::remove_cvref_t<decltype(value)>, std::int64_t>) {
      all += std::to_string(value);
    } else {
      all += value;
    }
  };
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .cogroup<std::string>(add)
      .cogroup(builder.stream<std::string, std::int64_t>("numbers").group_by_key(), add)
      .aggregate([] { return std::string(); },
                 {.store = "all", .on_error = retry_later({.attempts = 1, .backoff = Millis(10)})})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  pipe(driver, {"text"});
  driver.input<std::string, std::int64_t>("numbers").pipe("k", 7, 2);
  EXPECT_TRUE(lines(driver).empty());
  driver.advance_wall_clock(Millis(10));
  auto last = lines(driver);
  ASSERT_EQ(last.size(), 2u);
  EXPECT_TRUE(last[1] == "k=text7@2" || last[1] == "k=7text@2") << last[1];
}

TEST(ErrorPolicy, a_record_that_comes_back_to_a_window_that_is_closed_is_late) {
  Builder builder;
  int failures = 1;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .windowed_by(tumbling(Millis(10)))
      .aggregate([] { return std::string(); },
                 [&failures](const std::string& value, std::string& all) {
                   all += value;
                   if (value == "bad" && failures-- > 0) throw std::runtime_error("not this time");
                 },
                 {.store = "all", .on_error = retry_later({.attempts = 1, .backoff = Millis(10)})});
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("k", "bad", 1);
  in.pipe("k", "later", 20);
  driver.advance_wall_clock(Millis(10));
  EXPECT_EQ(driver.statistics().retried_later, 1u);
  EXPECT_EQ(driver.statistics().dropped_late, 1u);
}

TEST(ErrorPolicy, a_table_s_rows_are_not_put_off) {
  Builder builder;
  auto table = builder.table<std::string, std::string>("in", {.store = "rows"});
  try {
    table.map_values([](const std::string& value) { return value; }, {.on_error = retry_later({})});
    FAIL() << "it was taken";
  } catch (const TopologyError& error) {
    EXPECT_NE(std::string(error.what()).find("may be older than a table's row"), std::string::npos) << error.what();
  }
}

TEST(ErrorPolicy, a_record_whose_later_attempts_are_used_up_knows_where_it_came_from) {
  int calls = 0;
  ErrorPolicy policy = retry_later({.attempts = 2, .backoff = Millis(10), .multiplier = 1});
  TestDriver driver(mapped(policy.then(dead_letter("letters")), &calls));
  pipe(driver, {"good", "bad"});
  driver.advance_wall_clock(Millis(10));
  driver.advance_wall_clock(Millis(10));
  EXPECT_EQ(calls, 3);
  auto letter = driver.bytes().read("letters");
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->value, "bad");
  auto headers = headers_of(*letter);
  EXPECT_EQ(headers["weir.error.topic"], "in");
  EXPECT_EQ(headers["weir.error.offset"], "1");
  EXPECT_EQ(headers.count("weir.retry.due"), 0u);
}

TEST(ErrorPolicy, a_partitioner_chooses_and_one_that_chooses_wrongly_is_the_sink_s_error) {
  auto topology = [](std::optional<ErrorPolicy> own) {
    Builder builder;
    builder.stream<std::string, std::string>("in").to(
        "out", {.on_error = std::move(own),
                .partition = [](const std::string&, const std::string& value, std::int32_t partitions) {
                  return value == "bad" ? partitions : static_cast<std::int32_t>(value.size()) % partitions;
                }});
    return builder.build();
  };
  TestDriver driver(topology(skip()), {.partitions = 4});
  for (const char* value : {"1", "22", "bad", "333"}) driver.input<std::string, std::string>("in").pipe("k", value, 1);
  for (int expected : {1, 2, 3}) EXPECT_EQ(driver.bytes().read("out")->to.partition.value(), expected);
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
  TestDriver strict(topology(std::nullopt), {.partitions = 4});
  EXPECT_THROW((strict.input<std::string, std::string>("in").pipe("k", "bad", 1)), std::runtime_error);
}

}  // namespace
}  // namespace weir::streams
