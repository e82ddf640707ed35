// NodeTable: where the nodes of a cluster are: the servers that a user named, until brokers say who is there, and then
// both. Says who is asked when anybody will do: the same one as long as it can be reached, then the next. No I/O.
//
// Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "log/base/host_port.h"
#include "log/model/ids.h"

namespace weir::log::net {

class NodeTable {
 public:
  // At least one.
  explicit NodeTable(std::vector<HostPort> bootstrap) : bootstrap_(std::move(bootstrap)), any_(bootstrap_.front()) {}

  // All brokers that there are, as a Metadata answer says; nodes that moved are found where they are now. Nothing is
  // taken of an answer without any.
  void learn(std::map<NodeId, HostPort> nodes);
  // One more, or where it is now: the coordinator that was looked up.
  void learn(NodeId node, HostPort address) { nodes_[node] = std::move(address); }

  std::optional<HostPort> find(NodeId node) const;

  // Whom to ask if anybody will do.
  const HostPort& any() const { return any_; }
  // It could not be reached: the next one's turn, brokers before the servers that were named.
  void failed(const HostPort& address);
  // Everybody who could be asked.
  std::vector<HostPort> everybody() const;

 private:
  const std::vector<HostPort> bootstrap_;
  std::map<NodeId, HostPort> nodes_;
  HostPort any_;
};

}  // namespace weir::log::net
