// Groups of the new protocol as they stand in __consumer_offsets.
#include "log/model/for_each_record.h"
#include "tests/log/broker/groups/consumer/consumer_world.h"

namespace weir::log::broker::consumer_records_test {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (const char c : bytes) {
    const char* digits = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

// The example of docs/formats.md.
TEST(ConsumerRecords, are_written_as_kafka_writes_them) {
  TopicId topic;
  for (std::uint8_t i = 0; i < 16; ++i) topic.bytes[i] = i;
  ConsumerCurrentEntry entry{{"app", "m"}};
  auto& value = entry.value.emplace();
  value.member_epoch = 3;
  value.previous_member_epoch = 2;
  value.state = 1;
  value.assigned_partitions = {{topic, {PartitionIndex(0), PartitionIndex(2)}}};
  value.partitions_pending_revocation = {{topic, {PartitionIndex(1)}}};
  const auto batch = encode_changes({{"app", {entry}}}, 0).value();
  int seen = 0;
  EXPECT_TRUE(for_each_record(batch, [&](const RecordView& record) -> Result<> {
    ++seen;
    EXPECT_EQ(hex(*record.key), without_blanks("0008 0003 617070 0001 6d"));
    EXPECT_EQ(hex(*record.value),
              without_blanks("0000 00000003 00000002 01 02 000102030405060708090a0b0c0d0e0f 03 00000000 00000002 00 "
                             "02 000102030405060708090a0b0c0d0e0f 02 00000001 00 00"));
    const auto read = decode_consumer(record);
    EXPECT_TRUE(read && *read);
    EXPECT_EQ(std::get<ConsumerCurrentEntry>(**read).value, entry.value);
    return {};
  }));
  EXPECT_EQ(seen, 1);
}

TEST(ConsumerRecords, that_are_damaged_are_an_error_and_those_of_other_kinds_none) {
  const auto decode = [](std::string key, std::optional<std::string> value) {
    RecordView record;
    record.key = key;
    if (value) record.value = *value;
    return decode_consumer(record);
  };
  const std::string key("\0\3\0\1g", 5);
  EXPECT_TRUE(decode(key, std::nullopt).value());
  EXPECT_TRUE(decode(key, std::string("\0\0\0\0\0\7\0", 7)).value());
  EXPECT_FALSE(decode(key, std::string("\0\0\0\0", 4)));
  EXPECT_FALSE(decode(key, std::string("\0\1\0\0\0\7\0", 7)));  // a version that nobody has written
  EXPECT_FALSE(decode(key.substr(0, 4), std::nullopt));
  for (const char kind : {0, 1, 2, 4, 9, 17}) {
    EXPECT_FALSE(decode(std::string("\0", 1) + kind + key.substr(2), std::nullopt).value());
  }
}

}  // namespace
}  // namespace weir::log::broker::consumer_records_test
