// AppOptions: how a topology is run.
#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "log/base/clock.h"
#include "streams/topology/error_policy.h"

namespace weir::streams {

enum class Guarantee {
  exactly_once,   // records, state and positions become visible together, in transactions
  at_least_once,  // positions are committed behind the records: after a crash some are processed again
  at_most_once,   // positions are committed before the records are processed: after a crash some are lost
};
using enum Guarantee;

// What becomes of a run whose committed position is out of range: records were deleted before they were read, or the
// input lost some that were read (a power cut, or the topic is another one). Whatever is not `stop` is told in the log,
// and counted (Statistics::missing_input).
enum class MissingInput : std::uint8_t {
  stop,           // the run ends with what is missing
  go_on,          // with what is there: behind records that were deleted, or where the input lost its end
  from_earliest,  // at the beginning of what is there: what was read may be read again
  from_latest,    // at its end: what is there is not read
};

// The same where a topic of the application's own is gone, or a changelog lost rows that were committed.
enum class MissingState : std::uint8_t {
  stop,
  take_what_is_there,
};

// What becomes of topics that the topology reads or writes and that are not there (its own it makes in any case).
enum class MissingTopics {
  are_an_error,  // that names them all
  are_made,      // with one partition each
};

struct AppOptions {
  std::string application_id = {};  // names the group, the transactions, the application's own topics and its state
  Guarantee guarantee = exactly_once;
  Millis commit_interval{100};  // with exactly_once less than 60 s, after which the log aborts a transaction
  int threads = 1;              // each with a producer and transactions of its own; tasks are shared out to them
  // Where stores are kept, and who this instance is; empty: beside an embedded log, in
  // "<its directory>/streams/<application_id>". Without an embedded log it must be given. Each instance has one of its
  // own: of two on one machine the second is refused the first's.
  std::string state_directory = {};
  Millis apply_interval{5'000};   // how often committed changes go down to RocksDB
  Millis purge_interval{30'000};  // how often what was read of topics between stages is deleted
  // How often an application that reads a pattern looks for topics that came or went. It commits then, and begins anew
  // with those that are there.
  Millis topics_interval{10'000};
  // Instances of an application, which share its tasks, are a consumer group of its id. One that is not heard of for so
  // long is taken for dead, and others take over; one that is stopped tells them.
  Millis session_timeout{10'000};
  // So long the others wait for an instance to finish a commit and join them. Less than 60 s.
  Millis rebalance_timeout{30'000};
  // Stays in the group when it is stopped, until its session ends: whoever comes back under this name by then has its
  // tasks again, and nobody else took them over (KIP-345). No two instances have the same.
  std::optional<std::string> group_instance_id = {};
  // Bytes: of stores, RocksDB and fetched records together (runtime/memory_shares.h), shared by the threads. What is
  // kept in memory only comes on top where it is a global table's: it cannot be evicted. So does what an embedded log
  // keeps of the ends of its partitions: 4 MiB of each, 256 MiB altogether.
  std::size_t memory_limit = 512u * 1024 * 1024;
  MissingTopics missing_topics = MissingTopics::are_an_error;
  // What processors find as context.settings<T>(): an object of any type, so that one topology runs with others in
  // production than in a test. What a processor needs by itself it is better made with.
  std::any settings = {};
  ErrorPolicies errors = {};  // for operators that have none of their own; what is left out is counted and reported
  MissingInput on_missing_input = MissingInput::stop;
  MissingState on_missing_state = MissingState::stop;
  // run_until_end: windows that emit on close and are open give their results, and records that wait for a partner go
  // without. Not with foreign-key joins, where what one stage gives at its end would be needed by another's.
  bool close_windows_at_end = false;
};

}  // namespace weir::streams
