#include <gtest/gtest.h>

#include "log/broker/groups/records.h"
#include "log/broker/transactions/records.h"
#include "log/wire/message.h"
#include "log/wire/messages/group_metadata_record.h"
#include "log/wire/messages/transaction_log_record.h"

namespace weir::log::broker {
namespace {

std::vector<RecordView> records_of(const RecordBatch& batch, BatchReader& reader) {
  std::vector<RecordView> views(16);
  EXPECT_TRUE(reader.open(batch));
  views.resize(*reader.fill(views));
  return views;
}

Transaction ongoing() {
  Transaction transaction;
  transaction.producer_id = ProducerId(7);
  transaction.epoch = ProducerEpoch(2);
  transaction.timeout_ms = 60'000;
  transaction.state = TransactionState::ongoing;
  transaction.partitions = {{"clicks", PartitionIndex(0)}, {"clicks", PartitionIndex(3)}, {"views", PartitionIndex(1)}};
  transaction.start_ms = 1'700'000'000'000;
  transaction.last_update_ms = 1'700'000'000'050;
  return transaction;
}

TEST(CoordinatorRecords, a_prepared_commit_says_in_a_header_how_long_its_partitions_were) {
  Transaction prepared = ongoing();
  prepared.state = TransactionState::prepare_commit;
  prepared.ends = {Offset(5), Offset(0), Offset(1'000'000'000'000)};
  BatchReader reader;
  auto batch = encode_transaction({"app-1", prepared}, 5);
  auto records = records_of(*batch, reader);
  const auto headers = records.at(0).headers.decode();
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers[0].key, "weir.ends");
  EXPECT_EQ(to_hex(*headers[0].value),
            "0000000000000005"
            "0000000000000000"
            "000000e8d4a51000");
  EXPECT_EQ(decode_transaction(records[0])->value().next, prepared);
}

// The example of docs/formats.md, to the byte.
TEST(CoordinatorRecords, a_transaction_is_written_as_kafka_writes_it) {
  BatchReader reader;
  auto batch = encode_transaction({"app-1", ongoing()}, 5);
  auto records = records_of(*batch, reader);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(to_hex(*records[0].key),
            "0000"
            "0005"
            "6170702d31");
  EXPECT_EQ(to_hex(*records[0].value),
            "0000"
            "0000000000000007"
            "0002"
            "0000ea60"
            "01"
            "00000002"
            "0006"
            "636c69636b73"
            "00000002"
            "00000000"
            "00000003"
            "0005"
            "7669657773"
            "00000001"
            "00000001"
            "0000018bcfe56832"
            "0000018bcfe56800");
}

// The example of docs/formats.md, to the byte.
TEST(CoordinatorRecords, a_group_is_written_as_kafka_writes_it) {
  wire::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = 3;
  value.protocol = "range";
  value.leader = "m-1";
  value.current_state_timestamp = 1'700'000'000'000;
  value.members.push_back({"m-1", std::nullopt, "weir", "/::1", 60'000, 45'000, "S", "A"});
  BatchReader reader;
  auto batch = encode_group({"app", value, {}}, 5);
  auto records = records_of(*batch, reader);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(to_hex(*records[0].key),
            "0002"
            "0003"
            "617070");
  EXPECT_EQ(to_hex(*records[0].value),
            "0003"
            "0008"
            "636f6e73756d6572"
            "00000003"
            "0005"
            "72616e6765"
            "0003"
            "6d2d31"
            "0000018bcfe56800"
            "00000001"
            "0003"
            "6d2d31"
            "ffff"
            "0004"
            "77656972"
            "0004"
            "2f3a3a31"
            "0000ea60"
            "0000afc8"
            "00000001"
            "53"
            "00000001"
            "41");
  auto decoded = *decode_group(records[0]);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->group, "app");
  EXPECT_EQ(decoded->value, value);
  EXPECT_FALSE(*decode_offset(records[0]));
}

TEST(CoordinatorRecords, an_offset_is_written_as_kafka_writes_it) {
  BatchReader reader;
  const CommittedOffset committed{Offset(42), LeaderEpoch(3), "m", 1'700'000'000'000};
  auto batch = encode_offsets({{"app", {"clicks", PartitionIndex(1)}, committed}}, std::nullopt, 5);
  auto records = records_of(*batch, reader);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(to_hex(*records[0].key),
            "0001"
            "0003"
            "617070"
            "0006"
            "636c69636b73"
            "00000001");
  EXPECT_EQ(to_hex(*records[0].value),
            "0003"
            "000000000000002a"
            "00000003"
            "0001"
            "6d"
            "0000018bcfe56800");
}

TEST(CoordinatorRecords, what_is_written_is_read_again) {
  for (auto state :
       {TransactionState::empty, TransactionState::ongoing, TransactionState::prepare_commit,
        TransactionState::prepare_abort, TransactionState::complete_commit, TransactionState::complete_abort}) {
    Transaction transaction = ongoing();
    transaction.state = state;
    if (state == TransactionState::empty) transaction.partitions.clear();
    BatchReader reader;
    auto batch = encode_transaction({"x", transaction}, 5);
    auto change = decode_transaction(records_of(*batch, reader)[0]);
    EXPECT_EQ((*change)->transactional_id, "x");
    EXPECT_EQ((*change)->next, transaction);
  }
}

TEST(CoordinatorRecords, a_tombstone_forgets) {
  BatchReader reader;
  auto transaction = encode_transaction({"x", std::nullopt}, 5);
  EXPECT_FALSE((*decode_transaction(records_of(*transaction, reader)[0]))->next);
  auto offset = encode_offsets({{"g", {"t", PartitionIndex(0)}, std::nullopt}}, std::nullopt, 5);
  EXPECT_FALSE((*decode_offset(records_of(*offset, reader)[0]))->value);
}

TEST(CoordinatorRecords, offsets_of_a_transaction_are_in_its_producers_name) {
  auto batch = encode_offsets({{"g", {"t", PartitionIndex(0)}, CommittedOffset{}}},
                              ProducerIdentity{ProducerId(7), ProducerEpoch(2)}, 5);
  EXPECT_TRUE(batch->header.is_transactional());
  EXPECT_EQ(batch->header.producer_id, ProducerId(7));
  EXPECT_EQ(batch->header.producer_epoch, ProducerEpoch(2));
  EXPECT_EQ(batch->header.base_sequence, kNoSequence);
}

TEST(CoordinatorRecords, other_kinds_of_records_are_left_alone_and_broken_ones_are_named) {
  RecordView record;
  record.offset = Offset(12);
  auto group = *wire::encoded_with_version(wire::GroupMetadataKey{"g"}, 2);
  record.key = Bytes(group);
  record.value = Bytes("anything");
  EXPECT_FALSE(*decode_offset(record));
  record.key = std::nullopt;
  EXPECT_FALSE(*decode_offset(record));
  EXPECT_FALSE(*decode_transaction(record));

  auto key = *wire::encoded_with_version(wire::TransactionLogKey{"x"}, 0);
  record.key = Bytes(key);
  auto broken = decode_transaction(record);
  EXPECT_EQ(broken.error().code, ErrorCode::corrupt_data);
  EXPECT_NE(broken.error().detail.find("offset 12"), std::string::npos);
}

}  // namespace
}  // namespace weir::log::broker
