// A world of transactional producers over one log, driven by a seed, that remembers what it did and when, so that what
// a reader sees after a crash at any operation can be held to it.
//
// What is promised: of a transaction all records and offsets are visible or none; all, if its commit was acknowledged;
// none, if it was not asked for. A record of no transaction is visible if it was acknowledged. Records of a partition
// are visible in the order in which they were appended.
#pragma once

#include <random>
#include <set>

#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {

class TransactionWorld {
 public:
  static constexpr int kPartitions = 3;
  static constexpr int kProducers = 3;

  // With a `durability` of the topic's own, every transaction has records in it: else that does not count.
  TransactionWorld(MemoryFileSystem& history, FileSystem& files, BrokerOptions options, std::uint64_t seed,
                   const std::optional<std::string>& durability = {})
      : history_(history), random_(seed), records_first_(durability.has_value()) {
    EXPECT_TRUE(broker.open(files, std::move(options)));
    std::map<std::string, std::string> configs;
    if (durability) configs["durability"] = *durability;
    EXPECT_EQ(broker.create_topic("t", kPartitions, configs), ErrorCode::none);
    for (int i = 0; i < kProducers; ++i) producers_.emplace_back(broker, "p" + std::to_string(i));
    transactions_.resize(kProducers);
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

  // Ends what a crash left open: by new producers of the same ids, or by time. Nothing hangs then.
  static void settle(TestBroker& seen, bool by_time) {
    if (by_time) {
      seen.clock.advance(Millis(61'000));
      seen.broker->run_due();
    }
    for (int i = 0; i < kProducers && !by_time; ++i) ASSERT_TRUE(seen.init("p" + std::to_string(i)));
    for (int i = 0; i < kPartitions; ++i) {
      auto found = seen.broker->topics().find("t", PartitionIndex(i));
      if (!found) continue;  // the crash came before the topic was there
      auto at = (*found)->positions();
      EXPECT_EQ(at.last_stable_offset, at.end) << "partition " << i << " hangs";
    }
  }

  // What was acknowledged before that many operations outlives a power cut after `operations` of them, where records
  // are synced at intervals.
  std::size_t safe_before(std::size_t operations) const {
    std::size_t safe = 0;
    for (const auto& sync : syncs_) {
      if (sync.acknowledged <= operations) safe = sync.begun;
    }
    return safe;
  }

  // Holds what a reader of `seen`, which is settled, sees to the history as it was when `operations` of it were done.
  void check(TestBroker& seen, std::size_t operations) { check(seen, operations, operations); }
  // The same where what was acknowledged later than after `kept` operations may be lost, but not torn.
  void check(TestBroker& seen, std::size_t operations, std::size_t kept) {
    std::map<int, bool> committed;  // by transaction: what was seen of it first
    auto hold = [&](const Deed& deed, bool is_visible, const std::string& what) {
      auto [known, is_first] = committed.emplace(deed.transaction, is_visible);
      if (deed.transaction >= 0 && !is_first) {
        EXPECT_EQ(is_visible, known->second) << what << " is torn from its transaction " << deed.transaction;
      }
      const Span& span = deed.transaction >= 0 ? commits_[deed.transaction] : deed.span;
      EXPECT_TRUE(is_visible || span.acknowledged > kept) << what << " was acknowledged";
      EXPECT_TRUE(!is_visible || span.begun < operations) << what << " was never asked for";
    };
    for (int i = 0; i < kPartitions; ++i) {
      auto visible = seen.committed(partition_of("t", i));
      std::size_t at = 0;
      for (const auto& record : records_[i]) {
        bool is_visible = at < visible.size() && visible[at] == record.value;
        if (is_visible) ++at;
        hold(record.deed, is_visible, "record " + record.value);
      }
      EXPECT_EQ(at, visible.size()) << "partition " << i << " shows records out of order, or unknown ones";
    }
    for (int i = 0; i < kPartitions; ++i) {
      std::set<std::int64_t> expected{-1};
      for (const auto& offset : offsets_[i]) {
        const Span& span = commits_[offset.deed.transaction];
        auto known = committed.find(offset.deed.transaction);
        bool must = known != committed.end() ? known->second : span.acknowledged <= kept;
        // Without a record to tell, either is right between the request and its answer.
        bool may = known == committed.end() && span.begun < operations;
        if (must) expected.clear();
        if (must || may) expected.insert(offset.offset);
      }
      auto found = seen.committed_offset("g", partition_of("t", i), true);
      ASSERT_TRUE(found) << found.error().to_string();
      EXPECT_TRUE(expected.contains(*found)) << "offset " << *found << " of partition " << i;
    }
  }

  // New producers of the same ids go on.
  static void check_goes_on(TestBroker& seen) {
    std::map<int, std::size_t> before;
    for (int i = 0; i < kPartitions; ++i) before[i] = seen.committed(partition_of("t", i)).size();
    for (int i = 0; i < kProducers; ++i) {
      TestProducer producer(seen, "p" + std::to_string(i));
      auto begun = producer.init();
      ASSERT_TRUE(begun) << begun.error().to_string();
      for (int part = 0; part < kPartitions; ++part) {
        ASSERT_EQ(producer.send(partition_of("t", part), {"after"}), ErrorCode::none);
      }
      ASSERT_EQ(producer.commit(), ErrorCode::none);
    }
    for (int i = 0; i < kPartitions; ++i) {
      EXPECT_EQ(seen.committed(partition_of("t", i)).size(), before[i] + kProducers);
    }
  }

  TestBroker broker;

 private:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

  // When something was asked for and when it was acknowledged, in operations of the file system.
  struct Span {
    std::size_t begun = kNever;
    std::size_t acknowledged = kNever;
  };
  struct Deed {
    int transaction = -1;  // none
    Span span{};           // of what is part of none
  };
  struct Record {
    std::string value;
    Deed deed;
  };
  struct CommittedAt {
    std::int64_t offset;
    Deed deed;
  };

  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  std::size_t now() const { return history_.operation_count(); }

  void step() {
    int who = pick(kProducers);
    int part = pick(kPartitions);
    int what = pick(20);
    broker.clock.advance(Millis(10));
    if (what < 9) return send(who, part);
    if (what < 11) return send_offset(who, part);
    if (what < 15) return end(who, true);
    if (what < 16) return end(who, false);
    if (what < 18) return send_plain(part);
    if (what < 19) return begin(who);
    if (pick(4) == 0) broker.clock.advance(Millis(30'000));
    Span sync{now(), kNever};
    broker.broker->run_due();
    sync.acknowledged = now();
    syncs_.push_back(sync);
  }

  void begin(int who) {
    transactions_[who].reset();
    is_begun_[who] = producers_[who].init().has_value();
  }

  // Nothing if the producer cannot begin: then it has no business to send.
  std::optional<int> transaction_of(int who) {
    if (!is_begun_[who]) begin(who);
    if (!is_begun_[who]) return std::nullopt;
    if (!transactions_[who]) {
      transactions_[who] = static_cast<int>(commits_.size());
      commits_.emplace_back();
    }
    return transactions_[who];
  }

  void send(int who, int part) {
    const auto transaction = transaction_of(who);
    if (!transaction) return;
    Deed deed{*transaction};
    std::string value = std::to_string(++last_value_);
    // Noted before it is known: what a failed call left behind counts like the rest of its transaction.
    records_[part].push_back({value, deed});
    if (producers_[who].send(partition_of("t", part), {value}) == ErrorCode::none) return;
    records_[part].pop_back();
    give_up(who);
  }

  void send_offset(int who, int part) {
    if (records_first_ && !transactions_[who]) send(who, part);
    if (records_first_ && !transactions_[who]) return;
    const auto transaction = transaction_of(who);
    if (!transaction) return;
    Deed deed{*transaction};
    offsets_[part].push_back({++last_value_, deed});
    if (producers_[who].send_offset("g", partition_of("t", part), last_value_) == ErrorCode::none) return;
    offsets_[part].pop_back();
    give_up(who);
  }

  void send_plain(int part) {
    std::string value = std::to_string(++last_value_);
    Deed deed;
    deed.span.begun = now();
    auto answer = broker.produce(partition_of("t", part), storage::make_batch(value));
    if (answer.error_code == ErrorCode::none) deed.span.acknowledged = now();
    // A batch that was refused for want of space is not there; one whose sync failed may be.
    records_[part].push_back({value, deed});
  }

  void end(int who, bool commit) {
    if (!transactions_[who]) return;
    Span span{now(), kNever};
    ErrorCode code = commit ? producers_[who].commit() : producers_[who].abort();
    if (commit) {
      if (code == ErrorCode::none) span.acknowledged = now();
      bool is_refused = code == ErrorCode::producer_fenced || code == ErrorCode::invalid_producer_id_mapping ||
                        code == ErrorCode::invalid_txn_state;
      if (!is_refused) commits_[*transactions_[who]] = span;
    }
    transactions_[who].reset();
    if (code != ErrorCode::none) give_up(who);
  }

  // As a client does: after an error only a new begin tells how things are.
  void give_up(int who) {
    transactions_[who].reset();
    is_begun_[who] = false;
  }

  MemoryFileSystem& history_;
  std::mt19937_64 random_;
  const bool records_first_;
  std::vector<TestProducer> producers_;
  std::vector<std::optional<int>> transactions_;  // open, by producer
  std::map<int, bool> is_begun_;
  std::vector<Span> commits_;  // by transaction
  std::vector<Span> syncs_;    // of everything, if an interval is over each time
  std::map<int, std::vector<Record>> records_;
  std::map<int, std::vector<CommittedAt>> offsets_;
  std::int64_t last_value_ = 0;
};

}  // namespace weir::log::broker
