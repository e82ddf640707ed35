// LogWorld: one random history of a whole log: producers with sequences and with transactions, a group, readers,
// records that are deleted, compacted and expired, time that passes, kills, power cuts and clean ends in between. Every
// answer, and everything that is read, is held to a LogModel.
//
// A crash comes between two requests, so every request has been answered and the model knows what must be there: after
// a kill and, where answers wait for the disk, after a power cut, all of it. (A crash within a request:
// transaction_crash_test.cc.) Where they do not wait, a power cut leaves of each partition a beginning that holds at
// least what was synced; it ends the history.
#pragma once

#include <random>
#include <utility>

#include "log/broker/cleaner.h"
#include "tests/log/broker/log_model.h"
#include "tests/log/broker/member_calls.h"

namespace weir::log::broker {

class LogWorld {
 public:
  LogWorld(std::uint64_t seed, Flush flush);

  void run(int steps);
  // What must always hold, of all partitions and offsets.
  void check();

 private:
  enum class Way { killed, cut, closed };

  // Where a producer stands in one partition.
  struct Batch {
    std::int32_t first_sequence;
    std::vector<KeyValue> data;
    std::int64_t offset;
  };
  struct Lane {
    std::int32_t next_sequence = 0;
    std::vector<Batch> sent;
  };
  struct Writer {
    std::optional<std::string> id;  // transactional
    ProducerIdentity identity{};    // none before its first beginning, and when it has lost its right to go on
    std::map<TopicPartition, Lane> lanes{};
    std::optional<int> transaction{};
    std::vector<ProducerIdentity> zombies{};
  };
  struct Member {
    std::string id;
    std::int64_t heard_ms;
  };

  // Steps
  void step();
  void begin(Writer& writer);
  void send(Writer& writer);
  void send_again(Writer& writer);
  void send_with_a_gap(Writer& writer);
  void send_without_adding(Writer& writer);
  void send_as_a_zombie(Writer& writer);
  void send_offset(Writer& writer);
  void end(Writer& writer, bool commit);
  void commit_offset();
  void join();
  void leave();
  void fall_silent();
  void delete_records();
  void compact();
  void expire_records();
  void pass(std::int64_t ms);
  void read();
  void change_coordinators();
  void end_of_process(Way way);

  // After a power cut that may have taken what was answered.
  void check_what_is_left(const std::map<TopicPartition, std::int64_t>& synced);

  void open_broker();
  void check_partition(const TopicPartition& name, std::int64_t from);
  void check_records(const TopicPartition& name, const std::vector<storage::ReadRecord>& seen, std::int64_t from,
                     std::int64_t bound) const;
  bool may_be_compacted(const TopicPartition& name, const LogModel::Record& record) const;
  void check_offsets();
  void forget_what_was_cut();
  void note_dead_members();
  void hear(Member& member);
  void rebalance_all();
  ErrorCode produce(const Writer& writer, ProducerIdentity identity, const TopicPartition& to,
                    const std::vector<KeyValue>& data, std::int32_t sequence, std::int64_t* offset = nullptr);
  std::vector<KeyValue> some_records();
  std::vector<storage::ReadRecord> read_all(const TopicPartition& name, std::int64_t from);

  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  template <class Range>
  auto& any(Range& range) {
    return range[static_cast<std::size_t>(pick(static_cast<int>(range.size())))];
  }
  std::int64_t now() const { return broker_.clock.wall_ms(); }
  bool is_compacted(const TopicPartition& name) const { return name.topic == "compacted"; }
  BrokerOptions options() const;

  std::mt19937_64 random_;
  const Flush flush_;
  int boot_ = 1;
  std::int32_t coordinators_epoch_ = 100;
  bool is_over_ = false;
  bool is_reopened_ = false;
  std::unique_ptr<MemoryFileSystem> files_ = std::make_unique<MemoryFileSystem>();
  TestBroker broker_;
  LogModel model_;
  std::vector<TopicPartition> names_;
  std::vector<Writer> writers_;
  std::vector<Member> members_;
  std::int32_t generation_ = 0;
  std::map<TopicPartition, std::set<std::int64_t>> ever_committed_;
  bool is_compacted_ = false;  // once
  std::int64_t last_value_ = 0;
};

}  // namespace weir::log::broker
