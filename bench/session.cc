// session: counts by key in sessions that end after half a second without a record; every update goes out, and takes
// back the session that it makes longer. Floor: one hash table of open sessions.
#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 2'000'000;
constexpr std::uint64_t kKeys = 10'000;
constexpr std::int64_t kGapMs = 500;

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("visits")
      .group_by_key()
      .windowed_by(streams::sessions(Millis(kGapMs)))
      .count({.store = "sessions"})
      .to_stream()
      .to("sessions-out");
  return builder.build();
}

struct Session {
  std::int64_t start = 0, end = 0;
  std::int64_t count = 0;
};

void count_by_hand(const std::string& directory) {
  floor::LogReader visits(directory + "/floor-visits");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<Session> open(1 << 15);
  char key[64];
  visits.read_all([&](const floor::Record& record) {
    Session& session = open[record.key];
    if (session.count > 0 && record.timestamp - session.end <= kGapMs) {
      const std::size_t size = put_windowed(key, record.key, session.start, session.end);
      changes.add(record.timestamp, {key, size}, {});
      out.add(record.timestamp, {key, size}, {});
    } else {
      session = {record.timestamp, record.timestamp, 0};
    }
    session.end = record.timestamp;
    ++session.count;
    char value[8];
    floor::put(value, session.count);
    const std::size_t size = put_windowed(key, record.key, session.start, session.end);
    changes.add(record.timestamp, {key, size}, {value, sizeof value});
    out.add(record.timestamp, {key, size}, {value, sizeof value});
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  fill_both(*client, directory, {"visits", kRecords, kKeys, 84, [](std::uint64_t i, Random&) {
                                   return 1'700'000'000'000 + static_cast<std::int64_t>(i / 20);
                                 }});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "session", {"sessions-out"}, kRecords); },
          [=] {
            return run_floor(directory, kRecords, [&] { count_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register session({"session", "records/s",
                        "100 B records, 10,000 keys of 16 B, one a key each half second; sessions of half a second, "
                        "output at every update, changelog; exactly once, commit each 100 ms, RocksDB",
                        prepare});

}  // namespace

}  // namespace weir::bench
