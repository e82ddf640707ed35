// tumbling_close: counts by key in windows of a second, each result once, when its window is closed.
// Floor: a hash table a window that is open.
#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 4'000'000;
constexpr std::uint64_t kKeys = 10'000;
constexpr std::int64_t kWindowMs = 1'000;

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("ticks")
      .group_by_key()
      .windowed_by(streams::tumbling(Millis(kWindowMs)))
      .emit(streams::Emit::on_close)
      .count({.store = "closed"})
      .to_stream()
      .to("closed-out");
  return builder.build();
}

void count_by_hand(const std::string& directory) {
  floor::LogReader ticks(directory + "/floor-ticks");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<std::int64_t> window(1 << 15);
  std::int64_t start = -1;
  char key[64], value[8];
  ticks.read_all([&](const floor::Record& record) {
    const std::int64_t at = record.timestamp / kWindowMs * kWindowMs;
    if (at != start) {
      window.each([&](std::string_view closed, std::int64_t count) {
        floor::put(value, count);
        out.add(start + kWindowMs, {key, put_windowed(key, closed, start, start + kWindowMs)}, {value, sizeof value});
      });
      window.clear();
      start = at;
    }
    std::int64_t& count = window[record.key];
    floor::put(value, ++count);
    std::memcpy(key, record.key.data(), record.key.size());
    floor::put(key + record.key.size(), start);
    changes.add(record.timestamp, {key, record.key.size() + 8}, {value, sizeof value});
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  fill_both(*client, directory, {"ticks", kRecords, kKeys, 84, [](std::uint64_t i, Random&) {
                                   return 1'700'000'000'000 + static_cast<std::int64_t>(i / 100);
                                 }});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "tumbling-close", {"closed-out"}, kRecords); },
          [=] {
            return run_floor(directory, kRecords, [&] { count_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register tumbling_close(
    {"tumbling_close", "records/s",
     "100 B records, 10,000 keys of 16 B, windows of a second, output when a window is closed, "
     "changelog (the floor: at every update); exactly once, commit each 100 ms, RocksDB",
     prepare});

}  // namespace

}  // namespace weir::bench
