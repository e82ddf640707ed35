// append: records into batches of 128 KiB, each handed to the log. append_send: the same, one `send` a record.
// Floor of both: the same batches by hand, written to a file.
#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"
#include "log/base/executor.h"
#include "log/wire/messages/produce.h"
#include "log/wire/transport.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 5'000'000;

void append_batches(const log::Client& client, const std::string& topic, const Records& records) {
  Loop loop;
  log::BatchBuilder builder(floor::kBatchBytes + 4096);
  auto produce = [&] {
    auto batch = must(builder.seal({}));
    log::wire::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    auto& partition = data.partition_data.emplace_back();
    partition.index = log::PartitionIndex(0);
    partition.records = log::Records{{batch.bytes}, log::Trust::sealed_here};
    auto response = must(loop.run(client.transport().call(log::kAnyNode, std::move(request), loop)));
    const auto& answer = response.responses[0].partition_responses[0];
    if (answer.error_code != ErrorCode::none) give_up("append: " + name_of(answer.error_code));
  };
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    builder.add(Records::time_ms(i), records.key(i), records.value());
    if (builder.size_bytes() >= floor::kBatchBytes) produce();
  }
  if (!builder.empty()) produce();
}

void append_by_hand(const std::string& path, const Records& records) {
  floor::LogWriter writer(path);
  for (std::uint64_t i = 0; i < kRecords; ++i) writer.add(Records::time_ms(i), records.key(i), records.value());
  writer.flush();
}

void append_records(const log::Client& client, const std::string& topic, const Records& records) {
  auto producer = must(client.producer());
  auto* lane = must(producer->lane({topic, log::PartitionIndex(0)}));
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    must(producer->send(*lane, Records::time_ms(i), records.key(i), records.value()));
  }
  must(producer->flush());
}

template <class Append>
Benchmark::Sides sides(const std::string& directory, Append append) {
  auto records = std::make_shared<Records>();
  auto client = std::make_shared<log::Client>(open_log(directory));
  return {[=] {
            make_topic(*client, "records");
            Run run = timed(kRecords, [&] { append(*client, "records", *records); });
            must(client->admin()->delete_topic("records"));
            return run;
          },
          [=] {
            const std::string path = directory + "/floor";
            Run run = timed(kRecords, [&] { append_by_hand(path, *records); });
            ::unlink(path.c_str());
            return run;
          }};
}

const Register batches({"append", "records/s", "100 B records, batches of 128 KiB, page cache",
                        [](const std::string& directory) {
                          return sides(directory, append_batches);
                        }});
const Register single({"append_send", "records/s", "100 B records, one send each, batches of 128 KiB, page cache",
                       [](const std::string& directory) {
                         return sides(directory, append_records);
                       }});

}  // namespace

}  // namespace weir::bench
