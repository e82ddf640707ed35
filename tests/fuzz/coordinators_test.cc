// What coordinators and group members read that others wrote: records of the coordinators' topics, subscriptions,
// assignments, user data of assignors; and the log's own metadata.
#include <google/protobuf/stubs/logging.h>

#include "log/broker/groups/records.h"
#include "log/broker/transactions/records.h"
#include "log/client/assignors/sticky_user_data.h"
#include "log/cluster/metadata.h"
#include "log/wire/consumer_protocol.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz {
namespace {

using namespace weir::log;

std::vector<OwnedBytes> recorded(const std::string& file, const std::string& kind_ends_with) {
  std::vector<OwnedBytes> all;
  for (const auto& line : recorded_lines(file)) {
    if (vectors::text_of(line, "kind").ends_with(kind_ends_with)) all.push_back(vectors::bytes_of(line, "hex"));
  }
  return all;
}

// A key with a value: any of those that were recorded, one of them changed.
TEST(CoordinatorFuzz, a_changed_record_is_taken_or_refused) {
  const auto keys = recorded("coordinator_records.jsonl", "Key");
  const auto values = recorded("coordinator_records.jsonl", "Value");
  int taken = 0;
  auto decode = [&](Bytes key, Bytes value) {
    const AllocationWatch watch;
    RecordView record{Offset(0), 0, key, value, {}};
    taken += broker::decode_transaction(record).has_value() ? 1 : 0;
    taken += broker::decode_offset(record).has_value() ? 1 : 0;
    taken += broker::decode_group(record).has_value() ? 1 : 0;
    EXPECT_LE(watch.bytes(), reasonable(key.size() + value.size()));
  };
  mutate(keys, 40'000, [&](const OwnedBytes& key) {
    for (const auto& value : values) decode(key, value);
  });
  mutate(values, 40'000, [&](const OwnedBytes& value) {
    for (const auto& key : keys) decode(key, value);
  });
  EXPECT_GT(taken, 0);
}

TEST(CoordinatorFuzz, a_changed_subscription_is_taken_or_refused) {
  mutate(recorded("consumer_protocol.jsonl", "subscription"), 120'000, [](const OwnedBytes& bytes) {
    const AllocationWatch watch;
    auto parsed = wire::parse_subscription(bytes);
    EXPECT_LE(watch.bytes(), reasonable(bytes.size()));
    if (!parsed) return;
    auto written = wire::subscription_bytes(*parsed);
    ASSERT_TRUE(written) << written.error().to_string();
    EXPECT_TRUE(wire::parse_subscription(*written));
    if (parsed->user_data) {
      (void)parse_sticky_user_data(*parsed->user_data);
      (void)parse_cooperative_sticky_user_data(*parsed->user_data);
    }
  });
}

TEST(CoordinatorFuzz, a_changed_assignment_is_taken_or_refused) {
  mutate(recorded("consumer_protocol.jsonl", "assignment"), 120'000, [](const OwnedBytes& bytes) {
    const AllocationWatch watch;
    auto parsed = wire::parse_assignment(bytes);
    EXPECT_LE(watch.bytes(), reasonable(bytes.size()));
    if (!parsed) return;
    auto written = wire::assignment_bytes(*parsed);
    ASSERT_TRUE(written) << written.error().to_string();
    EXPECT_TRUE(wire::parse_assignment(*written));
  });
}

TEST(CoordinatorFuzz, changed_user_data_of_a_sticky_member_is_taken_or_refused) {
  OwnedPartitions owned;
  owned.generation = 7;
  for (int i = 0; i < 20; ++i) owned.partitions.push_back({i % 2 == 0 ? "clicks" : "orders", PartitionIndex(i)});
  mutate({sticky_user_data(owned), cooperative_sticky_user_data(7)}, 120'000, [](const OwnedBytes& bytes) {
    const AllocationWatch watch;
    (void)parse_sticky_user_data(bytes);
    (void)parse_cooperative_sticky_user_data(bytes);
    EXPECT_LE(watch.bytes(), reasonable(bytes.size()));
  });
}

TEST(CoordinatorFuzz, a_changed_record_of_the_metadata_is_taken_or_refused) {
  const cluster::Topic topic{"clicks", TopicId{}, 12, {{"retention.ms", "1000"}}, false};
  const std::vector<OwnedBytes> corpus{encode(cluster::MetadataRecord(cluster::TopicCreated{topic})),
                                       encode(cluster::MetadataRecord(cluster::TopicChanged{{}, 3, topic.configs})),
                                       encode(cluster::MetadataRecord(cluster::TopicDeleted{})),
                                       encode(cluster::MetadataRecord(cluster::ProducerIdsReserved{ProducerId(9)}))};
  const google::protobuf::LogSilencer silencer;  // it tells of strings that are not UTF-8
  mutate(corpus, 120'000, [](const OwnedBytes& bytes) {
    auto record = cluster::decode_metadata_record(bytes);  // Protobuf takes room for strings before it has them
    EXPECT_TRUE(!record || cluster::decode_metadata_record(encode(*record)));
  });
}

}  // namespace
}  // namespace weir::fuzz
