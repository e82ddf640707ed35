// append_durable: groups of 1 MiB, each on the disk before the next. Floor: write and fdatasync of the same bytes.
// commit_64: a transaction over 64 partitions, from begin to commit, durable. Floor: the records' bytes of a whole
// transaction written to one file, and one fdatasync.
#include <string>
#include <vector>

#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"
#include "log/base/executor.h"
#include "log/wire/messages/produce.h"
#include "log/wire/transport.h"

namespace weir::bench {

namespace {

std::shared_ptr<log::Client> open_durable(const std::string& directory) {
  log::OpenOptions options;
  options.durability = log::Durability::fsync;
  return std::make_shared<log::Client>(must(log::open(directory + "/log", options)));
}

// A file that is written at its end, the floor's.
class DurableFile {
 public:
  explicit DurableFile(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {
    if (file_ < 0) give_up("cannot make " + path);
  }
  ~DurableFile() { ::close(file_); }
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void append(std::string_view bytes) {
    if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) give_up("a write failed");
  }
  void sync() {
    if (::fdatasync(file_) != 0) give_up("a sync failed");
  }

 private:
  int file_;
};

// append_durable --------------------------------------------------------------------------------------------------

constexpr std::size_t kGroupBytes = 1024 * 1024;
constexpr std::uint64_t kGroups = 64;

// Sealed before the clock runs: appending writes offsets into a batch, so that each is used once.
std::vector<log::RecordBatch> sealed_groups(const Records& records) {
  std::vector<log::RecordBatch> groups;
  log::BatchBuilder builder(kGroupBytes + 4096);
  for (std::uint64_t i = 0; groups.size() < kGroups; ++i) {
    builder.add(Records::time_ms(i), records.key(i), records.value());
    if (builder.size_bytes() >= kGroupBytes) groups.push_back(must(builder.seal({})));
  }
  return groups;
}

void append_groups(const log::Client& client, const std::vector<log::RecordBatch>& groups) {
  Loop loop;
  for (const auto& batch : groups) {
    log::wire::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = "records";
    auto& partition = data.partition_data.emplace_back();
    partition.index = log::PartitionIndex(0);
    partition.records = log::Records{{batch.bytes}, batch.trust};
    auto response = must(loop.run(client.transport().call(log::kAnyNode, std::move(request), loop)));
    const auto& answer = response.responses[0].partition_responses[0];
    if (answer.error_code != ErrorCode::none) give_up("append_durable: " + name_of(answer.error_code));
  }
}

const Register append_durable({"append_durable", "groups/s", "groups of 1 MiB in one batch, each synced",
                               [](const std::string& directory) -> Benchmark::Sides {
                                 auto records = std::make_shared<Records>();
                                 auto client = open_durable(directory);
                                 return {[=] {
                                           make_topic(*client, "records");
                                           const auto groups = sealed_groups(*records);
                                           Run run = timed(kGroups, [&] { append_groups(*client, groups); });
                                           must(client->admin()->delete_topic("records"));
                                           return run;
                                         },
                                         [=] {
                                           const std::string path = directory + "/floor";
                                           const auto groups = sealed_groups(*records);
                                           Run run = timed(kGroups, [&] {
                                             DurableFile file(path);
                                             for (const auto& group : groups) {
                                               file.append(group.bytes.view());
                                               file.sync();
                                             }
                                           });
                                           ::unlink(path.c_str());
                                           return run;
                                         }};
                               }});

// commit_64 -------------------------------------------------------------------------------------------------------

constexpr int kPartitions = 64;
constexpr std::uint64_t kCommits = 100;
constexpr int kRecordsEach = 20;  // of 100 bytes, a partition and a transaction

class Committer {
 public:
  explicit Committer(const std::string& directory) : client_(open_durable(directory)) {
    must(client_->admin()->create_topic({"t", kPartitions, {}}));
    log::ProducerOptions options;
    options.transactional_id = "bench";
    producer_ = must(client_->producer(options));
    for (int i = 0; i < kPartitions; ++i) lanes_.push_back(must(producer_->lane({"t", log::PartitionIndex(i)})));
    must(producer_->init_transactions());
    commit(1);  // makes what the first commit needs
  }

  void commit(std::uint64_t times) {
    for (std::uint64_t n = 0; n < times; ++n) {
      must(producer_->begin_transaction());
      for (auto* lane : lanes_) {
        for (int i = 0; i < kRecordsEach; ++i) {
          const std::uint64_t record = next_++;
          must(producer_->send(*lane, Records::time_ms(record), records_.key(record), records_.value()));
        }
      }
      must(producer_->commit_transaction());
    }
  }

 private:
  Records records_;
  std::shared_ptr<log::Client> client_;
  std::unique_ptr<log::Producer> producer_;
  std::vector<log::Producer::Lane*> lanes_;
  std::uint64_t next_ = 0;
};

void commit_by_hand(const std::string& path, const Records& records) {
  DurableFile file(path);
  floor::BatchWriter batch(floor::kBatchBytes);
  std::uint64_t next = 0;
  for (std::uint64_t n = 0; n < kCommits; ++n) {
    std::string bytes;
    for (int partition = 0; partition < kPartitions; ++partition) {
      for (int i = 0; i < kRecordsEach; ++i, ++next) {
        batch.add(Records::time_ms(next), records.key(next), records.value());
      }
      bytes += batch.seal();
      batch.reset();
    }
    file.append(bytes);
    file.sync();
  }
}

const Register commit_64({"commit_64", "commits/s",
                          "transactions over 64 partitions, 2 KiB for each, begin to commit, synced",
                          [](const std::string& directory) -> Benchmark::Sides {
                            auto records = std::make_shared<Records>();
                            auto committer = std::make_shared<Committer>(directory);
                            return {[=] { return timed(kCommits, [&] { committer->commit(kCommits); }); },
                                    [=] {
                                      const std::string path = directory + "/floor";
                                      Run run = timed(kCommits, [&] { commit_by_hand(path, *records); });
                                      ::unlink(path.c_str());
                                      return run;
                                    }};
                          }});

}  // namespace

}  // namespace weir::bench
