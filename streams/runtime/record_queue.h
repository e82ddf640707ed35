// RecordQueue: one input partition of a task: fetched batches, from which records are decoded one ahead, so that their
// time is known before they are taken. One key and one value object are used again for every record.
//
// A record that cannot be used (a null where the type knows none, bytes that do not decode, a negative time) is counted
// and left out, or, for bytes that do not decode, ends the task: as the application chose.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "log/client/consumer.h"
#include "streams/operators/node.h"
#include "streams/runtime/source_decoder.h"
#include "streams/runtime/undecodable_record.h"
#include "streams/topology/topology.h"

namespace weir::streams {

// What ends a run of records early.
enum class Stop : std::uint8_t {
  no,
  after_record,  // something is to be looked at between records
  now,           // the record that is being processed failed: it is not taken
};

class RecordQueue {
 public:
  // `clock`, which outlives the queue, is for sources that ask it for records' times; null where there are none.
  RecordQueue(log::TopicPartition partition, const SourceSpec& source, Node& entry, Counters& counters,
              ErrorPolicy decode_errors, const Clock* clock);

  const log::TopicPartition& partition() const { return partition_; }
  TopicOwner topic_owner() const { return source_.owner; }
  bool starts_at_end() const { return source_.starts_at_end; }
  // Stores in which the nodes below look for this queue's keys: their entries are fetched into the cache ahead.
  void prefetch_from(const state::KeyValueStore& store) { key_value_stores_.push_back(&store); }
  void prefetch_from(const state::WindowStore& store) { window_stores_.push_back(&store); }

  void add(log::FetchedBatch batch);
  // Of memory: a batch is charged for its bytes and for itself.
  std::size_t buffered_bytes() const { return buffered_bytes_; }

  // Decodes up to the next usable record. False: there is none. An error names topic, partition and offset.
  Result<bool> load();
  // Of the record that `load` found.
  std::int64_t head_timestamp() const { return head_.timestamp_ms; }

  // Runs records through the nodes while their time is at most `latest_ms`, at most `max_records`; returns how many.
  // Precondition: `load` gave true. `stop` is looked at after every record.
  Result<std::size_t> process(std::size_t max_records, std::int64_t latest_ms, const Stop& stop);
  // Records that were left out and are to become dead letters, since the last call.
  std::vector<UndecodableRecord> take_undecodable() { return std::exchange(undecodable_, {}); }
  bool has_undecodable() const { return !undecodable_.empty(); }
  const ErrorPolicy& decode_errors() const { return decode_errors_; }
  const std::string& source_name() const { return entry_.name(); }

  // Records wait here until they are due, out of the order of time.
  bool is_delayed() const { return source_.owner == TopicOwner::retry; }
  // When the record that `load` found is due, in wall time.
  std::int64_t due_ms() const;

  // The record that `load` found, as it came.
  SourceRecord source_record() const { return {&partition_, &chunk_[chunk_next_]}; }

  // The first offset that was not dealt with: what is committed.
  log::Offset next_offset() const { return next_offset_; }
  // The leader epoch of the last record before it; -1: not known.
  log::LeaderEpoch epoch() const;
  void start_at(log::Offset offset, log::LeaderEpoch epoch, std::int64_t time_ms);
  // The highest time of a record that was processed; -1 before the first.
  std::int64_t time_ms() const { return time_ms_; }

  // How far the partition is known to go; a queue without records is at its end if it was fetched up to here.
  void set_known_end(log::Offset fetched_to, log::Offset end) { is_at_known_end_ = fetched_to >= end; }
  bool is_at_known_end() const { return is_at_known_end_; }

 private:
  static constexpr std::size_t kChunk = 32;

  Result<bool> next_chunk();
  bool load_usual();
  SourceDecoder::Outcome decode_head(const log::RecordView& view);
  Result<bool> decode(const log::RecordView& view);  // false: left out
  Result<bool> leave_out(const log::RecordView& view);
  Result<bool> drop(const log::RecordView& view, Counter& counter);
  Result<std::int64_t> extracted_time(const log::RecordView& view) const;
  void take_head();

  const log::TopicPartition partition_;
  const SourceSpec& source_;
  Node& entry_;
  Node& first_;  // behind `entry_`, to which records go
  Counters& counters_;
  const ErrorPolicy decode_errors_;
  const Clock* clock_;
  std::vector<UndecodableRecord> undecodable_;
  const bool keys_are_encoded_;  // the bytes that came are those that encoding gives
  const bool has_time_rule_;     // of the source
  std::vector<const state::KeyValueStore*> key_value_stores_;
  std::vector<const state::WindowStore*> window_stores_;

  std::deque<log::FetchedBatch> batches_;  // the first is being read
  std::size_t buffered_bytes_ = 0;
  bool is_open_ = false;
  log::BatchReader reader_;
  std::array<log::RecordView, kChunk> chunk_;
  std::array<EncodedKey, kChunk> keys_;
  std::size_t chunk_size_ = 0;
  std::size_t chunk_next_ = 0;

  SourceDecoder decoder_;
  Record head_;
  bool has_head_ = false;
  log::Offset next_offset_{0};
  log::LeaderEpoch epoch_ = log::kNoLeaderEpoch;  // of the batches that are read to their ends
  std::int64_t time_ms_ = -1;
  bool is_at_known_end_ = false;
};

}  // namespace weir::streams
