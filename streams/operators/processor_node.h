// ProcessorNode: an operator that the user wrote whole: it is handed records and timers, looks into stores, and sends
// what it wants. ProcessorServices: what it finds around it, without its types (those are in dsl/processor.h).
//
// Timers that are scheduled while the processor opens are kept over restarts, by the order in which they were
// scheduled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/model/record.h"
#include "streams/operators/node.h"

namespace weir::streams {

struct StoreSpec;
class ProcessorNode;

// Where the record that is being processed comes from.
struct RecordMetadata {
  std::string topic;
  log::PartitionIndex partition;
  log::Offset offset;
};

struct ForwardOptions {
  std::optional<std::int64_t> timestamp_ms = {};  // not given: the record's; of a timer the time it is called with
  std::optional<std::vector<log::Header>> headers = {};  // not given: the record's; of a timer none
  std::string to = {};  // the operator below that is to have it, by its name; empty: all of them
};

// A timer as its processor holds it. Copies are the same timer.
class Timer {
 public:
  Timer() = default;
  explicit Timer(std::shared_ptr<Timers::Timer> timer) : timer_(std::move(timer)) {}

  // It is not called any more. From inside its own action, too.
  void cancel() {
    if (timer_ != nullptr) timer_->due_ms = Timers::kNever;
  }

 private:
  std::shared_ptr<Timers::Timer> timer_;  // shared with the task, which calls it
};

class ProcessorServices {
 public:
  explicit ProcessorServices(ProcessorNode& node) : node_(node) {}
  ProcessorServices(const ProcessorServices&) = delete;
  ProcessorServices& operator=(const ProcessorServices&) = delete;

  // The highest time of the records that the task has taken, the present one included; -1 before the first.
  std::int64_t stream_time_ms() const { return scope().stream_time_ms(); }
  std::int64_t wall_time_ms() const { return scope().wall_time_ms(); }
  // Nothing while a timer is called.
  std::optional<RecordMetadata> metadata() const;

  // Has `action` called with the time that it is: by stream time with the first record and then with the first one at
  // or after each multiple of `interval`; by the wall clock every `interval` from now on. After a gap it is called
  // once. What it forwards has that time. std::invalid_argument if the interval is below 1 ms.
  Timer schedule(Millis interval, TimerClock clock, std::function<void(std::int64_t now_ms)> action);

  const TaskId& task_id() const { return scope().info().id; }
  const std::string& application_id() const { return scope().info().application_id; }
  // A directory for files of the operator's own, one a partition, below the application's
  // (AppOptions::state_directory); it is there when this returns. Nothing in it belongs to a commit: what is to be
  // right after a crash lies in a store. std::logic_error in a TestDriver without a state directory; std::runtime_error
  // if it cannot be made.
  std::string state_directory() const;

  // The task is committed soon, whatever the commit interval says.
  void request_commit() { scope().request_commit(); }

 protected:
  // The spec and the store of that name, which the operator must have named in its options: std::logic_error.
  const StoreSpec& store_spec(const std::string& name) const;
  state::Store& store(const std::string& name) const;
  // The same of a store that every task has in full, to be read only: every operator may.
  const StoreSpec& global_store_spec(const std::string& name) const;
  state::Store& global_store(const std::string& name) const;
  const std::int64_t& now_ms() const;
  // Null while a timer is called.
  const Record* record() const;
  // Sends `record` with the timestamp, the headers and to the operator that `options` say.
  void send(Record record, const ForwardOptions& options);
  const std::any& any_settings() const { return *scope().info().settings; }
  // What a forwarded record begins with: time and headers of the present one.
  Record outgoing() const;

 private:
  TaskScope& scope() const;

  ProcessorNode& node_;
};

class ProcessorNode : public Node {
 public:
  Result<> open(TaskScope& scope) final;
  void process(const Record& record) final;

 protected:
  explicit ProcessorNode(std::vector<std::string> stores) : stores_(std::move(stores)) {}

  virtual void begin() = 0;  // once, before the first record
  virtual void handle(const Record& record) = 0;

 private:
  friend class ProcessorServices;

  void call(const std::function<void(std::int64_t)>& action, std::int64_t now_ms);

  const std::vector<std::string> stores_;  // that it may look into
  TaskScope* scope_ = nullptr;
  const Record* record_ = nullptr;
  std::int64_t now_ms_ = -1;  // of the record, or of the timer
  bool is_opening_ = false;
  int scheduled_ = 0;
};

}  // namespace weir::streams
