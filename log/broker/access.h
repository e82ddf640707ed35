// Access: what one connection's client may do. Asks the rules of the moment (security::Acls), and remembers what they
// said until the metadata change, because a client asks the same with every request. One owner thread: the
// connection's.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "log/broker/partitions/topics.h"
#include "log/security/acls.h"

namespace weir::log::broker {

// Of a server.
struct AccessPolicy {
  std::set<std::string> super_users{};  // "User:alice"
  bool allow_if_no_acl = false;         // what no rule speaks of
};

class Access {
 public:
  // `topics` and `policy` outlive it.
  Access(const Topics& topics, const AccessPolicy& policy, security::Subject who)
      : topics_(topics),
        policy_(policy),
        who_(std::move(who)),
        is_super_(policy.super_users.contains(who_.principal)) {}

  const security::Subject& who() const { return who_; }

  bool allows(security::Operation operation, security::Resource resource, std::string_view name);
  bool allows_on_cluster(security::Operation operation) {
    return allows(operation, security::Resource::cluster, security::kClusterName);
  }
  bool allows_on_any(security::Operation operation, security::Resource resource) const;
  // As the wire's *_authorized_operations: a bit for each operation that is allowed.
  std::int32_t operations_on(security::Resource resource, std::string_view name);

 private:
  static constexpr std::size_t kMostRemembered = 10'000;

  bool decide(security::Operation operation, security::Resource resource, std::string_view name) const;

  const Topics& topics_;
  const AccessPolicy& policy_;
  const security::Subject who_;
  const bool is_super_;
  std::shared_ptr<const cluster::Metadata> seen_{};  // shared: the state that `known_` is of
  std::unordered_map<std::string, bool> known_{};    // by question
};

}  // namespace weir::log::broker
