// source_table: a table whose changelog is the topic that it is read from: its rows are kept, and nothing is written
// but what goes down to RocksDB. The floor keeps the last value of each key in memory.
#include "bench/floor/files.h"
#include "bench/floor/row_table.h"
#include "bench/stream_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 5'000'000;

streams::Topology topology() {
  streams::Builder builder({.optimizations = streams::all_optimizations});
  builder.table<std::string, std::string>("in", {.store = "rows"});
  return builder.build();
}

// A value overwrites the one before where it fits there.
struct Kept {
  std::uint32_t at = 0, size = 0, room = 0;
};

void keep_by_hand(const std::string& directory) {
  floor::LogReader in(directory + "/floor");
  floor::RowTable<Kept> rows(1 << 17);
  std::string values;
  in.read_all([&](const floor::Record& record) {
    Kept& row = rows[record.key];
    if (record.value.size() > row.room) {
      row.at = static_cast<std::uint32_t>(values.size());
      row.room = static_cast<std::uint32_t>(record.value.size());
      values.resize(values.size() + row.room);
    }
    row.size = static_cast<std::uint32_t>(record.value.size());
    std::memcpy(values.data() + row.at, record.value.data(), record.value.size());
  });
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  Records records;
  floor::LogWriter writer(directory + "/floor");
  fill_topic(*client, "in", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      send(Records::time_ms(i), records.key(i), records.value());
      writer.add(Records::time_ms(i), records.key(i), records.value());
    }
  });
  must(client->admin()->alter_topic("in", {{"retention.ms", "-1"}}));  // what is read again must be kept
  writer.flush();
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "source-table", {}, kRecords); },
          [=] {
            return timed(kRecords, [&] { keep_by_hand(directory); });
          }};
}

const Register source_table({"source_table", "records/s",
                             "100 bytes, 65,536 keys; a table whose source is its changelog; exactly once, commit each "
                             "100 ms, RocksDB (the floor: memory)",
                             prepare});

}  // namespace

}  // namespace weir::bench
