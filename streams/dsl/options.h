// Options of the language: aggregates, for designated initialisers: `.count({.store = "word-counts"})`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "streams/dsl/call.h"
#include "streams/dsl/partitioner.h"
#include "streams/dsl/serde.h"
#include "streams/dsl/timestamp.h"
#include "streams/operators/suppress_node.h"
#include "streams/topology/error_policy.h"
#include "streams/topology/windows.h"

namespace weir::streams {

// A name that is given is kept whatever happens around it. Where none is given one is derived from what lies above:
// Topology::unpinned() lists those that keep data.
struct OperatorOptions {
  std::string name = {};
  std::optional<ErrorPolicy> on_error = {};  // when its callable throws; not given: the application's policy
};

// Of a topic that is written.
template <class K, class V>
struct SinkOptions {
  std::string name = {};
  std::optional<ErrorPolicy> on_error = {};  // when a record cannot be encoded or written
  // A callable over (key, value, partitions) that gives a record's partition, or Partitions: several, all, none. Not
  // given: murmur2 of the key, as Java's default.
  SinkPartitioner<K, V> partition = {};
};

// Where an application that has committed no position of a topic begins to read it. Its first commit keeps the place.
enum class Start { beginning, end };

template <class K, class V>
struct SourceOptions {
  std::string name = {};
  // A record's event time: a rule or a callable (dsl/timestamp.h); without it the record's own timestamp counts.
  // Records whose time is negative are skipped and counted. A callable that throws ends the run (user_exception).
  Timestamp<K, V> timestamp = {};
  std::optional<ErrorPolicy> on_error = {};  // for records that do not decode: skip or dead_letter
  Start start = Start::beginning;            // of a table: from the beginning only
};

// Of a table that every task has in full.
struct GlobalTableOptions {
  std::string name = {};
  // No RocksDB: the topic is read from the beginning at every start, and all rows stay in memory, once a thread. Else a
  // restart reads on from where the rows on disk stand, and rows that are not used leave memory when it is short.
  bool in_memory = false;
};

struct StoreOptions {
  // Names the store, and so its changelog and, if there is one, the repartition topic above. A table or view that is
  // given no name keeps its rows only where something looks them up.
  std::string store = {};
  bool in_memory = false;  // no RocksDB: the store is restored from its changelog at every start
  // No changelog: nothing is written there at a commit, and nothing brings the rows back. On disk they are found again
  // where the application runs on in the same directory (after a kill without the changes of the last apply_interval);
  // in memory, or elsewhere, the store begins empty. Right for what can be made again or done without: caches, what is
  // known only for a while; wrong for whatever a result depends on. Not for what `source_topics_as_changelogs`
  // restores.
  bool without_changelog = false;
  // Of `table` and `to_table`: the table is versioned, and knows what its rows were so far back from the highest time
  // that it has seen. Joins of streams find the row as it was at the record's time.
  std::optional<Millis> history = {};
  // Of aggregations in windows: how long a row is kept after the start of its window (of a session: after its end), in
  // the operator's time. Not given: as long as a record may still change it (size and grace; twice the difference, and
  // grace; gap and grace). Longer where something looks rows up of windows that are closed: joins of tables,
  // processors. TopologyError if it is shorter. (Materialized.withRetention)
  std::optional<Millis> retention = {};
  // When its callable throws; retry_later: of what streams are grouped to only.
  std::optional<ErrorPolicy> on_error = {};
};

// Of a table's joins by foreign key. KL are the keys of the table itself, KR those of the table that it refers to.
template <class KL, class KR>
struct ForeignKeyOptions {
  std::string store = {};  // names the stores and topics in between
  bool in_memory = false;
  bool without_changelog = false;  // of the result, as in StoreOptions; so is the next one
  std::optional<Millis> history = {};
  std::optional<ErrorPolicy> on_error = {};  // when a callable throws; not retry_later
  // Where a table's topic has a key, if that is not where murmur2 of the key says: callables over (key, partitions).
  // Answers go by the left one, subscriptions by the right one (KIP-775).
  KeyPartitioner<KL> left_partition = {};
  KeyPartitioner<KR> right_partition = {};
};

// What `suppress` takes. Bytes are those of keys and rows as the store encodes them (docs/formats.md); neither limit is
// one on memory, which AppOptions::memory_limit is.
struct UntilWindowCloses {
  // When more would be held back the run ends with wrong_state and the operator's name, whatever the policies for
  // errors say: a result that goes early would not be the last.
  std::optional<std::size_t> max_keys = {};  // keys by window
  std::optional<std::size_t> max_bytes = {};
};
struct UntilTimeLimit {
  Millis limit;
  std::optional<std::size_t> max_keys = {};
  std::optional<std::size_t> max_bytes = {};
  WhenFull when_full = WhenFull::emit_early;  // by the time of their first change; stop: as above
};

// Of a stream's joins with a table.
struct TableJoinOptions {
  std::string name = {};
  // Records wait so long, in the operator's time, for the table's records of their time: the table must be versioned,
  // with a history that is no shorter.
  std::optional<Millis> grace = {};
  std::string store = {};                    // that of the records that wait
  std::optional<ErrorPolicy> on_error = {};  // when the joiner throws
};

struct ProcessorOptions {
  std::string name = {};
  std::optional<ErrorPolicy> on_error = {};  // when it throws
  std::vector<std::string> stores = {};  // that the processor looks into: added to the builder, or kept by tables above
};

template <class K, class V>
struct RepartitionOptions {
  std::string name = {};
  std::optional<std::int32_t> partitions = {};  // else as many as the stage above has tasks
  // As in SinkOptions, but one partition only. Streams and tables that are joined below must be divided in the same
  // way.
  RepartitionPartitioner<K, V> partition = {};
};

// What `windowed_by` takes: see tumbling() and hopping().
class TimeWindows {
 public:
  TimeWindows(Millis size, Millis advance) : windowing_{size.count(), advance.count(), 0, 0} {}
  explicit TimeWindows(const TimeWindowing& windowing) : windowing_(windowing) {}

  // A window takes records until the operator's time has passed its end by this much; none if it is not given.
  TimeWindows grace(Millis grace) const {
    TimeWindows copy = *this;
    copy.windowing_.grace_ms = grace.count();
    return copy;
  }
  const TimeWindowing& windowing() const { return windowing_; }

 private:
  TimeWindowing windowing_;
};

// One window after the other, [n * size, (n + 1) * size).
inline TimeWindows tumbling(Millis size) {
  return {size, size};
}
// Windows of `size`, one beginning every `advance` (at most `size`).
inline TimeWindows hopping(Millis size, Millis advance) {
  return {size, advance};
}

// What `windowed_by` takes for windows that move with the records: see sliding().
class SlidingWindows {
 public:
  explicit SlidingWindows(Millis difference) : windowing_{difference.count(), 0} {}

  SlidingWindows grace(Millis grace) const {
    SlidingWindows copy = *this;
    copy.windowing_.grace_ms = grace.count();
    return copy;
  }
  const SlidingWindowing& windowing() const { return windowing_; }

 private:
  SlidingWindowing windowing_;
};

// Records that are at most `difference` apart, wherever they begin: one window for each different set of them.
inline SlidingWindows sliding(Millis difference) {
  return SlidingWindows(difference);
}

// What `windowed_by` takes for sessions: see sessions().
class SessionWindows {
 public:
  explicit SessionWindows(Millis gap) : windowing_{gap.count(), 0} {}

  SessionWindows grace(Millis grace) const {
    SessionWindows copy = *this;
    copy.windowing_.grace_ms = grace.count();
    return copy;
  }
  const SessionWindowing& windowing() const { return windowing_; }

 private:
  SessionWindowing windowing_;
};

// Records of a key that follow each other by at most `gap` are one session.
inline SessionWindows sessions(Millis gap) {
  return SessionWindows(gap);
}

// One window from `start` on that never closes: emits on update only. Records before it are left out.
inline TimeWindows unlimited(Millis start) {
  return TimeWindows({TimeWindowing::kForever, TimeWindowing::kForever, 0, start.count()});
}

}  // namespace weir::streams
