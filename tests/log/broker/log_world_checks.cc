// How a LogWorld's log ends and begins again, and what is read from it.
#include "tests/log/broker/log_world.h"

namespace weir::log::broker {

BrokerOptions LogWorld::options() const {
  BrokerOptions options;
  options.flush = flush_;
  options.boot_id = "boot-" + std::to_string(boot_);
  options.coordinator_partitions = 2;
  options.journal_file_bytes = 10 * 1024;  // it turns often
  options.groups.initial_rebalance_delay = Millis(0);
  options.seed = static_cast<std::uint64_t>(now()) + static_cast<std::uint64_t>(last_value_);  // never one of before
  return options;
}

void LogWorld::open_broker() {
  const auto opened = broker_.open(*files_, options());
  ASSERT_TRUE(opened) << opened.error().to_string();
  for (const auto& finding : broker_.broker->topics().findings()) {
    EXPECT_FALSE(finding.is_damage) << finding.to_string();
  }
}

// Both kinds give up one of their partitions, are asked meanwhile, and take it back.
void LogWorld::change_coordinators() {
  Coordinators& coordinators = broker_.broker->coordinators();
  const PartitionIndex one(pick(options().coordinator_partitions));
  const bool has_group = coordinator_partition("g", options().coordinator_partitions) == one;
  coordinators.groups().resign(one, LeaderEpoch(++coordinators_epoch_));
  coordinators.transactions().resign(one, LeaderEpoch(coordinators_epoch_));
  const bool is_there = broker_.broker->topics().find(kOffsetsTopic, one).has_value();
  if (has_group && is_there) {
    EXPECT_EQ(broker_.commit_offset("g", names_[0], 0), ErrorCode::not_coordinator);
    EXPECT_EQ(broker_.committed_offset("g", names_[0]).error().code, ErrorCode::not_coordinator);
  }
  for (const auto& writer : writers_) {
    if (!writer.id || writer.identity.id == kNoProducerId) continue;
    if (coordinator_partition(*writer.id, options().coordinator_partitions) != one) continue;
    EXPECT_EQ(broker_.add(*writer.id, writer.identity, names_[0]), ErrorCode::not_coordinator);
    EXPECT_EQ(broker_.end(*writer.id, writer.identity, true), ErrorCode::not_coordinator);
  }
  const LeaderEpoch next(++coordinators_epoch_);
  EXPECT_TRUE(broker_.loop.run(coordinators.groups().adopt(one, next, broker_.loop)));
  EXPECT_TRUE(broker_.loop.run(coordinators.transactions().adopt(one, next, broker_.loop)));
  if (has_group) {
    for (auto& member : members_) member.heard_ms = now();  // its session begins anew
  }
  check();
}

void LogWorld::end_of_process(Way way) {
  std::map<TopicPartition, std::int64_t> synced;
  for (const auto& name : names_) synced[name] = broker_.partition(name).positions().synced.value();
  if (way == Way::closed) {
    ASSERT_TRUE(broker_.broker->close());
    broker_.broker.reset();
  } else {
    const bool tears = pick(3) != 0;
    CrashModel cut = tears ? CrashModel::power_cut(random_()) : CrashModel::power_cut();
    cut.sector_bytes = pick(2) == 0 ? 512 : 4096;
    auto left = files_->crashed(way == Way::killed ? CrashModel::kill() : cut);
    broker_.broker.reset();  // whatever it still writes is too late
    files_ = std::move(left);
  }
  if (way == Way::cut) ++boot_;
  is_reopened_ = true;
  open_broker();
  if (testing::Test::HasFailure()) return;
  for (auto& member : members_) member.heard_ms = now();
  if (way == Way::cut && flush_ != Flush::before_answer) return check_what_is_left(synced);
  if (way == Way::cut) forget_what_was_cut();
  check();
}

// What was not answered as durable may be gone: records of transactions that were open, from some place on. Those
// transactions are aborted, since their producers were told of records that are gone; members of the group as well.
void LogWorld::forget_what_was_cut() {
  for (const auto& name : names_) {
    auto& partition = model_.partitions[name];
    const auto at = broker_.partition(name).positions();
    EXPECT_EQ(at.last_stable_offset, at.end) << name.to_string() << " hangs";
    const auto seen = read_all(name, partition.start);
    const std::int64_t kept = seen.empty() ? partition.visible : std::max(seen.back().offset + 1, partition.visible);
    std::erase_if(partition.records, [&](const LogModel::Record& record) {
      if (record.offset < kept) return false;
      EXPECT_EQ(model_.outcome_of(record.transaction), LogModel::Outcome::open) << record.data.value << " is gone";
      return true;
    });
  }
  for (auto& writer : writers_) {
    if (!writer.id) continue;
    if (writer.transaction) model_.end(*writer.transaction, LogModel::Outcome::aborted);
    writer.transaction.reset();
    if (writer.identity.id != kNoProducerId) writer.zombies.push_back(std::exchange(writer.identity, {}));
    writer.lanes.clear();
  }
  for (const auto& name : names_) {  // markers may stand there twice
    auto& partition = model_.partitions[name];
    partition.end = partition.visible = broker_.partition(name).positions().end.value();
    EXPECT_TRUE(partition.records.empty() || partition.records.back().offset < partition.end);
  }
  members_.clear();
}

void LogWorld::check_what_is_left(const std::map<TopicPartition, std::int64_t>& synced) {
  is_over_ = true;
  for (const auto& name : names_) {
    const auto& partition = model_.partitions[name];
    const auto at = broker_.partition(name).positions();
    EXPECT_EQ(at.last_stable_offset, at.end) << name.to_string() << " hangs";
    const auto seen = read_all(name, at.log_start.value());
    const std::int64_t bound = std::max(synced.at(name), seen.empty() ? 0 : seen.back().offset + 1);
    check_records(name, seen, at.log_start.value(), bound);
    // The start itself may be lower, where the cut took the end below it and markers came behind.
    if (name.topic != "short" && !seen.empty()) {
      EXPECT_GE(seen.front().offset, partition.start) << "a deleted record came back";
    }
    const auto found = broker_.committed_offset("g", name, true);
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_TRUE(*found == -1 || ever_committed_[name].contains(*found)) << *found;
  }
  for (auto& writer : writers_) {
    if (!writer.id) continue;
    TestProducer next(broker_, *writer.id);
    ASSERT_TRUE(next.init());
    ASSERT_EQ(next.send(names_[0], {"after"}), ErrorCode::none);
    ASSERT_EQ(next.commit(), ErrorCode::none);
    EXPECT_EQ(broker_.committed(names_[0], broker_.partition(names_[0]).log_start().value()).back(), "after");
  }
}

std::vector<storage::ReadRecord> LogWorld::read_all(const TopicPartition& name, std::int64_t from) {
  std::vector<storage::ReadRecord> all;
  for (Offset at(from);;) {
    const auto data = broker_.fetch(name, at.value());
    EXPECT_EQ(data.error_code, ErrorCode::none) << name.to_string() << " at " << at.value();
    if (data.error_code != ErrorCode::none) return all;
    const auto some = storage::records_in(*data.records, at);
    EXPECT_TRUE(some);
    if (!some) return all;
    all.insert(all.end(), some->begin(), some->end());
    const Offset next = storage::end_of(*data.records, at);
    if (next == at) return all;
    at = next;
  }
}

// A record that compaction may have taken: aborted, or followed by a committed one of its key.
bool LogWorld::may_be_compacted(const TopicPartition& name, const LogModel::Record& record) const {
  if (name.topic != "compacted" || !is_compacted_) return false;
  if (model_.outcome_of(record.transaction) == LogModel::Outcome::aborted) return true;
  const auto& all = model_.partitions.at(name).records;
  return std::any_of(all.begin(), all.end(), [&](const LogModel::Record& later) {
    return later.offset > record.offset && later.data.key == record.data.key &&
           model_.outcome_of(later.transaction) == LogModel::Outcome::committed;
  });
}

// `seen` is what the model has in [from, bound), each record at its offset.
void LogWorld::check_records(const TopicPartition& name, const std::vector<storage::ReadRecord>& seen,
                             std::int64_t from, std::int64_t bound) const {
  std::size_t at = 0;
  for (const auto& record : model_.partitions.at(name).records) {
    if (record.offset < from || record.offset >= bound) continue;
    if (at < seen.size() && seen[at] == storage::ReadRecord{record.offset, record.data.value}) {
      ++at;
      continue;
    }
    EXPECT_TRUE(may_be_compacted(name, record))
        << name.to_string() << " lacks " << record.data.value << " at " << record.offset;
  }
  EXPECT_EQ(at, seen.size()) << name.to_string() << " shows what was never written, or out of order";
}

void LogWorld::check_partition(const TopicPartition& name, std::int64_t from) {
  const auto& partition = model_.partitions[name];
  const auto seen = read_all(name, from);
  const std::int64_t end = flush_ == Flush::before_answer
                               ? std::max(partition.visible, seen.empty() ? 0 : seen.back().offset + 1)
                               : partition.end;
  check_records(name, seen, from, end);

  const auto visible = broker_.committed(name, from);
  std::size_t at = 0;
  for (const auto* record : model_.committed(name, from)) {
    if (at < visible.size() && visible[at] == record->data.value) {
      ++at;
      continue;
    }
    EXPECT_TRUE(may_be_compacted(name, *record)) << name.to_string() << " hides " << record->data.value;
  }
  EXPECT_EQ(at, visible.size()) << name.to_string() << " shows readers of committed records too much";

  const auto positions = broker_.partition(name).positions();
  EXPECT_EQ(positions.log_start.value(), partition.start);
  EXPECT_EQ(positions.end.value(), partition.end);
  EXPECT_LE(positions.log_start, positions.last_stable_offset);
  EXPECT_LE(positions.last_stable_offset, positions.high_watermark);
  EXPECT_LE(positions.high_watermark, positions.end);
  EXPECT_GE(positions.high_watermark.value(), partition.visible);
}

void LogWorld::check_offsets() {
  for (const auto& name : names_) {
    const auto known = model_.offsets.find(name);
    const auto found = broker_.committed_offset("g", name);
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_EQ(*found, known == model_.offsets.end() ? -1 : known->second.offset) << name.to_string();
    const auto stable = broker_.committed_offset("g", name, true);
    EXPECT_EQ(!stable && stable.error().code == ErrorCode::unstable_offset_commit, model_.is_unstable(name))
        << name.to_string();
  }
}

void LogWorld::read() {
  const TopicPartition& name = any(names_);
  const auto& partition = model_.partitions[name];
  check_partition(name, partition.start + pick(static_cast<int>(partition.visible - partition.start) + 1));
  EXPECT_EQ(broker_.fetch(name, partition.start - 1).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(broker_.fetch(name, partition.end + 1).error_code, ErrorCode::offset_out_of_range);
}

void LogWorld::check() {
  for (const auto& name : names_) check_partition(name, model_.partitions[name].start);
  check_offsets();
}

}  // namespace weir::log::broker
