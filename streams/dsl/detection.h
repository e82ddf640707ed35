// What `Stream::detect` gives.
#pragma once

#include <memory>
#include <utility>

#include "streams/dsl/match.h"
#include "streams/dsl/stream.h"
#include "streams/operators/pass_node.h"

namespace weir::streams {

// The matches, each with the time of the event that completed it (of an absence: when it was over).
template <class K, class V>
class Detection : public Stream<K, Match<V>> {
 public:
  // Partial matches whose time was over, as far as they came, with the time at which it was.
  Stream<K, Match<V>> timed_out(const OperatorOptions& options = {}) const {
    return this->template derived<K, Match<V>>(
        this->graph_->add_node(options.name, "timed_out", {detecting_}, [] { return std::make_unique<PassNode>(); }),
        KeyChanged::no);
  }

 private:
  template <class, class>
  friend class Stream;
  Detection(std::shared_ptr<Graph> graph, NodeIndex matched, NodeIndex detecting)
      : Stream<K, Match<V>>(std::move(graph), matched, KeyChanged::no), detecting_(detecting) {}

  NodeIndex detecting_;
};

}  // namespace weir::streams
