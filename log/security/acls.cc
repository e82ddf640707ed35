#include "log/security/acls.h"

#include <algorithm>

namespace weir::log::security {

namespace {

std::string key_of(Resource resource, Pattern pattern, std::string_view name) {
  std::string key{static_cast<char>(resource), static_cast<char>(pattern)};
  key += name;
  return key;
}

bool is_about(const Acl& acl, const Subject& who) {
  const bool has_principal = acl.principal == who.principal || acl.principal == kAnybody;
  return has_principal && (acl.host == "*" || acl.host == who.host);
}

bool is_implied(Operation wanted, Operation allowed) {
  if (wanted == Operation::describe) {
    return allowed == Operation::read || allowed == Operation::write || allowed == Operation::remove ||
           allowed == Operation::alter;
  }
  return wanted == Operation::describe_configs && allowed == Operation::alter_configs;
}

bool denies(const Acl& acl, const Subject& who, Operation operation) {
  return acl.permission == Permission::deny && is_about(acl, who) &&
         (acl.operation == operation || acl.operation == Operation::all);
}

bool allows_by(const Acl& acl, const Subject& who, Operation operation) {
  if (acl.permission != Permission::allow || !is_about(acl, who)) return false;
  return acl.operation == operation || acl.operation == Operation::all || is_implied(operation, acl.operation);
}

// Does what `wider` denies hold all that `acl` allows?
bool covers(const Acl& wider, const Acl& acl) {
  if (wider.pattern == Pattern::prefixed) return acl.name.starts_with(wider.name);
  return wider.name == "*" || (acl.pattern == Pattern::literal && wider.name == acl.name);
}

}  // namespace

bool Acls::add(const Acl& acl) {
  std::string key = key_of(acl.resource, acl.pattern, acl.name);
  const auto* there = rules_.find(key);
  Rules rules = there == nullptr ? Rules() : **there;
  if (!rules.insert(acl).second) return false;
  if (acl.pattern == Pattern::prefixed) longest_prefix_ = std::max(longest_prefix_, acl.name.size());
  rules_.set(std::move(key), std::make_shared<const Rules>(std::move(rules)));
  return true;
}

bool Acls::remove(const Acl& acl) {
  std::string key = key_of(acl.resource, acl.pattern, acl.name);
  const auto* there = rules_.find(key);
  if (there == nullptr || !(*there)->contains(acl)) return false;
  Rules rules = **there;
  rules.erase(acl);
  if (rules.empty()) return rules_.erase(key);
  rules_.set(std::move(key), std::make_shared<const Rules>(std::move(rules)));
  return true;
}

bool Acls::contains(const Acl& acl) const {
  const auto* there = rules_.find(key_of(acl.resource, acl.pattern, acl.name));
  return there != nullptr && (*there)->contains(acl);
}

std::vector<Acl> Acls::all() const {
  return matching({});
}

std::vector<Acl> Acls::matching(const AclFilter& filter) const {
  std::vector<Acl> found;
  for (const auto& [key, rules] : rules_) {
    std::ranges::copy_if(*rules, std::back_inserter(found), [&](const Acl& acl) { return filter.matches(acl); });
  }
  return found;
}

template <class Use>
void Acls::each_about(Resource resource, std::string_view name, Use use) const {
  const auto look = [&](Pattern pattern, std::string_view of) {
    if (const auto* there = rules_.find(key_of(resource, pattern, of))) use(**there);
  };
  look(Pattern::literal, name);
  if (name != "*") look(Pattern::literal, "*");
  for (std::size_t size = 1; size <= std::min(name.size(), longest_prefix_); ++size) {
    look(Pattern::prefixed, name.substr(0, size));
  }
}

bool Acls::has_any_about(Resource resource, std::string_view name) const {
  bool has = false;
  each_about(resource, name, [&](const Rules&) { has = true; });
  return has;
}

bool Acls::allows(const Subject& who, Operation operation, Resource resource, std::string_view name) const {
  bool is_denied = false;
  bool is_allowed = false;
  each_about(resource, name, [&](const Rules& rules) {
    for (const Acl& acl : rules) {
      is_denied |= denies(acl, who, operation);
      is_allowed |= allows_by(acl, who, operation);
    }
  });
  return is_allowed && !is_denied;
}

bool Acls::allows_on_any(const Subject& who, Operation operation, Resource resource) const {
  std::vector<const Acl*> allowing;
  std::vector<const Acl*> denying;
  for (const auto& [key, rules] : rules_) {
    if (key.front() != static_cast<char>(resource)) continue;
    for (const Acl& acl : *rules) {
      if (denies(acl, who, operation)) denying.push_back(&acl);
      if (allows_by(acl, who, operation)) allowing.push_back(&acl);
    }
  }
  return std::ranges::any_of(allowing, [&](const Acl* acl) {
    return std::ranges::none_of(denying, [&](const Acl* deny) { return covers(*deny, *acl); });
  });
}

}  // namespace weir::log::security
