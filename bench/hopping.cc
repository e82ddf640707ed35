// hopping: counts by key in windows of ten seconds that begin each second, so that a record is in ten of them; every
// update goes out. Floor: a hash table by key with the ten windows inside.
#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 500'000;
constexpr std::uint64_t kKeys = 10'000;
constexpr std::int64_t kWindowMs = 10'000, kAdvanceMs = 1'000;
constexpr std::size_t kWindows = 10;

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("hops")
      .group_by_key()
      .windowed_by(streams::hopping(Millis(kWindowMs), Millis(kAdvanceMs)))
      .count({.store = "hopping"})
      .to_stream()
      .to("hopping-out");
  return builder.build();
}

struct Windows {  // the one that begins at s is at (s / advance) % windows
  std::int64_t start[kWindows] = {};
  std::int64_t count[kWindows] = {};
};

void count_by_hand(const std::string& directory) {
  floor::LogReader hops(directory + "/floor-hops");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<Windows> table(1 << 15);
  char key[64], value[8];
  hops.read_all([&](const floor::Record& record) {
    Windows& windows = table[record.key];
    const std::int64_t last = record.timestamp / kAdvanceMs * kAdvanceMs;
    for (std::int64_t start = last - kWindowMs + kAdvanceMs; start <= last; start += kAdvanceMs) {
      const auto at = static_cast<std::size_t>(start / kAdvanceMs) % kWindows;
      if (windows.start[at] != start) {
        windows.start[at] = start;
        windows.count[at] = 0;
      }
      floor::put(value, ++windows.count[at]);
      out.add(record.timestamp, {key, put_windowed(key, record.key, start, start + kWindowMs)}, {value, sizeof value});
      floor::put(key + record.key.size(), start);
      changes.add(record.timestamp, {key, record.key.size() + 8}, {value, sizeof value});
    }
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  fill_both(*client, directory, {"hops", kRecords, kKeys, 84, [](std::uint64_t i, Random&) {
                                   return 1'700'000'000'000 + static_cast<std::int64_t>(i / 10);
                                 }});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "hopping", {"hopping-out"}, kRecords); },
          [=] {
            return run_floor(directory, kRecords, [&] { count_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register hopping(
    {"hopping", "records/s",
     "100 B records, 10,000 keys of 16 B, ten windows a record, output and changelog at every update; "
     "exactly once, commit each 100 ms, RocksDB",
     prepare});

}  // namespace

}  // namespace weir::bench
