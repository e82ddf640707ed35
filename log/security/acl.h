// Acl: one rule about who may do what, as Kafka has them: a principal, from a host, is allowed or denied an operation
// on the resources that a pattern names. AclFilter: which rules are meant.
//
//   User:alice  from 10.0.0.7  allow  write  topic  literal "orders"
//   User:*      from *         deny   read   topic  prefixed "secret."
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::log::security {

// On the wire and on disk: do not renumber.
enum class Resource : std::int8_t {
  unknown = 0,
  any = 1,
  topic = 2,
  group = 3,
  cluster = 4,
  transactional_id = 5,
  user = 7
};
enum class Pattern : std::int8_t { unknown = 0, any = 1, match = 2, literal = 3, prefixed = 4 };
enum class Operation : std::int8_t {
  unknown = 0,
  any = 1,
  all = 2,
  read = 3,
  write = 4,
  create = 5,
  remove = 6,  // Kafka's "delete"
  alter = 7,
  describe = 8,
  cluster_action = 9,
  describe_configs = 10,
  alter_configs = 11,
  idempotent_write = 12,
};
enum class Permission : std::int8_t { unknown = 0, any = 1, deny = 2, allow = 3 };

inline constexpr std::string_view kClusterName = "kafka-cluster";  // of the one resource that is the cluster
inline constexpr std::string_view kAnybody = "User:*";
inline constexpr std::string_view kAnonymous = "User:ANONYMOUS";  // who did not say who it is

struct Acl {
  Resource resource = Resource::topic;
  Pattern pattern = Pattern::literal;
  std::string name;       // "*" with literal: all
  std::string principal;  // "User:alice"
  std::string host = "*";
  Operation operation = Operation::all;
  Permission permission = Permission::allow;
  auto operator<=>(const Acl&) const = default;

  // Is it a rule that may stand? With what is wrong otherwise; empty: nothing.
  std::string what_is_wrong() const;
};

// What is not said, or `any`, does not matter. Pattern::match: rules that a resource of that name is under.
struct AclFilter {
  Resource resource = Resource::any;
  Pattern pattern = Pattern::any;
  std::optional<std::string> name{};
  std::optional<std::string> principal{};
  std::optional<std::string> host{};
  Operation operation = Operation::any;
  Permission permission = Permission::any;

  bool matches(const Acl& acl) const;
  // Has it values that nobody knows?
  bool is_understood() const;
};

// Lower case words: "topic", "describe_configs"; empty for a value that has none.
std::string_view name_of(Resource resource);
std::string_view name_of(Pattern pattern);
std::string_view name_of(Operation operation);
std::string_view name_of(Permission permission);
// In any case, with '-' or '_' or nothing between words: "DescribeConfigs", "transactional-id".
std::optional<Resource> resource_named(std::string_view text);
std::optional<Pattern> pattern_named(std::string_view text);
std::optional<Operation> operation_named(std::string_view text);

// May an ACL of such a resource speak of the operation?
bool has_operation(Resource resource, Operation operation);

}  // namespace weir::log::security

template <>
struct std::hash<weir::log::security::Acl> {
  std::size_t operator()(const weir::log::security::Acl& acl) const;
};
