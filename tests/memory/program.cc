// memory_program: does an application stay within its memory_limit? Each case is a topology that is run three times,
// with more input each time, and the last time without its state on disk, so that it is restored from its changelogs:
// each run in a process of its own, with default options but for the limit.
//
//   memory_program CASE --keys N --limit MIB --data DIR
//
//   count      a count by key, every key once, some again
//   aggregate  the same with values of strings
//   window     a count in windows of an hour, all of them open
//   session    a count in sessions, each key with one that is open
//   suppress   a count whose changes are held back for a third of the time, so that as many keys wait
//   foreign    rows of a table that refer to those of another, one each
//   join       two streams that wait for one another: every record of the left side waits in the buffer
//   batches    a count of records that came one a batch
//   in_memory  a count whose store is in memory and larger than the limit: nothing can be freed, the results are right
//
// What is measured is the greatest resident set of the process less the one before the run, when the log was open. Its
// results are read back and held to what they must be. 0: within 1.3 times the limit (but for in_memory), and right.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/log.h>
#include <weir/streams.h>

#include "log/base/cursor.h"

namespace {

namespace ws = weir::streams;
using weir::Millis;
using Text = std::string;

constexpr std::int64_t kFirstTime = 1'700'000'000'000;
constexpr double kMostOfLimit = 1.3;

struct Setup {
  std::string directory;
  std::uint64_t keys = 0;
  std::size_t limit = 0;
};

template <class T>
T must(weir::Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error().to_string() << '\n';
  std::exit(2);
}
void must(weir::Result<> result) {
  if (result) return;
  std::cerr << result.error().to_string() << '\n';
  std::exit(2);
}

// "VmRSS", "VmHWM": in bytes.
std::size_t from_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

// Spread over the order of bytes, and of one length.
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;
constexpr std::uint64_t kBack = 0xF1DE83E19937733D;
static_assert(kSpread * kBack == 1);

Text key_of(std::uint64_t number) {
  char key[32];
  std::snprintf(key, sizeof key, "k%016llx", static_cast<unsigned long long>(number * kSpread));
  return key;
}
std::uint64_t number_of(std::string_view key) {
  return std::stoull(Text(key.substr(1, 16)), nullptr, 16) * kBack;
}

// --- the cases ---

constexpr int kRounds = 3;

// Of the numbers that a round's input has: all, then every tenth, then every hundredth.
std::uint64_t step_of(int round) {
  return round == 0 ? 1 : round == 1 ? 10 : 100;
}

std::uint64_t integer(std::string_view value) {
  return static_cast<std::uint64_t>(weir::load_big_endian<std::int64_t>(value.data()));
}

struct Case {
  ws::Topology (*topology)();
  std::vector<Text> topics;                             // in which a round's records go, by round
  std::uint64_t (*result)(std::string_view) = integer;  // what a key's last result says: how often it came
  bool counts_pairs = false;                            // results are of the rounds after the first, one each
  bool values_are_keys = false;
  bool holds_last_third = false;  // of the keys, by their times
  bool one_a_batch = false;
  bool is_bounded = true;
};

auto grouped(ws::Builder& builder) {
  return builder.stream<Text, Text>("in").group_by_key();
}

ws::Topology count() {
  ws::Builder builder;
  grouped(builder).count({.store = "counts"}).to_stream().to("out");
  return builder.build();
}

ws::Topology aggregate() {
  ws::Builder builder;
  grouped(builder)
      .aggregate([] { return Text(40, '.'); }, [](const Text&, Text& marks) { marks += '|'; }, {.store = "marks"})
      .to_stream()
      .to("out");
  return builder.build();
}
std::uint64_t marks(std::string_view value) {
  return static_cast<std::uint64_t>(std::count(value.begin(), value.end(), '|'));
}

ws::Topology window() {
  ws::Builder builder;
  grouped(builder)
      .windowed_by(ws::tumbling(Millis(3'600'000)).grace(Millis(3'600'000)))
      .count({.store = "windows"})
      .to_stream()
      .to("out");
  return builder.build();
}

ws::Topology session() {
  ws::Builder builder;
  grouped(builder)
      .windowed_by(ws::sessions(Millis(3'600'000)).grace(Millis(3'600'000)))
      .count({.store = "sessions"})
      .to_stream()
      .to("out");
  return builder.build();
}

ws::Topology suppress() {
  ws::Builder builder;
  grouped(builder)
      .count({.store = "counts"})
      .suppress(ws::UntilTimeLimit{Millis(1'000'000)}, {.store = "held"})
      .to_stream()
      .to("out");
  return builder.build();
}

ws::Topology foreign() {
  ws::Builder builder;
  auto right = builder.table<Text, Text>("right", {.store = "right"});
  builder.table<Text, Text>("in", {.store = "left"})
      .join(
          right, [](const Text& refers_to) { return refers_to; }, [](const Text&, const Text& value) { return value; },
          {.store = "joined"})
      .to_stream()
      .to("out");
  return builder.build();
}

ws::Topology join() {
  ws::Builder builder;
  auto right = builder.stream<Text, Text>("right");
  builder.stream<Text, Text>("in")
      .join(right, [](const Text&, const Text& value) { return value; },
            ws::within(Millis(3'600'000)).grace(Millis(3'600'000)), {.store = "pairs"})
      .to("out");
  return builder.build();
}
std::uint64_t one(std::string_view) {
  return 1;
}

ws::Topology in_memory() {
  ws::Builder builder;
  grouped(builder).count({.store = "counts", .in_memory = true}).to_stream().to("out");
  return builder.build();
}

const std::map<Text, Case>& cases() {
  static const std::map<Text, Case> all{
      {"count", {count, {"in", "in", "in"}}},
      {"aggregate", {aggregate, {"in", "in", "in"}, marks}},
      {"window", {window, {"in", "in", "in"}}},
      {"session", {session, {"in", "in", "in"}}},
      {"suppress", {.topology = suppress, .topics = {"in", "in", "in"}, .holds_last_third = true}},
      {"foreign",
       {.topology = foreign,
        .topics = {"in", "right", "right"},
        .result = one,
        .counts_pairs = true,
        .values_are_keys = true}},
      {"join", {join, {"in", "right", "right"}, one, true}},
      {"batches", {.topology = count, .topics = {"in", "in", "in"}, .one_a_batch = true}},
      {"in_memory", {.topology = in_memory, .topics = {"in", "in", "in"}, .is_bounded = false}},
  };
  return all;
}

// --- what a run is ---

weir::log::Client open(const Setup& setup) {
  return must(weir::log::open(setup.directory));
}

void make_topics(const Setup& setup) {
  auto client = open(setup);
  for (const char* topic : {"in", "right", "out"}) must(client.admin()->create_topic({topic, 1, {}}));
}

void fill(const Setup& setup, const Case& of, int round) {
  auto client = open(setup);
  weir::log::ProducerOptions options;
  if (of.one_a_batch) options.batch_bytes = 1;
  auto producer = must(client.producer(options));
  const Text& topic = of.topics[static_cast<std::size_t>(round)];
  for (std::uint64_t number = 0; number < setup.keys; number += step_of(round)) {
    const auto time = kFirstTime + static_cast<std::int64_t>(number * 3'000'000 / setup.keys);
    const Text key = key_of(number);
    const Text value = of.values_are_keys ? key : Text("a value of twenty b.");
    must(producer->send(topic, weir::log::PartitionIndex(0), time, key, value));
  }
  must(producer->flush());
}

void run(const Setup& setup, const Case& of, int round) {
  auto client = open(setup);
  const std::size_t before = from_status("VmRSS");
  {
    ws::App app(of.topology(), client, {.application_id = "app", .memory_limit = setup.limit});
    must(app.run_to_end());
  }
  const std::size_t peak = from_status("VmHWM");
  const std::size_t grown = peak > before ? peak - before : 0;
  std::printf("  run %d: %.1f MiB, %.2f of the limit\n", round + 1, static_cast<double>(grown) / (1 << 20),
              static_cast<double>(grown) / static_cast<double>(setup.limit));
  std::fflush(stdout);
  if (of.is_bounded && static_cast<double>(grown) > kMostOfLimit * static_cast<double>(setup.limit)) {
    std::cerr << "more than " << kMostOfLimit << " times the limit\n";
    std::exit(1);
  }
}

// Every key's last result says how often it came.
void check(const Setup& setup, const Case& of) {
  auto client = open(setup);
  auto consumer = must(client.consumer({}));
  const weir::log::TopicPartition out{"out", weir::log::PartitionIndex(0)};
  must(consumer->assign({out}));
  const auto ends = must(consumer->end_offsets({&out, 1}, weir::log::Isolation::read_committed));
  std::vector<std::uint64_t> found(setup.keys);
  weir::log::BatchReader reader;
  while (must(consumer->position(out)) < ends.at(out)) {
    for (const auto& batch : must(consumer->poll(Millis(100)))) {
      must(weir::log::for_each_record(reader, batch, [&](const weir::log::RecordView& record) -> weir::Result<> {
        auto& result = found.at(number_of(*record.key));
        result = of.counts_pairs ? result + of.result(*record.value) : of.result(*record.value);
        return {};
      }));
    }
  }
  for (std::uint64_t number = 0; number < setup.keys; ++number) {
    std::uint64_t wanted = 0;
    for (int round = of.counts_pairs ? 1 : 0; round < kRounds; ++round) wanted += number % step_of(round) == 0;
    const bool may_be_held = of.holds_last_third && number >= setup.keys / 3 * 2;
    if (found[number] == wanted || (may_be_held && found[number] == 0)) continue;
    std::cerr << "key " << number << ": the last result is " << found[number] << ", not " << wanted << '\n';
    std::exit(1);
  }
}

// In a process of its own, which begins with nothing that others left.
void apart(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::_Exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) must(weir::fail(weir::ErrorCode::io_error, "fork"));
  if (status != 0) std::exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options{"memory_program"};
  Text name;
  Setup setup;
  std::size_t limit_mib = 128;
  options.add_option("case", name)->required();
  options.add_option("--keys", setup.keys)->required();
  options.add_option("--limit", limit_mib)->required();
  options.add_option("--data", setup.directory)->required();
  CLI11_PARSE(options, argc, argv);
  setup.limit = limit_mib << 20;
  const auto found = cases().find(name);
  if (found == cases().end()) return 2;
  const Case& of = found->second;
  std::filesystem::remove_all(setup.directory);
  std::printf("%s, %llu keys, %zu MiB\n", name.c_str(), static_cast<unsigned long long>(setup.keys), limit_mib);
  std::fflush(stdout);
  apart([&] { make_topics(setup); });
  for (int round = 0; round < kRounds; ++round) {
    apart([&] { fill(setup, of, round); });
    if (round == kRounds - 1) std::filesystem::remove_all(setup.directory + "/streams");
    apart([&] { run(setup, of, round); });
  }
  apart([&] { check(setup, of); });
  std::filesystem::remove_all(setup.directory);
  return 0;
}
