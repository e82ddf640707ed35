// stream_table_join: each record of a stream meets the row of its key; what comes out is row and value.
// Floor: a table read into memory, then one loop from file to file.
#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 4'000'000;
constexpr std::uint64_t kKeys = 100'000;
constexpr std::uint64_t kRows = 300'000;

streams::Topology topology() {
  streams::Builder builder;
  auto rows = builder.table<std::string, std::string>("rows", {.store = "rows"});
  builder.stream<std::string, std::string>("events")
      .join(rows, [](const std::string& event, const std::string& row) { return row + event; })
      .to("joined");
  return builder.build();
}

struct Row {
  char value[32];
  std::uint32_t size = 0;  // 0: there is none
};

void join_by_hand(const std::string& directory) {
  floor::LogReader rows(directory + "/floor-rows");
  floor::LogReader events(directory + "/floor-events");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<Row> table(1 << 18);
  rows.read_all([&](const floor::Record& record) {
    Row& row = table[record.key];
    row.size = static_cast<std::uint32_t>(record.value.size());
    std::memcpy(row.value, record.value.data(), record.value.size());
    changes.add(record.timestamp, record.key, record.value);
  });
  char joined[128];
  events.read_all([&](const floor::Record& record) {
    const Row& row = table[record.key];
    if (row.size == 0) return;
    std::memcpy(joined, row.value, row.size);
    std::memcpy(joined + row.size, record.value.data(), record.value.size());
    out.add(record.timestamp, record.key, {joined, row.size + record.value.size()});
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  const auto time = [](std::uint64_t i, Random&) {
    return 1'700'000'000'000 + static_cast<std::int64_t>(i / 1000);
  };
  fill_both(*client, directory,
            {"rows", kRows, kKeys, 20, [](std::uint64_t, Random&) { return 1'600'000'000'000; }, 5});
  fill_both(*client, directory, {"events", kRecords, kKeys, 64, time});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "stream-table", {"joined"}, kRecords); },
          [=] {
            return run_floor(directory, kRecords, [&] { join_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register stream_table_join({"stream_table_join", "records/s",
                                  "80 B records, 100,000 keys of 16 B, rows of 20 B; values are strings; changelog of "
                                  "the table; exactly once, commit each 100 ms, RocksDB",
                                  prepare});

}  // namespace

}  // namespace weir::bench
