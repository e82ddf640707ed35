#include "examples/ledger/writer.h"

namespace ledger {

namespace log = weir::log;

namespace {

constexpr std::int64_t kInATransaction = 1'000;
const log::GroupMetadata kWriters{.group_id = "ledger-writer"};
const log::TopicPartition kProgress{kTransfers, log::PartitionIndex(0)};  // stands for all of the topic

weir::Result<std::int64_t> first_to_write(const log::Client& client) {
  WEIR_TRY_VAR(reader, client.consumer({.group_id = kWriters.group_id}));
  WEIR_TRY_VAR(committed, reader->committed({&kProgress, 1}));
  const auto found = committed.find(kProgress);
  return found == committed.end() ? 0 : found->second.offset.value();
}

}  // namespace

weir::Result<> write_transfers(const log::Client& client, std::int64_t count, std::int64_t accounts) {
  log::ProducerOptions options;
  options.transactional_id = "ledger-writer";
  options.compression = log::Compression::lz4;
  WEIR_TRY_VAR(producer, client.producer(options));
  WEIR_TRY(producer->init_transactions());  // from here on, what an earlier run left open is aborted
  WEIR_TRY_VAR(id, first_to_write(client));
  while (id < count) {
    WEIR_TRY(producer->begin_transaction());
    const std::int64_t end = std::min(count, id + kInATransaction);
    for (; id < end; ++id) {
      const Transfer transfer = make_transfer(id, accounts);
      WEIR_TRY(producer->send(kTransfers, std::nullopt, client.clock().wall_ms(), transfer.payer, transfer.to_text()));
    }
    const log::PartitionOffset progress{kProgress, {log::Offset(id)}};
    WEIR_TRY(producer->send_offsets(kWriters, {&progress, 1}));
    WEIR_TRY(producer->commit_transaction());
  }
  return {};
}

}  // namespace ledger
