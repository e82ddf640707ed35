// The steps of a LogWorld.
#include "tests/log/broker/log_world.h"

#include "log/broker/retention.h"
#include "log/wire/messages/delete_records.h"

namespace weir::log::broker {

namespace {

// Steps take multiples of ten milliseconds, so that nothing is ever due at the very moment that is looked at.
constexpr std::int32_t kTransactionMs = 60'005;
constexpr std::int64_t kRetentionMs = 20'005;

bool is_fencing(ErrorCode code) {
  return code == ErrorCode::producer_fenced || code == ErrorCode::invalid_producer_epoch ||
         code == ErrorCode::invalid_producer_id_mapping;
}

}  // namespace

LogWorld::LogWorld(std::uint64_t seed, Flush flush) : random_(seed), flush_(flush) {
  open_broker();
  EXPECT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  EXPECT_EQ(broker_.create_topic(
                "compacted", 1,
                {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0"}, {"segment.bytes", "1000"}}),
            ErrorCode::none);
  EXPECT_EQ(broker_.create_topic("short", 1, {{"retention.ms", std::to_string(kRetentionMs)}}), ErrorCode::none);
  names_ = {partition_of("t", 0), partition_of("t", 1), partition_of("compacted"), partition_of("short")};
  for (const auto& name : names_) model_.partitions[name];
  writers_.push_back({"p0"});
  writers_.push_back({"p1"});
  writers_.push_back({});
}

void LogWorld::run(int steps) {
  for (int i = 0; i < steps && !is_over_ && !testing::Test::HasFailure(); ++i) step();
  if (!is_over_ && !testing::Test::HasFailure()) check();
}

void LogWorld::step() {
  broker_.clock.advance(Millis(10));
  const int what = pick(100);
  Writer& writer = any(writers_);
  if (what < 36) return send(writer);
  if (what < 42) return send_again(writer);
  if (what < 45) return send_with_a_gap(writer);
  if (what < 48) return send_without_adding(writer);
  if (what < 51) return send_as_a_zombie(writer);
  if (what < 57) return send_offset(writer);
  if (what < 67) return end(writer, true);
  if (what < 71) return end(writer, false);
  if (what < 73) return begin(writer);
  if (what < 76) return commit_offset();
  if (what < 78) return join();
  if (what < 79) return leave();
  if (what < 80) return fall_silent();
  if (what < 83) return delete_records();
  if (what < 86) return compact();
  if (what < 87) return pass(2'000);
  if (what < 88) return pass(61'000);
  if (what < 95) return read();
  if (what < 97) return change_coordinators();
  if (what < 98) return end_of_process(Way::killed);
  if (what < 99) return end_of_process(Way::cut);
  return end_of_process(Way::closed);
}

// Producers -----------------------------------------------------------------------------------------------------------

void LogWorld::begin(Writer& writer) {
  wire::InitProducerIdRequest request;
  request.transactional_id = writer.id;
  request.transaction_timeout_ms = kTransactionMs;
  const auto answer = broker_.call(std::move(request));
  ASSERT_EQ(answer.error_code, ErrorCode::none);
  if (writer.transaction) model_.end(*writer.transaction, LogModel::Outcome::aborted);
  const ProducerIdentity next{answer.producer_id, answer.producer_epoch};
  EXPECT_NE(next, writer.identity);
  if (writer.id && writer.identity.id != kNoProducerId) writer.zombies.push_back(writer.identity);
  writer.identity = next;
  writer.lanes.clear();
  writer.transaction.reset();
}

ErrorCode LogWorld::produce(const Writer& writer, ProducerIdentity identity, const TopicPartition& to,
                            const std::vector<KeyValue>& data, std::int32_t sequence, std::int64_t* offset) {
  BatchBuilder builder(256);
  for (const auto& one : data) builder.add(now(), Bytes(one.key), Bytes(one.value));
  BatchOptions options;
  options.producer_id = identity.id;
  options.producer_epoch = identity.epoch;
  options.base_sequence = Sequence(sequence);
  options.is_transactional = writer.id.has_value();
  const auto answer = broker_.produce(to, *builder.seal(options), writer.id);
  if (offset != nullptr) *offset = answer.base_offset.value();
  return answer.error_code;
}

std::vector<KeyValue> LogWorld::some_records() {
  std::vector<KeyValue> some;
  for (int i = pick(3); i >= 0; --i) {
    some.push_back({"k" + std::to_string(pick(4)),
                    std::to_string(++last_value_) + std::string(static_cast<std::size_t>(pick(150)), '.')});
  }
  return some;
}

void LogWorld::send(Writer& writer) {
  if (writer.identity.id == kNoProducerId) begin(writer);
  const TopicPartition& to = any(names_);
  const int transaction =
      writer.id ? writer.transaction.value_or(static_cast<int>(model_.transactions.size())) : LogModel::kNoTransaction;
  if (writer.id) {
    ASSERT_EQ(broker_.add(*writer.id, writer.identity, to), ErrorCode::none);
    if (!writer.transaction) writer.transaction = model_.begin(now());
    model_.transactions[static_cast<std::size_t>(transaction)].partitions.insert(to);
  }
  auto data = some_records();
  auto& lane = writer.lanes[to];
  std::int64_t offset = -1;
  ASSERT_EQ(produce(writer, writer.identity, to, data, lane.next_sequence, &offset), ErrorCode::none);
  EXPECT_EQ(offset, model_.append(to, data, transaction, now())) << to.to_string();
  if (!writer.id) model_.partitions[to].visible = model_.partitions[to].end;
  const auto count = static_cast<std::int32_t>(data.size());
  lane.sent.push_back({lane.next_sequence, std::move(data), offset});
  lane.next_sequence += count;
}

// One of the last five batches, as a producer does that got no answer.
void LogWorld::send_again(Writer& writer) {
  for (auto& [to, lane] : writer.lanes) {
    if (lane.sent.empty() || pick(2) == 0) continue;
    const bool is_part =
        !writer.id || (writer.transaction &&
                       model_.transactions[static_cast<std::size_t>(*writer.transaction)].partitions.contains(to));
    if (!is_part) continue;
    const std::size_t known = std::min<std::size_t>(lane.sent.size(), 5);
    const Batch& batch = lane.sent[lane.sent.size() - 1 - static_cast<std::size_t>(pick(static_cast<int>(known)))];
    std::int64_t offset = -1;
    // What a producer wrote is known from its batches: not from those that went before the log was opened anew.
    if (is_reopened_ && (is_compacted(to) || batch.offset < model_.partitions[to].start)) continue;
    EXPECT_EQ(produce(writer, writer.identity, to, batch.data, batch.first_sequence, &offset), ErrorCode::none)
        << to.to_string();
    EXPECT_EQ(offset, batch.offset) << "a repetition has the offset of what it repeats";
    return;
  }
}

void LogWorld::send_with_a_gap(Writer& writer) {
  for (auto& [to, lane] : writer.lanes) {
    if (lane.sent.empty() || writer.id) continue;
    EXPECT_EQ(produce(writer, writer.identity, to, some_records(), lane.next_sequence + 1),
              ErrorCode::out_of_order_sequence_number);
    return;
  }
}

void LogWorld::send_without_adding(Writer& writer) {
  if (!writer.id || writer.identity.id == kNoProducerId) return;
  const TopicPartition& to = any(names_);
  if (writer.transaction &&
      model_.transactions[static_cast<std::size_t>(*writer.transaction)].partitions.contains(to)) {
    return;
  }
  EXPECT_EQ(produce(writer, writer.identity, to, some_records(), writer.lanes[to].next_sequence),
            ErrorCode::invalid_txn_state);
}

void LogWorld::send_as_a_zombie(Writer& writer) {
  if (writer.zombies.empty()) return;
  const ProducerIdentity zombie = any(writer.zombies);
  const TopicPartition& to = any(names_);
  EXPECT_NE(produce(writer, zombie, to, some_records(), 0), ErrorCode::none);
  EXPECT_TRUE(is_fencing(broker_.add(*writer.id, zombie, to)));
  EXPECT_TRUE(is_fencing(broker_.end(*writer.id, zombie, true)));
  EXPECT_TRUE(is_fencing(broker_.add_offsets(*writer.id, zombie, "g")));
}

void LogWorld::send_offset(Writer& writer) {
  if (!writer.id || writer.identity.id == kNoProducerId) return;
  const TopicPartition& of = any(names_);
  ASSERT_EQ(broker_.add_offsets(*writer.id, writer.identity, "g"), ErrorCode::none);
  if (!writer.transaction) writer.transaction = model_.begin(now());
  const std::int64_t offset = ++last_value_;
  ASSERT_EQ(broker_.commit_in_transaction(*writer.id, writer.identity, "g", of, offset), ErrorCode::none);
  model_.transactions[static_cast<std::size_t>(*writer.transaction)].offsets[of] = {offset, last_value_};
  ever_committed_[of].insert(offset);
}

void LogWorld::end(Writer& writer, bool commit) {
  if (!writer.id || !writer.transaction) return;
  ASSERT_EQ(broker_.end(*writer.id, writer.identity, commit), ErrorCode::none);
  model_.end(*writer.transaction, commit ? LogModel::Outcome::committed : LogModel::Outcome::aborted);
  writer.transaction.reset();
  EXPECT_EQ(broker_.end(*writer.id, writer.identity, commit), ErrorCode::none) << "the same again changes nothing";
  EXPECT_EQ(broker_.end(*writer.id, writer.identity, !commit), ErrorCode::invalid_txn_state);
}

// Beginnings of logs, and time ----------------------------------------------------------------------------------------

void LogWorld::delete_records() {
  const TopicPartition& name = any(names_);
  if (is_compacted(name)) return;
  auto& partition = model_.partitions[name];
  const std::int64_t room = partition.visible - partition.start;
  const std::int64_t before = partition.start + pick(static_cast<int>(std::max<std::int64_t>(room, 0)) + 1);
  wire::DeleteRecordsRequest request;
  request.topics.push_back({name.topic, {{name.partition, Offset(before)}}});
  request.topics.push_back({name.topic, {{name.partition, Offset(partition.end + 1)}}});
  const auto answer = broker_.call(std::move(request));
  EXPECT_EQ(answer.topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(answer.topics.at(0).partitions.at(0).low_watermark, Offset(before));
  EXPECT_EQ(answer.topics.at(1).partitions.at(0).error_code, ErrorCode::offset_out_of_range);
  partition.start = before;
}

void LogWorld::compact() {
  Cleaner cleaner(broker_.broker->topics(), {});
  const auto cleaned = Loop().run(cleaner.clean_one(now(), {}));
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  is_compacted_ = is_compacted_ || *cleaned;
}

void LogWorld::expire_records() {
  ASSERT_TRUE(apply_retention(broker_.broker->topics(), now()));
  const TopicPartition name = partition_of("short");
  auto& partition = model_.partitions[name];
  const std::int64_t start = broker_.partition(name).log_start().value();
  EXPECT_GE(start, partition.start);
  EXPECT_LE(start, partition.end);
  for (const auto& record : partition.records) {
    const bool went = record.offset >= partition.start && record.offset < start;
    EXPECT_TRUE(!went || record.written_ms + kRetentionMs < now()) << record.data.value << " went too early";
  }
  partition.start = start;
  partition.visible = std::max(partition.visible, start);
}

void LogWorld::pass(std::int64_t ms) {
  broker_.clock.advance(Millis(ms));
  broker_.broker->run_due();
  for (auto& writer : writers_) {
    if (!writer.transaction) continue;
    const auto& transaction = model_.transactions[static_cast<std::size_t>(*writer.transaction)];
    if (transaction.begun_ms + kTransactionMs > now()) continue;
    model_.end(*writer.transaction, LogModel::Outcome::aborted);
    writer.transaction.reset();
    writer.zombies.push_back(std::exchange(writer.identity, {}));
  }
  expire_records();
  note_dead_members();
}

}  // namespace weir::log::broker
