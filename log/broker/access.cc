#include "log/broker/access.h"

namespace weir::log::broker {

using security::Operation;
using security::Resource;

bool Access::allows(Operation operation, Resource resource, std::string_view name) {
  if (is_super_) return true;
  auto now = topics_.metadata();
  if (now != seen_ || known_.size() >= kMostRemembered) {
    known_.clear();
    seen_ = std::move(now);
  }
  std::string question{static_cast<char>(operation), static_cast<char>(resource)};
  question += name;
  if (const auto known = known_.find(question); known != known_.end()) return known->second;
  const bool is_allowed = decide(operation, resource, name);
  known_.emplace(std::move(question), is_allowed);
  return is_allowed;
}

bool Access::decide(Operation operation, Resource resource, std::string_view name) const {
  const auto& acls = seen_->acls();
  if (policy_.allow_if_no_acl && !acls.has_any_about(resource, name)) return true;
  return acls.allows(who_, operation, resource, name);
}

bool Access::allows_on_any(Operation operation, Resource resource) const {
  if (is_super_) return true;
  const auto now = topics_.metadata();
  if (now->acls().allows_on_any(who_, operation, resource)) return true;
  // Then there is a name of which no rule speaks.
  return policy_.allow_if_no_acl && !now->acls().has_any_about(resource, "*");
}

std::int32_t Access::operations_on(Resource resource, std::string_view name) {
  std::uint32_t bits = 0;
  for (int number = static_cast<int>(Operation::read); number <= static_cast<int>(Operation::idempotent_write);
       ++number) {
    const auto operation = static_cast<Operation>(number);
    if (security::has_operation(resource, operation) && allows(operation, resource, name)) bits |= 1u << number;
  }
  return static_cast<std::int32_t>(bits);
}

}  // namespace weir::log::broker
