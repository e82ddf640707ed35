// fetch: reads a topic from the beginning, every record of it. Floor: the same batches by hand from a file.
#include <array>

#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 5'000'000;

std::uint64_t fetch_all(const log::Client& client) {
  auto consumer = must(client.consumer());
  must(consumer->assign({{"records", log::PartitionIndex(0)}}));
  log::BatchReader reader;
  std::array<log::RecordView, 64> views;
  std::uint64_t seen = 0;
  std::uint64_t sum = 0;
  while (seen < kRecords) {
    for (const auto& fetched : must(consumer->poll(Millis(1000)))) {
      must(reader.open(fetched.batch));
      while (std::size_t count = must(reader.fill(views))) {
        for (std::size_t i = 0; i < count; ++i) sum += static_cast<unsigned char>(views[i].value->front());
        seen += count;
      }
    }
  }
  if (sum != kRecords * 'v') give_up("fetch: other records than were written");
  return seen;
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
  return {[=] { return timed(kRecords, [&] { fetch_all(*client); }); },
          [=] {
            return timed(kRecords, [&] {
              floor::LogReader reader(path);
              std::uint64_t sum = 0;
              reader.read_all([&](const floor::Record& r) { sum += static_cast<unsigned char>(r.value.front()); });
              if (sum != kRecords * 'v') give_up("fetch: other records than were written");
            });
          }};
}

const Register fetch({"fetch", "records/s", "100 B records, batches of 128 KiB, from the page cache, CRC checked",
                      prepare});

}  // namespace

}  // namespace weir::bench
