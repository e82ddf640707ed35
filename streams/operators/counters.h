// Counters: what a task has done, and what it left out and why. Written by the task's thread, read by any.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/metrics.h"
#include "log/base/mutex.h"

namespace weir::streams {

// Of one pattern (Stream::detect).
struct PatternCounters {
  Counter partial_matches;  // how many there are
  Counter matches;
  Counter timed_out;
  Counter pruned;   // partial matches that could not match any more, or were dropped behind a match
  Counter dropped;  // because a key had too many
  Counter late;     // events
  Counter version;  // of a rule: that is worked by, as of the last commit; 0: it is no rule, or none is worked by
};

// The patterns of a task by the names of their operators; of a rule that is looked for with the rule's id behind it:
// rules come while the task runs. None goes.
class PatternTable {
 public:
  // Stays where it is.
  PatternCounters& of(const std::string& name) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return patterns_[name];
  }
  // Calls `visit(name, counters)` for each, in the order of their names.
  template <class Visit>
  void for_each(Visit visit) const WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const auto& [name, of] : patterns_) visit(name, of);
  }
  template <class Visit>
  void for_each(Visit visit) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (auto& [name, of] : patterns_) visit(name, of);
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, PatternCounters> patterns_ WEIR_GUARDED_BY(mutex_);
};

struct Counters {
  Counter processed;         // records taken from topics
  Counter sent;              // records written to topics, dead letters too, changelogs not
  Counter matched;           // records that found a row where they are joined with a table, by whatever key
  Counter unmatched;         // those that found none
  Counter paired;            // records of joined streams that met one of the other side as they came
  Counter unpaired;          // those that met none
  Counter in_time;           // updates that were in time for their windows
  Counter dropped_null_key;  // where an operator needs a key
  Counter dropped_null_value;
  Counter dropped_late;          // for a window that is closed
  Counter dropped_no_partition;  // a partitioner gave them to none
  Counter skipped_undecodable;
  Counter skipped_timestamp;  // negative
  Counter skipped_errors;     // that an operator could not deal with
  Counter retried;            // attempts of operators that were made again at once
  Counter retried_later;      // records that were put off
  Counter dead_lettered;
  Counter missing_input;  // offsets that were out of range, where AppOptions::on_missing_input goes on
  Counter refused_rules;  // records of topics of rules that are none; each thread counts them
  Counter restored;       // records read into stores from their changelogs, and into global ones
  Counter rebalances;     // of an application, not of a task: how often it was told what it runs
  PatternTable patterns;
};

struct PatternStatistics {
  std::uint64_t partial_matches = 0;
  std::uint64_t matches = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t pruned = 0;
  std::uint64_t dropped = 0;
  std::uint64_t late = 0;
  std::uint64_t version = 0;  // of a rule: the lowest that one of the tasks works by
};

// What several tasks have done, at some moment.
struct Statistics {
  std::uint64_t processed = 0;
  std::uint64_t sent = 0;
  std::uint64_t matched = 0;
  std::uint64_t unmatched = 0;
  std::uint64_t paired = 0;
  std::uint64_t unpaired = 0;
  std::uint64_t in_time = 0;
  std::uint64_t dropped_null_key = 0;
  std::uint64_t dropped_null_value = 0;
  std::uint64_t dropped_late = 0;
  std::uint64_t dropped_no_partition = 0;
  std::uint64_t skipped_undecodable = 0;
  std::uint64_t skipped_timestamp = 0;
  std::uint64_t skipped_errors = 0;
  std::uint64_t retried = 0;
  std::uint64_t retried_later = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t missing_input = 0;
  std::uint64_t refused_rules = 0;
  std::uint64_t restored = 0;
  std::uint64_t rebalances = 0;
  std::map<std::string, PatternStatistics> patterns =
      {};  // by the name of the operator that looks for it; of a rule: operator + "/" + id

  void add(const Counters& counters);
};

// Every counter once: what is shown of it is made of these rows.
struct CounterRow {
  Counter Counters::*counter;
  std::uint64_t Statistics::*total;
  MetricRow metric;       // its name is the member's
  std::string_view loss;  // said behind the number at the end of a run, if there was one; empty: nothing is lost
};
std::span<const CounterRow> counter_rows();

// What is as it is at the moment, of all tasks that run.
struct Levels {
  std::uint64_t running_tasks = 0;
  std::uint64_t restoring_tasks = 0;
  std::uint64_t row_memory = 0;
  std::uint64_t fetched_memory = 0;
  std::uint64_t unwritten_memory = 0;
  std::uint64_t uncommitted_rows = 0;
  std::uint64_t rules_behind = 0;  // tasks

  Levels& operator+=(const Levels& other);
};
struct LevelRow {
  std::uint64_t Levels::*level;
  MetricRow metric;
};
std::span<const LevelRow> level_rows();

// All of an application with their values, labelled with its id.
std::vector<Metric> metrics_of(const std::string& application_id, const Statistics& total, const Levels& now);
// The rows alone, in the same order.
std::vector<MetricRow> metric_rows();

// What somebody who runs the application should look at: everything is dropped, or nothing meets. Each is a sentence;
// none while there is too little to tell.
std::vector<std::string> hints(const Statistics& total);

}  // namespace weir::streams
