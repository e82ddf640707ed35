// Rules, and what they say: by examples, and by many of them at random held to the definition.
#include "log/security/acls.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log::security::acls_test {
namespace {

Acl rule(Operation operation, const std::string& topic, const std::string& principal = "User:alice") {
  return {Resource::topic, Pattern::literal, topic, principal, "*", operation, Permission::allow};
}
Acl with_prefix(Acl acl) {
  acl.pattern = Pattern::prefixed;
  return acl;
}
Acl denial(Acl acl) {
  acl.permission = Permission::deny;
  return acl;
}
Acl from(Acl acl, const std::string& host) {
  acl.host = host;
  return acl;
}
Acls rules(std::initializer_list<Acl> all) {
  Acls acls;
  for (const auto& acl : all) EXPECT_TRUE(acls.add(acl));
  return acls;
}
const Subject kAlice{"User:alice", "10.0.0.1"};
const Subject kBob{"User:bob", "10.0.0.2"};

bool may(const Acls& acls, Operation operation, const std::string& topic, const Subject& who = kAlice) {
  return acls.allows(who, operation, Resource::topic, topic);
}

TEST(Acls, what_no_rule_allows_is_denied) {
  EXPECT_FALSE(may({}, Operation::read, "t"));
  const auto acls = rules({rule(Operation::read, "t")});
  EXPECT_TRUE(may(acls, Operation::read, "t"));
  EXPECT_FALSE(may(acls, Operation::write, "t"));
  EXPECT_FALSE(may(acls, Operation::read, "t2"));
  EXPECT_FALSE(may(acls, Operation::read, "t", kBob));
  EXPECT_FALSE(acls.allows(kAlice, Operation::read, Resource::group, "t"));
}

TEST(Acls, a_denial_counts_before_everything) {
  const auto acls = rules({rule(Operation::all, "*"), denial(rule(Operation::write, "t")),
                           denial(with_prefix(rule(Operation::read, "secret.", "User:*")))});
  EXPECT_TRUE(may(acls, Operation::read, "t"));
  EXPECT_FALSE(may(acls, Operation::write, "t"));
  EXPECT_TRUE(may(acls, Operation::write, "u"));
  EXPECT_FALSE(may(acls, Operation::read, "secret.plans"));
  EXPECT_TRUE(may(acls, Operation::read, "secret"));
}

TEST(Acls, who_may_do_more_may_describe) {
  for (const auto operation : {Operation::read, Operation::write, Operation::remove, Operation::alter}) {
    EXPECT_TRUE(may(rules({rule(operation, "t")}), Operation::describe, "t"));
  }
  EXPECT_FALSE(may(rules({rule(Operation::create, "t")}), Operation::describe, "t"));
  EXPECT_FALSE(may(rules({rule(Operation::describe, "t")}), Operation::read, "t"));
  EXPECT_TRUE(may(rules({rule(Operation::alter_configs, "t")}), Operation::describe_configs, "t"));
  EXPECT_FALSE(may(rules({rule(Operation::alter_configs, "t")}), Operation::describe, "t"));
  // A denial of one says nothing of the other.
  const auto acls = rules({rule(Operation::write, "t"), denial(rule(Operation::read, "t"))});
  EXPECT_TRUE(may(acls, Operation::describe, "t"));
}

TEST(Acls, patterns_and_hosts_and_everybody) {
  const auto acls = rules({with_prefix(rule(Operation::read, "orders.")), from(rule(Operation::write, "t"), "10.0.0.1"),
                           rule(Operation::describe, "*", "User:*")});
  EXPECT_TRUE(may(acls, Operation::read, "orders.new"));
  EXPECT_TRUE(may(acls, Operation::read, "orders."));
  EXPECT_FALSE(may(acls, Operation::read, "orders"));
  EXPECT_TRUE(may(acls, Operation::write, "t"));
  EXPECT_FALSE(may(acls, Operation::write, "t", {"User:alice", "10.0.0.3"}));
  EXPECT_TRUE(may(acls, Operation::describe, "anything", kBob));
  EXPECT_FALSE(may(acls, Operation::read, "anything", kBob));
}

TEST(Acls, rules_come_and_go) {
  auto acls = rules({rule(Operation::read, "t")});
  EXPECT_FALSE(acls.add(rule(Operation::read, "t")));
  const auto before = acls;
  EXPECT_TRUE(acls.add(denial(rule(Operation::read, "t"))));
  EXPECT_TRUE(may(before, Operation::read, "t"));  // a copy stays what it is
  EXPECT_FALSE(may(acls, Operation::read, "t"));
  EXPECT_TRUE(acls.remove(denial(rule(Operation::read, "t"))));
  EXPECT_FALSE(acls.remove(denial(rule(Operation::read, "t"))));
  EXPECT_TRUE(may(acls, Operation::read, "t"));
  EXPECT_TRUE(acls.remove(rule(Operation::read, "t")));
  EXPECT_TRUE(acls.all().empty());
  EXPECT_FALSE(acls.has_any_about(Resource::topic, "t"));
}

TEST(Acls, filters_find_what_they_mean) {
  const auto acls = rules({rule(Operation::read, "t"), rule(Operation::read, "*"),
                           with_prefix(rule(Operation::read, "t")), rule(Operation::write, "u", "User:bob")});
  const auto count = [&](const AclFilter& filter) {
    return acls.matching(filter).size();
  };
  EXPECT_EQ(count({}), 4u);
  EXPECT_EQ(count({.name = "t"}), 2u);
  EXPECT_EQ(count({.pattern = Pattern::literal, .name = "t"}), 1u);
  EXPECT_EQ(count({.pattern = Pattern::match, .name = "t1"}), 2u);  // "*", and what begins with "t"
  EXPECT_EQ(count({.principal = "User:bob"}), 1u);
  EXPECT_EQ(count({.operation = Operation::read}), 3u);
  EXPECT_EQ(count({.resource = Resource::group}), 0u);
  EXPECT_EQ(count({.permission = Permission::deny}), 0u);
  EXPECT_EQ(count({.host = "10.0.0.1"}), 0u);
  EXPECT_FALSE((AclFilter{.operation = static_cast<Operation>(99)}.is_understood()));
}

TEST(Acls, on_any_resource_means_one_that_is_not_denied) {
  EXPECT_FALSE(Acls().allows_on_any(kAlice, Operation::write, Resource::topic));
  EXPECT_TRUE(rules({rule(Operation::write, "t")}).allows_on_any(kAlice, Operation::write, Resource::topic));
  EXPECT_FALSE(rules({rule(Operation::write, "t")}).allows_on_any(kBob, Operation::write, Resource::topic));
  EXPECT_FALSE(rules({rule(Operation::write, "t"), denial(rule(Operation::write, "*"))})
                   .allows_on_any(kAlice, Operation::write, Resource::topic));
  EXPECT_FALSE(rules({rule(Operation::write, "t1"), denial(with_prefix(rule(Operation::write, "t")))})
                   .allows_on_any(kAlice, Operation::write, Resource::topic));
  EXPECT_TRUE(rules({rule(Operation::write, "t1"), rule(Operation::write, "u"),
                     denial(with_prefix(rule(Operation::write, "t")))})
                  .allows_on_any(kAlice, Operation::write, Resource::topic));
  EXPECT_TRUE(rules({with_prefix(rule(Operation::write, "t")), denial(rule(Operation::write, "t"))})
                  .allows_on_any(kAlice, Operation::write, Resource::topic));
}

TEST(Acls, names_are_read_in_any_spelling) {
  EXPECT_EQ(operation_named("DescribeConfigs"), Operation::describe_configs);
  EXPECT_EQ(operation_named("describe-configs"), Operation::describe_configs);
  EXPECT_EQ(operation_named("DELETE"), Operation::remove);
  EXPECT_EQ(operation_named("fly"), std::nullopt);
  EXPECT_EQ(resource_named("TransactionalId"), Resource::transactional_id);
  EXPECT_EQ(pattern_named("PREFIXED"), Pattern::prefixed);
}

TEST(Acls, what_is_no_rule_says_why) {
  EXPECT_EQ(rule(Operation::read, "t").what_is_wrong(), "");
  EXPECT_NE(rule(Operation::cluster_action, "t").what_is_wrong(), "");
  EXPECT_NE(rule(Operation::read, "").what_is_wrong(), "");
  EXPECT_NE(rule(Operation::read, "t", "alice").what_is_wrong(), "");
  EXPECT_NE(rule(static_cast<Operation>(77), "t").what_is_wrong(), "");
  EXPECT_NE(from(rule(Operation::read, "t"), "").what_is_wrong(), "");
  Acl cluster = rule(Operation::create, "mine");
  cluster.resource = Resource::cluster;
  EXPECT_NE(cluster.what_is_wrong(), "");
  cluster.name = kClusterName;
  EXPECT_EQ(cluster.what_is_wrong(), "");
}

// The definition, said without any index.
bool by_definition(const std::vector<Acl>& all, const Subject& who, Operation operation, const std::string& topic) {
  bool is_allowed = false;
  for (const auto& acl : all) {
    const bool is_about =
        acl.pattern == Pattern::prefixed ? topic.rfind(acl.name, 0) == 0 : acl.name == topic || acl.name == "*";
    const bool is_his =
        (acl.principal == who.principal || acl.principal == "User:*") && (acl.host == who.host || acl.host == "*");
    if (!is_about || !is_his) continue;
    const bool is_same = acl.operation == operation || acl.operation == Operation::all;
    if (acl.permission == Permission::deny && is_same) return false;
    const bool implies =
        operation == Operation::describe && (acl.operation == Operation::read || acl.operation == Operation::write);
    is_allowed |= acl.permission == Permission::allow && (is_same || implies);
  }
  return is_allowed;
}

TEST(Acls, many_rules_at_random_say_what_the_definition_says) {
  std::mt19937 random(7);
  const auto one_of = [&](const auto& values) {
    return values[random() % std::size(values)];
  };
  const std::string names[] = {"a", "ab", "abc", "b", "*", "ba"};
  const std::string principals[] = {"User:alice", "User:bob", "User:*"};
  const std::string hosts[] = {"10.0.0.1", "10.0.0.2", "*"};
  const Operation operations[] = {Operation::read, Operation::write, Operation::describe, Operation::all};
  int allowed = 0;
  for (int round = 0; round < 300; ++round) {
    Acls acls;
    for (int i = 0; i < 8; ++i) {
      const Acl acl{Resource::topic,
                    random() % 2 == 0 ? Pattern::literal : Pattern::prefixed,
                    one_of(names),
                    one_of(principals),
                    one_of(hosts),
                    one_of(operations),
                    random() % 4 == 0 ? Permission::deny : Permission::allow};
      if (random() % 5 == 0) (void)acls.remove(acl);
      (void)acls.add(acl);
    }
    const auto all = acls.all();
    for (const auto& topic : names) {
      for (const auto operation : {Operation::read, Operation::write, Operation::describe}) {
        for (const auto& who : {kAlice, kBob}) {
          const bool expected = by_definition(all, who, operation, topic);
          EXPECT_EQ(acls.allows(who, operation, Resource::topic, topic), expected);
          allowed += expected ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(allowed, 1'000);
}

}  // namespace
}  // namespace weir::log::security::acls_test
