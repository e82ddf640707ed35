// tumbling: counts by key in windows of a minute, 1 % of the records up to five seconds late, every update goes out.
// Floor: one hash table by (key, window), output and changelog at every update.
#include "bench/floor/files.h"
#include "bench/floor/word_table.h"
#include "bench/stream_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 4'000'000;
constexpr std::uint64_t kKeys = 10'000;
constexpr std::int64_t kWindowMs = 60'000;

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("records")
      .group_by_key()
      .windowed_by(streams::tumbling(Millis(kWindowMs)).grace(Millis(5'000)))
      .count({.store = "counts"})
      .to_stream()
      .to("windows");
  return builder.build();
}

void count_by_hand(const std::string& directory) {
  floor::LogReader records(directory + "/floor");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter windows(directory + "/floor-windows");
  floor::WordTable table(1 << 17);
  char key[32];
  records.read_all([&](const floor::Record& record) {
    std::int64_t start = record.timestamp / kWindowMs * kWindowMs;
    std::memcpy(key, record.key.data(), 16);
    floor::put(key + 16, start);
    floor::put(key + 24, start + kWindowMs);
    std::uint64_t& count = table.count({key, 24});
    ++count;
    std::string_view value(reinterpret_cast<const char*>(&count), sizeof count);
    changes.add(record.timestamp, {key, 24}, value);
    windows.add(record.timestamp, {key, 32}, value);
  });
  changes.flush();
  windows.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  Random random(4);
  std::string key(16, 'k');
  const std::string value(84, 'v');
  floor::LogWriter writer(directory + "/floor");
  fill_topic(*client, "records", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      std::snprintf(key.data(), key.size() + 1, "key-%012d", static_cast<int>(random.below(kKeys)));
      std::int64_t late = random.below(100) == 0 ? static_cast<std::int64_t>(random.below(5'000)) : 0;
      std::int64_t time = 100'000 + static_cast<std::int64_t>(i / 100) - late;
      send(time, key, value);
      writer.add(time, key, value);
    }
  });
  writer.flush();
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "tumbling", {"windows"}, kRecords); },
          [=] {
            Run run = timed(kRecords, [&] { count_by_hand(directory); });
            for (const char* file : {"changes", "windows"}) ::unlink((directory + "/floor-" + file).c_str());
            return run;
          }};
}

const Register tumbling({"tumbling", "records/s",
                         "100 B records, 10,000 keys of 16 B, windows of a minute, output at every update, changelog; "
                         "exactly once, commit each 100 ms, RocksDB",
                         prepare});

}  // namespace

}  // namespace weir::bench
