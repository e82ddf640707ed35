// map_filter: half of the records pass a filter on the key, their values are mapped, all as string views.
// Floor: one loop from file to file.
#include "bench/floor/files.h"
#include "bench/stream_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 5'000'000;

bool passes(std::string_view key) {
  return (key[3] & 1) != 0;
}
std::string_view shortened(std::string_view value) {
  return value.substr(1);
}

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<std::string_view, std::string_view>("records")
      .filter([](std::string_view key, std::string_view) { return passes(key); })
      .map_values([](std::string_view value) { return shortened(value); })
      .to("mapped");
  return builder.build();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  const std::string path = directory + "/floor";
  Records records;
  floor::LogWriter writer(path);
  fill_topic(*client, "records", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      send(Records::time_ms(i), records.key(i), records.value());
      writer.add(Records::time_ms(i), records.key(i), records.value());
    }
  });
  writer.flush();
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "map-filter", {"mapped"}, kRecords); },
          [=] {
            const std::string out = directory + "/floor-out";
            Run run = timed(kRecords, [&] {
              floor::LogReader reader(path);
              floor::LogWriter mapped(out);
              reader.read_all([&](const floor::Record& r) {
                if (passes(r.key)) mapped.add(r.timestamp, r.key, shortened(r.value));
              });
              mapped.flush();
            });
            ::unlink(out.c_str());
            return run;
          }};
}

const Register map_filter({"map_filter", "records/s",
                           "100 B records as string views, half pass; 65,536 keys of 16 B; "
                           "exactly once, commit each 100 ms",
                           prepare});

}  // namespace

}  // namespace weir::bench
