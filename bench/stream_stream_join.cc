// stream_stream_join: two streams, records of a key meet within ten seconds of each other, inner.
// Floor: for each side a table of the records of a key that may still meet one.
#include <algorithm>
#include <vector>

#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 500'000;  // a side
constexpr std::uint64_t kKeys = 100'000;
constexpr std::int64_t kWithinMs = 10'000;

streams::Topology topology() {
  streams::Builder builder;
  auto left = builder.stream<std::string, std::string>("left");
  auto right = builder.stream<std::string, std::string>("right");
  left.join(right, [](const std::string& l, const std::string& r) { return l + r; },
            streams::within(Millis(kWithinMs)).grace(Millis(0)), {.store = "pairs"})
      .to("pairs-out");
  return builder.build();
}

// What of a key may still meet a partner: the latest come last.
struct Waiting {
  std::int64_t time;
  std::uint32_t at, size;  // of its value
};
struct Side {
  std::vector<Waiting> records;
  std::size_t first = 0;
};
struct Both {
  Side side[2];
};

void join_by_hand(const std::string& directory) {
  floor::LogCursor left(directory + "/floor-left"), right(directory + "/floor-right");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<Both> table(1 << 18);
  std::string values;
  char key[64], joined[256];
  auto take = [&](const floor::Record& record, int side) {
    Both& both = table[record.key];
    Side& partners = both.side[1 - side];
    while (partners.first < partners.records.size() &&
           partners.records[partners.first].time < record.timestamp - kWithinMs) {
      ++partners.first;
    }
    for (std::size_t i = partners.first; i < partners.records.size(); ++i) {
      const Waiting& partner = partners.records[i];
      const std::string_view other(values.data() + partner.at, partner.size);
      const std::string_view first = side == 0 ? record.value : other, second = side == 0 ? other : record.value;
      std::memcpy(joined, first.data(), first.size());
      std::memcpy(joined + first.size(), second.data(), second.size());
      out.add(std::max(record.timestamp, partner.time), record.key, {joined, first.size() + second.size()});
    }
    std::memcpy(key, record.key.data(), record.key.size());
    floor::put(key + record.key.size(), record.timestamp);
    floor::put(key + record.key.size() + 8, static_cast<std::int32_t>(both.side[side].records.size()));
    changes.add(record.timestamp, {key, record.key.size() + 12}, record.value);
    both.side[side].records.push_back(
        {record.timestamp, static_cast<std::uint32_t>(values.size()), static_cast<std::uint32_t>(record.value.size())});
    values.append(record.value);
  };
  floor::Record record{};
  while (left.next(record)) {  // the two are as long as one another, and have the same times
    take(record, 0);
    if (right.next(record)) take(record, 1);
  }
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  const auto time = [](std::uint64_t i, Random&) {
    return 1'700'000'000'000 + static_cast<std::int64_t>(i / 10);
  };
  fill_both(*client, directory, {"left", kRecords, kKeys, 40, time, 6});
  fill_both(*client, directory, {"right", kRecords, kKeys, 40, time, 7});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "stream-stream", {"pairs-out"}, 2 * kRecords); },
          [=] {
            return run_floor(directory, 2 * kRecords, [&] { join_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register stream_stream_join({"stream_stream_join", "records/s",
                                   "56 B records on each side, 100,000 keys of 16 B, pairs within 10 s; values are "
                                   "strings; changelogs; exactly once, commit each 100 ms, RocksDB",
                                   prepare});

}  // namespace

}  // namespace weir::bench
