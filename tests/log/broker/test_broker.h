// A broker over files in memory, called by typed requests as a client would call it, and what tests say most often.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/broker/broker.h"
#include "log/broker/handlers/handlers.h"
#include "log/wire/dispatch.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/produce.h"
#include "log/wire/messages/txn_offset_commit.h"
#include "sim/memory_file.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::broker {

inline TopicPartition partition_of(std::string topic, std::int32_t partition = 0) {
  return {std::move(topic), PartitionIndex(partition)};
}

class TestBroker {
 public:
  Result<> open(FileSystem& files, BrokerOptions options = {}) {
    options.segment_bytes = 2'000;
    WEIR_TRY_VAR(opened, Broker::open(files, "log", clock, std::move(options)));
    broker = std::move(opened);
    return {};
  }

  template <class Request>
  typename Request::Response call(Request request, std::int16_t version = Request::kMaxVersion) {
    typename Request::Response response;
    const Handler* handler = find_handler(Request::kApiKey);
    const RequestContext context{*broker, version, loop};
    auto later = handler->answer(context, &request, &response);
    EXPECT_TRUE(!later || loop.run(*std::move(later)));
    // An answer has nothing that its version cannot carry.
    const auto told = wire::response_frame(*wire::find_api_ops(Request::kApiKey), &response, version, 1);
    EXPECT_TRUE(told) << told.error().to_string();
    return response;
  }

  ErrorCode create_topic(const std::string& name, std::int32_t partitions = 1,
                         const std::map<std::string, std::string>& configs = {}) {
    wire::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = 1;
    for (const auto& [key, value] : configs) topic.configs.push_back({key, value});
    return call(std::move(request)).topics.at(0).error_code;
  }

  wire::ProduceResponse::PartitionProduceResponse produce(const TopicPartition& partition, const RecordBatch& batch,
                                                          std::optional<std::string> transactional_id = {}) {
    wire::ProduceRequest request;
    request.acks = -1;
    request.transactional_id = std::move(transactional_id);
    request.topic_data.push_back({partition.topic, {{partition.partition, Records{{batch.bytes}, batch.trust}}}});
    return call(std::move(request)).responses.at(0).partition_responses.at(0);
  }

  wire::FetchResponse::PartitionData fetch(const TopicPartition& partition, std::int64_t offset,
                                           Isolation isolation = Isolation::read_uncommitted) {
    wire::FetchRequest request;
    request.isolation_level = isolation;
    auto& topic = request.topics.emplace_back();
    topic.topic = partition.topic;
    auto& wanted = topic.partitions.emplace_back();
    wanted.partition = partition.partition;
    wanted.fetch_offset = Offset(offset);
    wanted.partition_max_bytes = 1'000'000;
    return call(std::move(request)).responses.at(0).partitions.at(0);
  }

  // The values that a reader of committed records sees, as KIP-98 tells readers to leave out what was aborted.
  std::vector<std::string> committed(const TopicPartition& partition, std::int64_t from = 0) {
    std::vector<std::string> values;
    for (std::int64_t offset = from;;) {
      auto data = fetch(partition, offset, Isolation::read_committed);
      // At the end of one that takes no records any more, readers are told so.
      const auto at = this->partition(partition).positions();
      if (data.error_code == ErrorCode::storage_error && Offset(offset) >= at.last_stable_offset) return values;
      EXPECT_EQ(data.error_code, ErrorCode::none);
      Offset end = read_committed(data, Offset(offset), values);
      if (end == Offset(offset)) return values;
      offset = end.value();
    }
  }

  Result<ProducerIdentity> init(const std::string& transactional_id, std::int32_t timeout_ms = 60'000) {
    wire::InitProducerIdRequest request;
    request.transactional_id = transactional_id;
    request.transaction_timeout_ms = timeout_ms;
    auto response = call(std::move(request));
    if (response.error_code != ErrorCode::none) return fail(response.error_code);
    return ProducerIdentity{response.producer_id, response.producer_epoch};
  }

  ErrorCode add(const std::string& transactional_id, ProducerIdentity producer, const TopicPartition& partition) {
    wire::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = transactional_id;
    request.v3_and_below_producer_id = producer.id;
    request.v3_and_below_producer_epoch = producer.epoch;
    request.v3_and_below_topics.push_back({partition.topic, {partition.partition}});
    return call(std::move(request), 3)
        .results_by_topic_v3_and_below.at(0)
        .results_by_partition.at(0)
        .partition_error_code;
  }

  ErrorCode end(const std::string& transactional_id, ProducerIdentity producer, bool commit) {
    wire::EndTxnRequest request{transactional_id, producer.id, producer.epoch, commit};
    return call(std::move(request)).error_code;
  }

  ErrorCode add_offsets(const std::string& transactional_id, ProducerIdentity producer, const std::string& group) {
    wire::AddOffsetsToTxnRequest request{transactional_id, producer.id, producer.epoch, group};
    return call(std::move(request)).error_code;
  }

  ErrorCode commit_in_transaction(const std::string& transactional_id, ProducerIdentity producer,
                                  const std::string& group, const TopicPartition& partition, std::int64_t offset) {
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = transactional_id;
    request.group_id = group;
    request.producer_id = producer.id;
    request.producer_epoch = producer.epoch;
    auto& topic = request.topics.emplace_back();
    topic.name = partition.topic;
    topic.partitions.push_back({partition.partition, Offset(offset), kNoLeaderEpoch, ""});
    return call(std::move(request)).topics.at(0).partitions.at(0).error_code;
  }

  ErrorCode commit_offset(const std::string& group, const TopicPartition& partition, std::int64_t offset,
                          std::string metadata = "") {
    wire::OffsetCommitRequest request;
    request.group_id = group;
    auto& topic = request.topics.emplace_back();
    topic.name = partition.topic;
    auto& wanted = topic.partitions.emplace_back();
    wanted.partition_index = partition.partition;
    wanted.committed_offset = Offset(offset);
    wanted.committed_metadata = std::move(metadata);
    return call(std::move(request)).topics.at(0).partitions.at(0).error_code;
  }

  // -1 where none is committed.
  Result<std::int64_t> committed_offset(const std::string& group, const TopicPartition& partition,
                                        bool require_stable = false) {
    wire::OffsetFetchRequest request;
    request.require_stable = require_stable;
    auto& wanted = request.groups.emplace_back();
    wanted.group_id = group;
    wanted.topics->push_back({partition.topic, {partition.partition}});
    auto answer = call(std::move(request)).groups.at(0).topics.at(0).partitions.at(0);
    if (answer.error_code != ErrorCode::none) return fail(answer.error_code);
    return answer.committed_offset.value();
  }

  Partition& partition(const TopicPartition& name) { return **broker->topics().find(name.topic, name.partition); }

  ManualClock clock{1'000'000};
  Loop loop;
  std::unique_ptr<Broker> broker;

 private:
  static Offset read_committed(const wire::FetchResponse::PartitionData& data, Offset from,
                               std::vector<std::string>& values) {
    std::multimap<ProducerId, Offset> aborted;
    for (const auto& entry : *data.aborted_transactions) aborted.emplace(entry.producer_id, entry.first_offset);
    Offset end = from;
    for (SharedBytes rest : data.records->parts) {
      while (!rest.empty()) {
        auto batch = *RecordBatch::parse(rest, data.records->trust);
        rest = rest.slice(batch.bytes.size());
        end = batch.header.next_offset();
        auto open = std::find_if(aborted.begin(), aborted.end(), [&](const auto& entry) {
          return entry.first == batch.header.producer_id && entry.second <= batch.header.base_offset;
        });
        bool is_aborted = batch.header.is_transactional() && open != aborted.end();
        if (batch.header.is_control()) {
          if (is_aborted) aborted.erase(open);
          continue;
        }
        if (is_aborted) continue;
        auto records = storage::records_in({{batch.bytes}, batch.trust}, from);
        for (const auto& record : *records) values.push_back(record.value);
      }
    }
    return end;
  }
};

// A producer with a transactional id that keeps its sequences.
class TestProducer {
 public:
  TestProducer(TestBroker& broker, std::string id) : broker_(broker), id_(std::move(id)) {}

  Result<> init() {
    WEIR_TRY_VAR(identity, broker_.init(id_));
    identity_ = identity;
    sequences_.clear();
    return {};
  }
  ErrorCode send(const TopicPartition& partition, std::vector<std::string> values) {
    ErrorCode added = broker_.add(id_, identity_, partition);
    return added == ErrorCode::none ? append(partition, std::move(values)) : added;
  }
  // Without adding the partition first.
  ErrorCode append(const TopicPartition& partition, std::vector<std::string> values) {
    auto& sequence = sequences_[partition];
    auto count = static_cast<std::int32_t>(values.size());
    auto batch = storage::make_batch(
        storage::from_producer(identity_.id.value(), identity_.epoch.value(), sequence, std::move(values), true));
    ErrorCode code = broker_.produce(partition, batch, id_).error_code;
    if (code == ErrorCode::none) sequence += count;
    return code;
  }
  ErrorCode send_offset(const std::string& group, const TopicPartition& partition, std::int64_t offset) {
    ErrorCode added = broker_.add_offsets(id_, identity_, group);
    if (added != ErrorCode::none) return added;
    return broker_.commit_in_transaction(id_, identity_, group, partition, offset);
  }
  ErrorCode commit() { return broker_.end(id_, identity_, true); }
  ErrorCode abort() { return broker_.end(id_, identity_, false); }

  const std::string& id() const { return id_; }
  ProducerIdentity identity() const { return identity_; }

 private:
  TestBroker& broker_;
  std::string id_;
  ProducerIdentity identity_;
  std::map<TopicPartition, std::int32_t> sequences_;
};

}  // namespace weir::log::broker
