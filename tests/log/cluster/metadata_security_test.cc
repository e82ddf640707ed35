// Users, rules, quotas and the cluster's name as part of the metadata: what is written is what is read, also by a
// snapshot.
#include <gtest/gtest.h>

#include "log/cluster/metadata_snapshot.h"

namespace weir::log::cluster::metadata_security_test {
namespace {

using security::Acl;
using security::ScramMechanism;

const security::ScramCredential kCredential{"salt", "stored", "server", 4'096};

std::vector<MetadataRecord> some_records() {
  Acl acl{security::Resource::topic,  security::Pattern::prefixed, "orders.", "User:alice", "10.0.0.1",
          security::Operation::write, security::Permission::deny};
  Acl other = acl;
  other.operation = security::Operation::read;
  Uuid id;
  id.bytes[3] = 7;
  return {UserChanged{"alice", ScramMechanism::sha_256, kCredential},
          UserChanged{"alice", ScramMechanism::sha_512, {"more salt", "stored", "server", 8'192}},
          UserChanged{"bob", ScramMechanism::sha_256, kCredential},
          UserRemoved{"bob", ScramMechanism::sha_256},
          UserRemoved{"nobody", ScramMechanism::sha_256},
          AclAdded{acl},
          AclAdded{other},
          AclRemoved{other},
          QuotaChanged{{"alice", ""}, "producer_byte_rate", 1'000.5},
          QuotaChanged{{std::nullopt, "app"}, "consumer_byte_rate", 2'000},
          QuotaChanged{{std::nullopt, "app"}, "consumer_byte_rate", std::nullopt},
          ClusterNamed{id, "a secret"}};
}

void expect_all(const Metadata& state) {
  ASSERT_NE(state.find_user("alice"), nullptr);
  EXPECT_EQ(state.find_user("alice")->at(ScramMechanism::sha_256), kCredential);
  EXPECT_EQ(state.find_user("alice")->at(ScramMechanism::sha_512).iterations, 8'192);
  EXPECT_EQ(state.find_user("bob"), nullptr);
  EXPECT_EQ(state.users().size(), 1u);
  ASSERT_EQ(state.acls().all().size(), 1u);
  EXPECT_EQ(state.acls().all().front().operation, security::Operation::write);
  EXPECT_EQ(state.acls().all().front().host, "10.0.0.1");
  const Quotas::All expected{{{"alice", ""}, {{"producer_byte_rate", 1'000.5}}}};
  EXPECT_EQ(state.quotas().all(), expected);
  ASSERT_TRUE(state.cluster());
  EXPECT_EQ(state.cluster()->id.bytes[3], 7);
  EXPECT_EQ(state.cluster()->secret, "a secret");
}

TEST(MetadataSecurity, records_say_what_they_were_made_of) {
  Metadata state;
  for (const auto& record : some_records()) {
    const auto read = decode_metadata_record(encode(record));
    ASSERT_TRUE(read);
    state.apply(*read);
  }
  expect_all(state);
}

TEST(MetadataSecurity, a_snapshot_holds_all_of_it) {
  MetadataSnapshot snapshot;
  for (const auto& record : some_records()) snapshot.state.apply(record);
  const auto read = MetadataSnapshot::decode(snapshot.encode());
  ASSERT_TRUE(read);
  expect_all(read->state);
}

TEST(MetadataSecurity, what_is_no_rule_is_no_record) {
  Acl wrong{security::Resource::topic, security::Pattern::literal, "", "User:alice"};
  EXPECT_EQ(decode_metadata_record(encode(AclAdded{wrong})).error().code, ErrorCode::corrupt_data);
  EXPECT_FALSE(decode_metadata_record(encode(UserChanged{"", ScramMechanism::sha_256, kCredential})));
  EXPECT_FALSE(decode_metadata_record(encode(UserChanged{"a", static_cast<ScramMechanism>(9), kCredential})));
}

}  // namespace
}  // namespace weir::log::cluster::metadata_security_test
