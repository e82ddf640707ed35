// What a node finds in its task, by who uses it: it asks once, in `open`, and keeps the part that it needs. All of it
// outlives the node.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "log/base/result.h"
#include "log/model/ids.h"
#include "streams/operators/counters.h"
#include "streams/operators/output.h"
#include "streams/operators/record.h"
#include "streams/operators/table_view.h"
#include "streams/operators/task_info.h"
#include "streams/operators/timers.h"
#include "streams/state/key_value_store.h"
#include "streams/state/window_store.h"

namespace weir::streams {

class RecordOrigin;
class ResultSignal;
struct StoreSpec;

// The record of a topic that a task is processing, as it came. Borrowed.
struct SourceRecord {
  const log::TopicPartition* partition;
  const log::RecordView* record;
};

// For every operator: what is going on, and what it has to tell.
class RecordScope {
 public:
  virtual Counters& counters() = 0;
  // The highest time of the records that the task has taken, the present one included; -1 before the first.
  virtual std::int64_t stream_time_ms() const = 0;
  virtual std::int64_t wall_time_ms() const = 0;
  // Nothing while a timer is called, and at the end of a bounded run.
  virtual std::optional<SourceRecord> source_record() const = 0;
  // Something went wrong that is not the record's fault. Kept until the record is through; then the task stops.
  virtual void fail(Error error) = 0;

 protected:
  ~RecordScope() = default;
};

// For those that keep something, by the names that the topology knows. For the kinds it has checked that they are
// there.
class StoreScope {
 public:
  virtual state::KeyValueStore& key_value_store(const std::string& name) = 0;
  virtual state::WindowStore& window_store(const std::string& name) = 0;
  // The rows of a table that every task has in full.
  virtual TableView& global_table(const std::string& name) = 0;
  // A store that every task has in full, to be read only; null if there is none of that name.
  virtual state::Store* global_store(const std::string& name) = 0;
  virtual const StoreSpec* global_store_spec(const std::string& name) const = 0;
  // A store of any kind; null if this task has none of that name.
  virtual state::Store* store(const std::string& name) = 0;
  virtual const StoreSpec* store_spec(const std::string& name) const = 0;

 protected:
  ~StoreScope() = default;
};

// For sinks, and those that send dead letters.
class OutputScope {
 public:
  virtual Result<Output*> output(const std::string& topic, TopicOwner owner) = 0;
  // The topic's name as it is in the log.
  virtual std::string topic_name(const std::string& topic, TopicOwner owner) const = 0;
  virtual log::PartitionIndex partition() const = 0;

 protected:
  ~OutputScope() = default;
};

// For processors of the user's.
class ProcessorScope {
 public:
  virtual const TaskInfo& info() const = 0;
  virtual Timers& timers() = 0;
  // Has the task committed soon, whatever the clock says.
  virtual void request_commit() = 0;

 protected:
  ~ProcessorScope() = default;
};

// For guards: an attempt of an operator (operators/error_guard.h). Rows of all stores and what is sent can be taken
// back. They nest.
class AttemptScope {
 public:
  virtual void set_savepoint() = 0;
  virtual void roll_back() = 0;
  virtual void release_savepoint() = 0;

 protected:
  ~AttemptScope() = default;
};

// For operators whose results come later.
class AsyncScope {
 public:
  // How the task's thread is told that some have come.
  virtual std::shared_ptr<ResultSignal> result_signal() = 0;
  // Waits until nothing of the task is in flight.
  virtual void finish_results() = 0;
  // What is sent on belongs to another record than the present one, until null is given.
  virtual void present(const RecordOrigin* origin) = 0;

 protected:
  ~AsyncScope() = default;
};

class TaskScope : public RecordScope,
                  public StoreScope,
                  public OutputScope,
                  public ProcessorScope,
                  public AttemptScope,
                  public AsyncScope {
 public:
  virtual ~TaskScope() = default;
};

}  // namespace weir::streams
