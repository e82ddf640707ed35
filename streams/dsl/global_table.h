// GlobalTable<K, V>: the last value of each key of a topic, in full in every task. It can be joined to streams, by any
// key; it has no changes to react to.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "streams/graph/graph.h"

namespace weir::streams {

template <class K, class V>
class Stream;

template <class K, class V>
class GlobalTable {
 public:
  using Key = K;
  using Value = V;

  const std::string& name() const { return name_; }

 private:
  template <class, class>
  friend class Stream;
  friend class Builder;

  GlobalTable(std::shared_ptr<Graph> graph, std::string name) : graph_(std::move(graph)), name_(std::move(name)) {}

  std::shared_ptr<Graph> graph_;  // shared by all handles of one builder
  std::string name_;
};

}  // namespace weir::streams
