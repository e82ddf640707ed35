// Node: one operator of one task. A record runs through the nodes of its stage depth first; nodes are called by one
// thread. What a node needs (stores, topics to write to) it asks of the task once, in `open`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
#include "streams/topology/table_spec.h"

namespace weir::streams {

class ErrorGuard;
class RecordOrigin;
class ResultSignal;
struct StoreSpec;

// The record of a topic that a task is processing, as it came. Borrowed.
struct SourceRecord {
  const log::TopicPartition* partition;
  const log::RecordView* record;
};

// What a node finds in its task. Outlives the node.
class TaskScope {
 public:
  virtual ~TaskScope() = default;

  // By the names that the topology knows. The topology has checked that they exist and are of that kind.
  virtual state::KeyValueStore& key_value_store(const std::string& name) = 0;
  virtual state::WindowStore& window_store(const std::string& name) = 0;
  // The rows of a table that every task has in full.
  virtual TableView& global_table(const std::string& name) = 0;
  // A store that every task has in full, to be read only; null if there is none of that name.
  virtual state::Store* global_store(const std::string& name) = 0;
  virtual const StoreSpec* global_store_spec(const std::string& name) const = 0;
  virtual Result<Output*> output(const std::string& topic, TopicOwner owner) = 0;
  // A store of any kind, by the name that the topology knows; null if this task has none of that name.
  virtual state::Store* store(const std::string& name) = 0;
  virtual const StoreSpec* store_spec(const std::string& name) const = 0;
  // The topic's name as it is in the log.
  virtual std::string topic_name(const std::string& topic, TopicOwner owner) const = 0;
  virtual log::PartitionIndex partition() const = 0;
  virtual const TaskInfo& info() const = 0;
  virtual Counters& counters() = 0;
  virtual Timers& timers() = 0;
  // The highest time of the records that the task has taken, the present one included; -1 before the first.
  virtual std::int64_t stream_time_ms() const = 0;
  virtual std::int64_t wall_time_ms() const = 0;
  // Nothing while a timer is called, and at the end of a bounded run.
  virtual std::optional<SourceRecord> source_record() const = 0;
  // Has the task committed soon, whatever the clock says.
  virtual void request_commit() = 0;
  // An attempt of an operator (topology/error_guard.h): rows of all stores and what is sent can be taken back. They
  // nest.
  virtual void set_savepoint() = 0;
  virtual void roll_back() = 0;
  virtual void release_savepoint() = 0;
  // Of operators whose results come later: how the task's thread is told that some have come; waits until nothing of
  // the task is in flight; has what is sent on belong to another record than the present one, until null is given.
  virtual std::shared_ptr<ResultSignal> result_signal() = 0;
  virtual void finish_results() = 0;
  virtual void present(const RecordOrigin* origin) = 0;
  // Something went wrong that is not the record's fault. Kept until the record is through; then the task stops.
  virtual void fail(Error error) = 0;
};

class Node {
 public:
  Node() = default;
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual Result<> open(TaskScope&) { return {}; }
  virtual void process(const Record& record) = 0;
  // A change of a versioned table that is older than the row's latest one. Nodes that follow only the latest leave it
  // out; of those that give a table of their own making it is an ordinary change.
  virtual void process_older(const Record& record) { process(record); }
  // Nothing more will come: a node that holds records back gives them now. Only at the end of a bounded run.
  virtual void close_windows() {}

  // A node that decides by the event time that it has seen has it kept over restarts, under its name.
  virtual bool has_event_time() const { return false; }
  virtual std::optional<std::int64_t> event_time_ms() const { return std::nullopt; }  // nothing seen yet
  virtual void restore_event_time(std::int64_t) {}

  // The rows of the table that this node gives; null if it gives none.
  virtual TableView* table_view() { return nullptr; }

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  void add_child(Node* child) { children_.push_back(child); }
  void add_table(TableView* table) { tables_.push_back(table); }
  // Who applies the operator's policy for errors; null: it fails.
  void set_guard(ErrorGuard* guard) { guard_ = guard; }
  ErrorGuard* guard() const { return guard_; }
  void set_table(TableSpec table) { table_ = std::move(table); }

 protected:
  void forward(const Record& record) {
    for (Node* child : children_) child->process(record);
  }
  void forward_older(const Record& record) {
    for (Node* child : children_) child->process_older(record);
  }
  void forward_to(std::size_t child, const Record& record) { children_[child]->process(record); }
  // To the children of that name. False: there is none.
  bool forward_to(const std::string& child, const Record& record);
  bool has_children() const { return !children_.empty(); }
  // What this node looks rows up in, as NodeSpec::looks_up names them.
  TableView& table(std::size_t index) { return *tables_[index]; }
  // For a node that gives a table.
  const std::string& table_store() const { return table_.store; }
  bool sends_old_values() const { return table_.sends_old_values; }
  bool is_below_versions() const { return table_.is_below_versions; }
  bool shows_initial_value() const { return table_.shows_initial_value; }

 private:
  std::string name_;
  std::vector<Node*> children_;  // in the order in which they were built
  std::vector<TableView*> tables_;
  TableSpec table_;
  ErrorGuard* guard_ = nullptr;
};

}  // namespace weir::streams
