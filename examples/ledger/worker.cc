#include "examples/ledger/worker.h"

#include <cstdio>

namespace ledger {

namespace log = weir::log;
using weir::ErrorCode;

namespace {

// The group has moved on without this worker: nothing of its transaction counts, and others have the partitions.
bool has_lost_its_share(ErrorCode code) {
  return code == ErrorCode::illegal_generation || code == ErrorCode::unknown_member_id ||
         code == ErrorCode::rebalance_in_progress;
}

void print_share(const std::string& name, const std::vector<log::TopicPartition>& partitions) {
  std::string text = name + " reads";
  for (const auto& partition : partitions) text += " " + partition.to_string();
  std::printf("%s\n", partitions.empty() ? (name + " reads nothing").c_str() : text.c_str());
}

}  // namespace

weir::Result<std::unique_ptr<Worker>> Worker::start(const log::Client& client, std::string name) {
  std::unique_ptr<Worker> worker(new Worker(client, std::move(name)));
  log::ProducerOptions producing;
  producing.transactional_id = worker->name_;
  WEIR_TRY_VAR(producer, client.producer(producing));
  WEIR_TRY(producer->init_transactions());
  worker->producer_ = std::move(producer);
  log::ConsumerOptions consuming;
  consuming.group_id = kSettlement;
  consuming.max_bytes = 64 * 1024;  // of a transaction
  WEIR_TRY_VAR(consumer, client.consumer(consuming));
  worker->consumer_ = std::move(consumer);
  return worker;
}

weir::Result<> Worker::run(const std::stop_token& stop) {
  log::RebalanceCallbacks told;
  told.assigned = [this](auto) {
    print_share(name_, consumer_->assignment());
  };
  WEIR_TRY(consumer_->subscribe({kTransfers}, told));
  while (!stop.stop_requested()) {
    WEIR_TRY_VAR(batches, consumer_->poll(weir::Millis(100)));
    if (batches.empty()) continue;
    WEIR_TRY(producer_->begin_transaction());
    if (auto settled = settle(batches); !settled) {
      if (!has_lost_its_share(settled.error().code)) return settled;
      WEIR_TRY(producer_->abort_transaction());
      WEIR_TRY(go_back());
    }
  }
  return consumer_->close();
}

weir::Result<> Worker::settle(const std::vector<log::FetchedBatch>& batches) {
  std::map<log::TopicPartition, log::Offset> next;
  for (const auto& fetched : batches) {
    WEIR_TRY(for_each_record(reader_, fetched, [&](const log::RecordView& record) {
      next[fetched.partition] = record.offset + 1;
      return write_entries(record);
    }));
  }
  std::vector<log::PartitionOffset> positions;
  for (const auto& [partition, offset] : next) positions.push_back({partition, {offset}});
  WEIR_TRY(producer_->send_offsets(consumer_->group_metadata(), positions));
  return producer_->commit_transaction();
}

weir::Result<> Worker::write_entries(const log::RecordView& record) {
  WEIR_TRY_VAR(transfer, Transfer::parse(record.value.value_or("")));
  const std::string amount = std::to_string(transfer.amount);
  WEIR_TRY(producer_->send(kEntries, std::nullopt, record.timestamp_ms, transfer.payer, "-" + amount));
  return producer_->send(kEntries, std::nullopt, record.timestamp_ms, transfer.payee, amount);
}

// What was read is behind the consumer's positions, and was not settled.
weir::Result<> Worker::go_back() {
  const auto partitions = consumer_->assignment();
  WEIR_TRY_VAR(committed, consumer_->committed(partitions));
  WEIR_TRY_VAR(beginnings, consumer_->beginning_offsets(partitions));
  for (const auto& partition : partitions) {
    const auto found = committed.find(partition);
    WEIR_TRY(consumer_->seek(partition, found == committed.end() ? beginnings[partition] : found->second.offset));
  }
  return {};
}

}  // namespace ledger
