// AsyncWork: the operators of a task whose results come later, as one. Where there are none, every question costs a
// comparison.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "streams/operators/async_node.h"

namespace weir::streams {

class AsyncWork {
 public:
  // In the order in which records go through them. The node outlives this.
  void add(AsyncNode& node) { nodes_.push_back(&node); }

  bool is_empty() const { return nodes_.empty(); }
  // Nothing waits and nothing is in flight.
  bool is_idle() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [](const AsyncNode* node) { return node->is_idle(); });
  }
  bool has_room() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [](const AsyncNode* node) { return node->has_room(); });
  }
  bool is_due(std::int64_t now_ms) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const AsyncNode* node) { return node->is_due(now_ms); });
  }
  std::optional<std::int64_t> deadline_ms() const {
    std::optional<std::int64_t> first;
    for (const AsyncNode* node : nodes_) {
      if (auto deadline = node->deadline_ms()) first = std::min(first.value_or(*deadline), *deadline);
    }
    return first;
  }
  void step(std::int64_t now_ms) {
    for (AsyncNode* node : nodes_) node->step(now_ms);
  }

  void set_savepoint() {
    for (AsyncNode* node : nodes_) node->set_savepoint();
  }
  void roll_back() {
    for (AsyncNode* node : nodes_) node->roll_back();
  }
  void release_savepoint() {
    for (AsyncNode* node : nodes_) node->release_savepoint();
  }

 private:
  std::vector<AsyncNode*> nodes_;
};

}  // namespace weir::streams
