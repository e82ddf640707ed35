// Node: one operator of one task. A record runs through the nodes of its stage depth first; nodes are called by one
// thread. What a node needs (stores, topics to write to) it asks of the task once, in `open`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "streams/operators/record.h"
#include "streams/operators/table_view.h"
#include "streams/operators/task_scope.h"
#include "streams/topology/table_spec.h"

namespace weir::streams {

class ErrorGuard;

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

  // A node that works by what changes beside its input (rules) takes it up between transactions only, as a part of its
  // state that is committed: so records that are processed again meet what they met before. What it takes up before the
  // first record is committed before that.
  // After a run that did not end in order its inputs hold records that may have been processed already: until those are
  // processed again it takes nothing up (is_replaying).
  enum class TakeUp : std::uint8_t { at_start, when_replayed, at_commit, at_end };
  virtual bool works_by_news() const { return false; }
  virtual bool is_replaying() const { return false; }
  virtual bool has_news() { return false; }       // there is something to be taken up
  virtual bool take_up(TakeUp) { return false; }  // whether its state has changed
  virtual void took_up() {}                       // what it took up is committed

  // Where a record that comes to this node first meets one that does something. Once the nodes are joined together.
  virtual Node& first_that_acts() { return *this; }

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
  Node* only_child() const { return children_.size() == 1 ? children_.front() : nullptr; }
  std::size_t child_count() const { return children_.size(); }
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
