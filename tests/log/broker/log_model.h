// LogModel: what a log is, said in the plainest way: partitions are vectors of records, a transaction has an outcome,
// a committed offset is a number. The log is held to it.
//
// Offsets are predicted, not copied: a record takes one, the marker of a transaction takes one in each of its
// partitions, nothing else does.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/model/ids.h"

namespace weir::log::broker {

struct KeyValue {
  std::string key;
  std::string value;  // unique in a history
};

class LogModel {
 public:
  enum class Outcome { open, committed, aborted };
  static constexpr int kNoTransaction = -1;

  struct Record {
    std::int64_t offset;
    KeyValue data;
    int transaction;
    std::int64_t written_ms;
  };
  struct PartitionState {
    std::vector<Record> records;  // by offset
    std::int64_t start = 0;       // what is before is deleted
    std::int64_t end = 0;
    std::int64_t visible = 0;  // readers of all records see at least as far
  };
  struct CommittedOffset {
    std::int64_t offset;
    std::int64_t order;  // of two, the one that was written later counts, whenever it came to count
  };
  struct Transaction {
    Outcome outcome = Outcome::open;
    std::int64_t begun_ms = 0;
    std::set<TopicPartition> partitions;
    std::map<TopicPartition, CommittedOffset> offsets;
  };

  // Gives the offset of the first.
  std::int64_t append(const TopicPartition& name, const std::vector<KeyValue>& data, int transaction,
                      std::int64_t now_ms) {
    auto& partition = partitions[name];
    const std::int64_t base = partition.end;
    for (const auto& one : data) partition.records.push_back({partition.end++, one, transaction, now_ms});
    return base;
  }

  int begin(std::int64_t now_ms) {
    transactions.push_back({Outcome::open, now_ms, {}, {}});
    return static_cast<int>(transactions.size()) - 1;
  }

  void end(int index, Outcome outcome) {
    auto& transaction = transactions.at(static_cast<std::size_t>(index));
    transaction.outcome = outcome;
    for (const auto& name : transaction.partitions) partitions[name].visible = ++partitions[name].end;
    if (outcome != Outcome::committed) return;
    for (const auto& [name, committed] : transaction.offsets) commit(name, committed);
  }

  void commit(const TopicPartition& name, CommittedOffset committed) {
    auto [at, is_first] = offsets.emplace(name, committed);
    if (!is_first && at->second.order < committed.order) at->second = committed;
  }

  Outcome outcome_of(int transaction) const {
    return transaction == kNoTransaction ? Outcome::committed
                                         : transactions.at(static_cast<std::size_t>(transaction)).outcome;
  }

  // The first record of a transaction that is open, or the end.
  std::int64_t last_stable(const TopicPartition& name) const {
    const auto& partition = partitions.at(name);
    for (const auto& record : partition.records) {
      if (outcome_of(record.transaction) == Outcome::open) return std::max(partition.start, record.offset);
    }
    return partition.end;
  }

  std::vector<const Record*> committed(const TopicPartition& name, std::int64_t from) const {
    std::vector<const Record*> some;
    const std::int64_t bound = last_stable(name);
    for (const auto& record : partitions.at(name).records) {
      if (record.offset < from || record.offset >= bound) continue;
      if (outcome_of(record.transaction) == Outcome::committed) some.push_back(&record);
    }
    return some;
  }

  bool is_unstable(const TopicPartition& name) const {
    return std::any_of(transactions.begin(), transactions.end(), [&](const auto& transaction) {
      return transaction.outcome == Outcome::open && transaction.offsets.contains(name);
    });
  }

  std::map<TopicPartition, PartitionState> partitions;
  std::vector<Transaction> transactions;
  std::map<TopicPartition, CommittedOffset> offsets;
};

}  // namespace weir::log::broker
