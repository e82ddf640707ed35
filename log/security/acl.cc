#include "log/security/acl.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace weir::log::security {

namespace {

template <class Value>
struct Named {
  Value value;
  std::string_view name;
};

constexpr Named<Resource> kResources[] = {
    {Resource::topic, "topic"},     {Resource::group, "group"},
    {Resource::cluster, "cluster"}, {Resource::transactional_id, "transactional_id"},
    {Resource::user, "user"},
};
constexpr Named<Pattern> kPatterns[] = {{Pattern::literal, "literal"}, {Pattern::prefixed, "prefixed"}};
constexpr Named<Operation> kOperations[] = {
    {Operation::all, "all"},
    {Operation::read, "read"},
    {Operation::write, "write"},
    {Operation::create, "create"},
    {Operation::remove, "delete"},
    {Operation::alter, "alter"},
    {Operation::describe, "describe"},
    {Operation::cluster_action, "cluster_action"},
    {Operation::describe_configs, "describe_configs"},
    {Operation::alter_configs, "alter_configs"},
    {Operation::idempotent_write, "idempotent_write"},
};
constexpr Named<Permission> kPermissions[] = {{Permission::deny, "deny"}, {Permission::allow, "allow"}};

template <class Value, std::size_t kSize>
std::string_view name_in(const Named<Value> (&rows)[kSize], Value value) {
  const auto* found = std::ranges::find(rows, value, &Named<Value>::value);
  return found == std::end(rows) ? std::string_view() : found->name;
}

std::string letters_of(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c != '_' && c != '-') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters;
}

template <class Value, std::size_t kSize>
std::optional<Value> named_in(const Named<Value> (&rows)[kSize], std::string_view text) {
  const std::string wanted = letters_of(text);
  for (const auto& row : rows) {
    if (letters_of(row.name) == wanted) return row.value;
  }
  return std::nullopt;
}

bool is_one_of(Operation operation, std::initializer_list<Operation> operations) {
  return std::ranges::find(operations, operation) != operations.end();
}

// Is a resource of this name under the rule's pattern?
bool is_under(const Acl& acl, std::string_view name) {
  if (acl.pattern == Pattern::prefixed) return name.starts_with(acl.name);
  return acl.name == name || acl.name == "*";
}

}  // namespace

std::string_view name_of(Resource resource) {
  return name_in(kResources, resource);
}
std::string_view name_of(Pattern pattern) {
  return name_in(kPatterns, pattern);
}
std::string_view name_of(Operation operation) {
  return name_in(kOperations, operation);
}
std::string_view name_of(Permission permission) {
  return name_in(kPermissions, permission);
}

std::optional<Resource> resource_named(std::string_view text) {
  return named_in(kResources, text);
}
std::optional<Pattern> pattern_named(std::string_view text) {
  return named_in(kPatterns, text);
}
std::optional<Operation> operation_named(std::string_view text) {
  return named_in(kOperations, text);
}

bool has_operation(Resource resource, Operation operation) {
  if (operation == Operation::all) return true;
  switch (resource) {
    case Resource::topic:
      return is_one_of(operation,
                       {Operation::read, Operation::write, Operation::create, Operation::remove, Operation::alter,
                        Operation::describe, Operation::describe_configs, Operation::alter_configs});
    case Resource::group:
      return is_one_of(operation, {Operation::read, Operation::describe, Operation::remove, Operation::describe_configs,
                                   Operation::alter_configs});
    case Resource::cluster:
      return is_one_of(operation,
                       {Operation::create, Operation::cluster_action, Operation::describe_configs,
                        Operation::alter_configs, Operation::idempotent_write, Operation::alter, Operation::describe});
    case Resource::transactional_id:
      return is_one_of(operation, {Operation::describe, Operation::write});
    case Resource::user:
      return is_one_of(operation, {Operation::describe, Operation::create});
    case Resource::unknown:
    case Resource::any:
      return false;
  }
  return false;
}

std::string Acl::what_is_wrong() const {
  if (name_of(resource).empty()) return "a rule is about topics, groups, the cluster, transactional ids or users";
  if (name_of(pattern).empty()) return "a rule's pattern is literal or prefixed";
  if (name.empty()) return "a rule without a resource's name";
  if (resource == Resource::cluster && name != kClusterName) {
    return "the cluster is named '" + std::string(kClusterName) + "'";
  }
  if (principal.find(':') == std::string::npos || principal.ends_with(':')) {
    return "'" + principal + "': a principal is 'User:NAME'";
  }
  if (host.empty()) return "a rule without a host: '*' for all";
  if (name_of(permission).empty()) return "a rule allows or denies";
  if (!has_operation(resource, operation)) {
    return "'" + std::string(name_of(operation)) + "' is no operation on a " + std::string(name_of(resource));
  }
  return {};
}

bool AclFilter::matches(const Acl& acl) const {
  if (resource != Resource::any && resource != acl.resource) return false;
  if (principal && *principal != acl.principal) return false;
  if (host && *host != acl.host) return false;
  if (operation != Operation::any && operation != acl.operation) return false;
  if (permission != Permission::any && permission != acl.permission) return false;
  const bool is_exact = pattern == Pattern::literal || pattern == Pattern::prefixed;
  if (is_exact && pattern != acl.pattern) return false;
  if (!name) return true;
  return pattern == Pattern::match ? is_under(acl, *name) : acl.name == *name;
}

bool AclFilter::is_understood() const {
  const bool knows_resource = resource == Resource::any || !name_of(resource).empty();
  const bool knows_pattern = pattern == Pattern::any || pattern == Pattern::match || !name_of(pattern).empty();
  const bool knows_operation = operation == Operation::any || !name_of(operation).empty();
  const bool knows_permission = permission == Permission::any || !name_of(permission).empty();
  return knows_resource && knows_pattern && knows_operation && knows_permission;
}

}  // namespace weir::log::security

std::size_t std::hash<weir::log::security::Acl>::operator()(const weir::log::security::Acl& acl) const {
  std::size_t all = static_cast<std::size_t>(acl.resource) * 64 + static_cast<std::size_t>(acl.pattern) * 16;
  all += static_cast<std::size_t>(acl.operation) * 2 + static_cast<std::size_t>(acl.permission);
  for (const auto* text : {&acl.name, &acl.principal, &acl.host}) {
    all = all * 1'000'003 + std::hash<std::string>()(*text);
  }
  return all;
}
