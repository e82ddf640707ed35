// Acls: the rules of a cluster, as a value, and what they say of a question. As Kafka's authoriser decides:
//
//   a super user may do everything
//   a rule that denies counts before every one that allows; what no rule allows is denied
//   who may read, write, delete or alter may describe; who may alter configs may describe them
//   rules of "User:*" are about everybody, those of host "*" about all hosts, literal ones named "*" about all
//   resources
//
// Immutable but for `add` and `remove`; a copy shares with what it was made of. A question costs a look-up for each
// length that a prefix may have: whoever asks often remembers the answer (Access, log/broker).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/persistent_map.h"
#include "log/security/acl.h"

namespace weir::log::security {

// Who asks.
struct Subject {
  std::string principal{kAnonymous};
  std::string host;  // an address
};

class Acls {
 public:
  // False: it is there already, or not there.
  bool add(const Acl& acl);
  bool remove(const Acl& acl);

  std::vector<Acl> all() const;  // ascending
  std::vector<Acl> matching(const AclFilter& filter) const;
  bool contains(const Acl& acl) const;

  // Does a rule speak of the resource at all?
  bool has_any_about(Resource resource, std::string_view name) const;
  bool allows(const Subject& who, Operation operation, Resource resource, std::string_view name) const;
  // On at least one resource of the kind, whether or not there is one (KIP-679).
  bool allows_on_any(const Subject& who, Operation operation, Resource resource) const;

 private:
  using Rules = std::set<Acl>;  // of one pattern

  template <class Use>
  void each_about(Resource resource, std::string_view name, Use use) const;  // use(const Rules&)

  PersistentMap<std::string, std::shared_ptr<const Rules>> rules_;  // by pattern (key_of); shared: with copies
  std::size_t longest_prefix_ = 0;                                  // that there ever was
};

}  // namespace weir::log::security
