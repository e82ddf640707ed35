#include "bench/growth.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

struct Growth {
  const char* what;
  std::vector<std::uint64_t> sizes;
  // Microseconds of CPU a record, at a size, in an empty directory.
  std::function<double(std::uint64_t size, const std::string& directory)> cost_us;
};

double us_a_record(const Run& run) {
  return run.cpu_seconds * 1e6 / static_cast<double>(run.amount);
}

// `describe` over `records` records of `keys` keys, one each `step_us`.
double run_over(const std::string& directory, std::uint64_t records, std::uint64_t keys, std::uint64_t step_us,
                const std::function<void(streams::Builder&)>& describe) {
  auto client = open_log(directory);
  fill_both(client, directory, {"in", records, keys, 20, [step_us](std::uint64_t i, Random&) {
                                  return 1'700'000'000'000 + static_cast<std::int64_t>(i * step_us / 1'000);
                                }});
  streams::Builder builder;
  describe(builder);
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, records));
}

auto grouped(streams::Builder& builder) {
  return builder.stream<std::string_view, std::string_view>("in").group_by_key();
}

double count_of_keys(std::uint64_t keys, const std::string& directory) {
  return run_over(directory, 1'000'000, keys, 1,
                  [](auto& builder) { grouped(builder).count({.store = "c"}).to_stream().to("out"); });
}

// Each record is a session of its own: those before are over, and stand under the same key.
double dead_sessions_of_a_key(std::uint64_t records, const std::string& directory) {
  return run_over(directory, records, 1, 5'000, [](auto& builder) {
    grouped(builder)
        .windowed_by(streams::sessions(Millis(2)).grace(Millis(100)))
        .count({.store = "s"})
        .to_stream()
        .to("out");
  });
}

double windows_that_close(std::uint64_t keys, const std::string& directory) {
  return run_over(directory, 200'000, keys, 1'000, [](auto& builder) {
    grouped(builder)
        .windowed_by(streams::tumbling(Millis(1'000)))
        .emit(streams::Emit::on_close)
        .count({.store = "w"})
        .to_stream()
        .to("out");
  });
}

double windows_of_a_record(std::uint64_t windows, const std::string& directory) {
  return run_over(directory, 50'000, 1'000, 10, [windows](auto& builder) {
    grouped(builder)
        .windowed_by(streams::hopping(Millis(static_cast<std::int64_t>(windows) * 100), Millis(100)))
        .count({.store = "w"})
        .to_stream()
        .to("out");
  });
}

// So many partial matches of as many keys are open, and stay so, while others begin and end beside them.
double live_partial_matches(std::uint64_t live, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"in", 1, {}}));
  auto producer = must(client.producer());
  constexpr std::uint64_t kRecords = 400'000;
  std::int64_t time_ms = 0;
  const auto send = [&](const std::string& key, const char* value) {
    must(producer->send("in", log::PartitionIndex(0), ++time_ms, key, value));
  };
  for (std::uint64_t i = 0; i < live; ++i) send("live-" + std::to_string(i), "begin");
  must(producer->flush());
  streams::Builder builder;
  const auto word = [](const char* wanted) {
    return [wanted](const std::string& value) {
      return value == wanted;
    };
  };
  const auto pattern =
      streams::pattern<std::string>("begin").where(word("begin")).followed_by("end").where(word("end"));
  builder.stream<std::string, std::string>("in")
      .detect(pattern.within(Millis(1'000'000'000)), {.store = "p"})
      .map_values([](const streams::Match<std::string>& match) { return match.end_ms(); })
      .to("out");
  const streams::Topology topology = builder.build();
  const double before = live == 0 ? 0 : run_app(client, topology, "growth", {"out"}, live).cpu_seconds;
  for (std::uint64_t i = 0; i < kRecords; ++i)
    send("key-" + std::to_string(i / 2 % 1'000), i % 2 == 0 ? "begin" : "end");
  must(producer->flush());
  const double both = run_app(client, topology, "growth", {"out"}, live + kRecords).cpu_seconds;
  return (both - before) * 1e6 / static_cast<double>(kRecords);
}

// The same of one key: events of it that begin and end other matches.
double live_partial_matches_of_a_key(std::uint64_t live, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"in", 1, {}}));
  auto producer = must(client.producer());
  constexpr std::uint64_t kRecords = 100'000;
  std::int64_t time_ms = 0;
  const auto send = [&](const char* value) {
    must(producer->send("in", log::PartitionIndex(0), ++time_ms, "key", value));
  };
  streams::Builder builder;
  const auto word = [](const char* wanted) {
    return [wanted](const std::string& value) {
      return value == wanted;
    };
  };
  const auto pattern =
      streams::pattern<std::string>("begin").where(word("begin")).followed_by("end").where(word("never"));
  builder.stream<std::string, std::string>("in")
      .detect(pattern.within(Millis(1'000'000'000)), {.store = "p", .max_partial_matches = 1'000'000})
      .map_values([](const streams::Match<std::string>& match) { return match.end_ms(); })
      .to("out");
  const streams::Topology topology = builder.build();
  for (std::uint64_t i = 0; i < live; ++i) send("begin");
  must(producer->flush());
  const double before = run_app(client, topology, "growth", {"out"}, live).cpu_seconds;
  for (std::uint64_t i = 0; i < kRecords; ++i) send("other");
  must(producer->flush());
  const double both = run_app(client, topology, "growth", {"out"}, live + kRecords).cpu_seconds;
  return (both - before) * 1e6 / static_cast<double>(kRecords);
}

// So many of one key are open at any time: each event begins one, and the time of another one is over.
double partial_matches_of_a_key_that_time_out(std::uint64_t live, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"in", 1, {}}));
  auto producer = must(client.producer());
  constexpr std::uint64_t kRecords = 200'000;
  for (std::uint64_t i = 0; i < live + kRecords; ++i) {
    must(producer->send("in", log::PartitionIndex(0), static_cast<std::int64_t>(i) + 1, "key", "begin"));
  }
  must(producer->flush());
  streams::Builder builder;
  const auto word = [](const char* wanted) {
    return [wanted](const std::string& value) {
      return value == wanted;
    };
  };
  const auto pattern =
      streams::pattern<std::string>("begin").where(word("begin")).followed_by("end").where(word("end"));
  builder.stream<std::string, std::string>("in")
      .detect(pattern.within(Millis(static_cast<std::int64_t>(live))),
              {.store = "p", .max_partial_matches = 1'000'000, .in_memory = true, .without_changelog = true})
      .timed_out()
      .map_values([](const streams::Match<std::string>& match) { return match.end_ms(); })
      .to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, live + kRecords));
}

// One record for each partition is sent and read, again and again; the cost is that of one record. Every partition is
// warm: what a new one costs once is not a record's.
double partitions_of_a_call(log::Durability durability, std::uint64_t partitions, const std::string& directory) {
  auto client = must(log::open(directory + "/log", {.durability = durability}));
  must(client.admin()->create_topic({"wide", static_cast<std::int32_t>(partitions), {}}));
  auto producer = must(client.producer());
  auto consumer = must(client.consumer());
  std::vector<log::TopicPartition> all;
  for (std::uint64_t p = 0; p < partitions; ++p) {
    all.push_back({"wide", log::PartitionIndex(static_cast<std::int32_t>(p))});
  }
  must(consumer->assign(all));
  auto run = [&](std::uint64_t rounds) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (const auto& partition : all) must(producer->send("wide", partition.partition, 1, "key", "value"));
      must(producer->flush());
      for (std::uint64_t read = 0; read < partitions;) read += must(consumer->poll(Millis(100))).size();
    }
  };
  run(3);
  if (durability != log::Durability::os) std::this_thread::sleep_for(std::chrono::milliseconds(2'500));  // two syncs
  constexpr std::uint64_t kRecords = 400'000;
  const std::uint64_t rounds = kRecords / partitions;
  return us_a_record(timed(partitions * rounds, [&] { run(rounds); }));
}

// A topic that is made, with a file of one partition, where there are so many; synced as by default.
double topics_that_are_there(std::uint64_t topics, const std::string& directory) {
  auto client = open_log(directory);
  auto admin = client.admin();
  auto make = [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < to; ++i) must(admin->create_topic({"topic-" + std::to_string(i), 1, {}}));
  };
  make(0, topics);
  constexpr std::uint64_t kMore = 200;
  return us_a_record(timed(kMore, [&] { make(topics, topics + kMore); }));
}

// An application without state over so many partitions, of which one has all the records: the others cost nothing.
double partitions_of_an_application(std::uint64_t partitions, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"in", static_cast<std::int32_t>(partitions), {}}));
  auto producer = must(client.producer());
  constexpr std::uint64_t kRecords = 100'000;
  for (std::uint64_t i = 0; i < kRecords; ++i) must(producer->send("in", log::PartitionIndex(0), 1, "key", "value"));
  must(producer->flush());
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("in").to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, kRecords));
}

// A record each millisecond waits so many of them for the table that it joins.
double records_held_back(std::uint64_t held, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"rows", 1, {}}));
  auto producer = must(client.producer());
  constexpr std::uint64_t kKeys = 1'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    must(producer->send("rows", log::PartitionIndex(0), 1, "key-" + std::to_string(i), "row"));
  }
  must(producer->flush());
  constexpr std::uint64_t kMore = 200'000;
  must(client.admin()->create_topic({"in", 1, {}}));
  for (std::uint64_t i = 0; i < held + kMore; ++i) {
    must(producer->send("in", log::PartitionIndex(0), static_cast<std::int64_t>(i),
                        "key-" + std::to_string(i * 7919 % kKeys), "event"));
  }
  must(producer->flush());
  streams::Builder builder;
  auto rows = builder.table<std::string, std::string>("rows", {.store = "rows", .history = Millis(1'000'000'000)});
  builder.stream<std::string, std::string>("in")
      .join(rows, [](const std::string& event, const std::string& row) { return event + row; },
            {.grace = Millis(static_cast<std::int64_t>(held))})
      .to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, held + kMore));
}

// Of so many keys in turn, and none of them goes before the end.
double changes_held_back(std::uint64_t keys, const std::string& directory) {
  return run_over(directory, 1'000'000, keys, 1, [](auto& builder) {
    grouped(builder)
        .count({.store = "c"})
        .suppress(streams::UntilTimeLimit{Millis(1'000'000'000)}, {.store = "held"})
        .to_stream()
        .to("out");
  });
}

// Of one key: each meets those of the last 10 ms on the other side, which are ten; before that, so many stand there.
double records_joined(std::uint64_t rows, const std::string& directory) {
  auto client = open_log(directory);
  auto producer = must(client.producer());
  for (const char* topic : {"left", "right"}) {
    must(client.admin()->create_topic({topic, 1, {}}));
    for (std::uint64_t i = 0; i < rows; ++i) {
      must(producer->send(topic, log::PartitionIndex(0), static_cast<std::int64_t>(i), "key", "value"));
    }
  }
  must(producer->flush());
  streams::Builder builder;
  const auto right = builder.stream<std::string, std::string>("right");
  builder.stream<std::string, std::string>("left")
      .join(right, [](const std::string& l, const std::string& r) { return l + r; },
            streams::within(Millis(5)).grace(Millis(static_cast<std::int64_t>(rows))), {.store = "pairs"})
      .to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, 2 * rows));
}

// Of one key, in order, all within its history.
double versions_of_a_row(std::uint64_t versions, const std::string& directory) {
  auto client = open_log(directory);
  must(client.admin()->create_topic({"in", 1, {}}));
  auto producer = must(client.producer());
  for (std::uint64_t i = 0; i < versions; ++i) {
    must(producer->send("in", log::PartitionIndex(0), static_cast<std::int64_t>(i), "key", "value"));
  }
  must(producer->flush());
  streams::Builder builder;
  builder.table<std::string, std::string>("in", {.store = "rows", .history = Millis(1'000'000'000)})
      .to_stream()
      .to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, versions));
}

// Of one key, all in one window of each record before it; one record a millisecond.
double records_in_a_sliding_window(std::uint64_t records, const std::string& directory) {
  return run_over(directory, 50'000, 1, 1'000, [records](auto& builder) {
    grouped(builder)
        .windowed_by(streams::sliding(Millis(static_cast<std::int64_t>(records))).grace(Millis(0)))
        .count({.store = "w"})
        .to_stream()
        .to("out");
  });
}

// Rows of a table that all refer to one row of another, which changes once, when they are there.
double rows_that_refer_to_one(std::uint64_t rows, const std::string& directory) {
  auto client = open_log(directory);
  for (const char* topic : {"orders", "customers"}) must(client.admin()->create_topic({topic, 1, {}}));
  auto producer = must(client.producer());
  for (std::uint64_t i = 0; i < rows; ++i) {
    must(producer->send("orders", log::PartitionIndex(0), 1, "order-" + std::to_string(i * 7919 % rows), "customer"));
  }
  must(producer->send("customers", log::PartitionIndex(0), 2, "customer", "name"));
  must(producer->flush());
  streams::Builder builder;
  auto customers = builder.table<std::string, std::string>("customers", {.store = "customers"});
  builder.table<std::string, std::string>("orders", {.store = "orders"})
      .join(
          customers, [](const std::string& order) { return order; },
          [](const std::string& order, const std::string& customer) { return order + customer; }, {.store = "joined"})
      .to_stream()
      .to("out");
  return us_a_record(run_app(client, builder.build(), "growth", {"out"}, rows));
}

}  // namespace

int run_growth(const std::string& filter, const std::string& directory) {
  const std::vector<Growth> tables{
      {"a record sent to each partition and read, over partitions",
       {125, 500, 2'000, 4'000},
       [](auto partitions, const auto& in) {
         return partitions_of_a_call(log::Durability::os, partitions, in);
       }},
      {"the same, synced each second",
       {125, 500, 2'000, 4'000},
       [](auto partitions, const auto& in) {
         return partitions_of_a_call(log::Durability::interval, partitions, in);
       }},
      {"a topic that is made, over topics that are there", {100, 1'000, 10'000}, topics_that_are_there},
      {"a record of one partition of an application, over partitions",
       {1, 500, 2'000, 4'000},
       partitions_of_an_application},
      {"a row that refers to a row of another table, over rows that refer to it",
       {1'000, 10'000, 100'000},
       rows_that_refer_to_one},
      {"a record that is held back by the grace of a join, over records that are",
       {100, 1'000, 10'000, 100'000},
       records_held_back},
      {"a change that suppress holds back, over keys that it holds", {1'000, 10'000, 100'000}, changes_held_back},
      {"a record of joined streams, over records of its key that are in the store",
       {1'000, 10'000, 100'000},
       records_joined},
      {"a version of a row, over versions that it has", {1'000, 10'000, 100'000}, versions_of_a_row},
      {"a record in sliding windows of its key, over records in a window",
       {10, 100, 1'000},
       records_in_a_sliding_window},
      {"count, over keys", {1'000, 10'000, 100'000, 1'000'000}, count_of_keys},
      {"a session, over sessions of its key that are over", {1'000, 10'000, 100'000}, dead_sessions_of_a_key},
      {"windows of a second that close, over keys", {10, 100, 1'000, 10'000}, windows_that_close},
      {"cep_live_partials: an event, over partial matches of other keys",
       {1'000, 10'000, 100'000, 300'000},
       live_partial_matches},
      {"an event of a key, over partial matches that it has", {1'000, 10'000, 100'000}, live_partial_matches_of_a_key},
      {"an event of a key that begins a partial match where one times out, over those that it has",
       {100, 1'000, 10'000},
       partial_matches_of_a_key_that_time_out},
      {"a record in several windows, over windows", {1, 10, 50}, windows_of_a_record},
  };
  for (const Growth& table : tables) {
    if (std::string(table.what).find(filter) == std::string::npos) continue;
    std::printf("%s\n", table.what);
    for (const std::uint64_t size : table.sizes) {
      std::filesystem::remove_all(directory);
      std::filesystem::create_directories(directory);
      std::printf("  %9llu  %8.2f us of CPU a record\n", static_cast<unsigned long long>(size),
                  table.cost_us(size, directory));
      std::fflush(stdout);
    }
  }
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace weir::bench
