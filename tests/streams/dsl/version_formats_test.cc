// The bytes of docs/formats.md: versions, records that wait, times.
#include <gtest/gtest.h>

#include "streams/dsl/hold_nodes.h"
#include "streams/dsl/past_row.h"
#include "streams/runtime/offset_metadata.h"
#include "streams/state/times_store.h"

namespace weir::streams {
namespace {

template <class T>
std::string hex_of(const T& value) {
  OwnedBytes scratch;
  return to_hex(Serde<T>::encode(value, scratch));
}

template <class T>
T from(const std::string& hex) {
  T value;
  EXPECT_TRUE(Serde<T>::decode(*from_hex(hex), value));
  return value;
}

TEST(VersionFormats, a_version_that_was_followed_is_as_documented) {
  using Row = PastRow<std::string>;
  EXPECT_EQ(hex_of(Row{10, "a"}), "000000000000000a0161");
  EXPECT_EQ(hex_of(Row{30, std::nullopt}), "000000000000001e00");
  EXPECT_EQ(from<Row>("000000000000000a0161").value, "a");
  EXPECT_EQ(from<Row>("000000000000001e00").value, std::nullopt);
  Row row;
  for (const char* wrong : {"", "000000000000000a", "000000000000000a02", "000000000000000a0061"}) {
    EXPECT_FALSE(Serde<Row>::decode(*from_hex(wrong), row)) << wrong;
  }
}

TEST(VersionFormats, a_record_that_waits_is_as_documented) {
  using Row = HeldRecord<std::string>;
  OwnedBytes scratch;
  const std::vector<log::Header> headers{{"h", "1"}};
  const log::HeadersView encoded = log::encode_headers(headers, scratch);
  const Row row{"v", encoded.count, OwnedBytes(encoded.encoded)};
  EXPECT_EQ(hex_of(row), "00000001000000040268023176");
  const Row back = from<Row>("00000001000000040268023176");
  EXPECT_EQ(back.value, "v");
  EXPECT_EQ(back.headers, row.headers);
  Row wrong;
  EXPECT_FALSE(Serde<Row>::decode(*from_hex("0000000100000009026802"), wrong));
}

TEST(VersionFormats, metadata_of_an_offset_is_as_documented) {
  const std::string text = "1;1700000000000;/recent=1700000000000;logins.count=1700000000000;tick#0=1700000010000";
  auto metadata = OffsetMetadata::parse(text);
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->event_times_ms.at("tick#0"), 1'700'000'010'000);
  EXPECT_EQ(metadata->event_times_ms.at("/recent"), 1'700'000'000'000);
  EXPECT_EQ(metadata->to_string(), text);
}

TEST(VersionFormats, metadata_of_an_offset_say_what_must_be_there) {
  const std::string text = "2;1700000000000;^8c5f01aa;@a1b2c3d4=1010:3;>0badcafe=77aa0b12;logins.count=1700000000000";
  auto metadata = OffsetMetadata::parse(text);
  ASSERT_TRUE(metadata) << metadata.error().to_string();
  EXPECT_EQ(metadata->topic, 0x8c5f01aau);
  EXPECT_EQ(metadata->written.changelogs.at(0xa1b2c3d4u).offset, log::Offset(1010));
  EXPECT_EQ(metadata->written.changelogs.at(0xa1b2c3d4u).epoch, log::LeaderEpoch(3));
  EXPECT_EQ(metadata->written.topics.at(0x0badcafeu), 0x77aa0b12u);
  EXPECT_EQ(metadata->event_times_ms.at("logins.count"), 1'700'000'000'000);
  EXPECT_EQ(metadata->to_string(), text);
  EXPECT_EQ(short_hash("counts"), 0x59ffbb85u);
  for (const char* wrong : {"2;1;^", "2;1;^xyz", "2;1;@1=2", "2;1;@1=2:", "2;1;>1", "3;1"}) {
    EXPECT_FALSE(OffsetMetadata::parse(wrong)) << wrong;
  }
}

class Changes final : public state::ChangeSink {
 public:
  Result<> change(Bytes key, NullableBytes value, std::int64_t) override {
    changes.emplace_back(std::string(key), value ? to_hex(*value) : "(deleted)");
    return {};
  }
  std::vector<std::pair<std::string, std::string>> changes;
};

TEST(TimesStore, writes_what_changed_and_takes_back_what_was_aborted) {
  state::TimesStore store("times");
  using Times = state::TimesStore::Times;
  store.set({{"a", 1}, {"b", 2}});
  Changes first;
  ASSERT_TRUE(store.write_changes(first));
  EXPECT_EQ(first.changes.size(), 2u);
  EXPECT_EQ(first.changes[0], std::pair(std::string("a"), std::string("0000000000000001")));
  store.committed();
  store.set({{"a", 5}});
  EXPECT_EQ(store.dirty_rows(), 2u);
  Changes second;
  ASSERT_TRUE(store.write_changes(second));
  EXPECT_EQ(second.changes,
            (std::vector<std::pair<std::string, std::string>>{{"a", "0000000000000005"}, {"b", "(deleted)"}}));
  store.undo();
  EXPECT_EQ(store.times(), (Times{{"a", 1}, {"b", 2}}));
  ASSERT_TRUE(store.restore("b", std::nullopt, 0));
  ASSERT_TRUE(store.restore("c", *from_hex("0000000000000007"), 0));
  EXPECT_EQ(store.times(), (Times{{"a", 1}, {"c", 7}}));
  EXPECT_FALSE(store.restore("d", "short", 0));
}

}  // namespace
}  // namespace weir::streams
