// What stages read from topics of their own, and stores from changelogs: rows, messages, positions and times, changed a
// little. What still reads is written as what is read again.
#include "streams/runtime/offset_metadata.h"
#include "streams/state/position.h"
#include "streams/streams.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz {
namespace {

using namespace weir::streams;

template <class T>
OwnedBytes written(const T& value) {
  OwnedBytes scratch;
  return OwnedBytes(Serde<T>::encode(value, scratch));
}

template <class T>
void check_rows(const std::vector<T>& rows, const std::function<void(const T&)>& look = {}) {
  std::vector<OwnedBytes> corpus;
  for (const T& row : rows) corpus.push_back(written(row));
  mutate(corpus, 80'000, [&](const OwnedBytes& bytes) {
    const AllocationWatch watch;
    T row{};
    const bool is_one = Serde<T>::decode(bytes, row);
    EXPECT_LE(watch.bytes(), reasonable(bytes.size()));
    if (!is_one) return;
    if (look) look(row);
    const OwnedBytes again = written(row);
    T same{};
    ASSERT_TRUE(Serde<T>::decode(again, same));
    EXPECT_EQ(to_hex(written(same)), to_hex(again));
  });
}

using Text = std::string;

TEST(StreamFormatFuzz, rows_of_joins) {
  check_rows<JoinRow<Text>>({{true, "left"}, {false, ""}});
}
TEST(StreamFormatFuzz, changes_of_groups) {
  check_rows<GroupChange<Text>>({{"old", "new"}, {std::nullopt, "new"}, {"old", std::nullopt}});
}
TEST(StreamFormatFuzz, rows_of_sessions) {
  check_rows<SessionRow<std::int64_t>>({{}, {1'000, 7}});
}
TEST(StreamFormatFuzz, keys_with_windows) {
  check_rows<Windowed<Text>>({{"key", {1'000, 2'000}}, {"", {0, 1}}});
}
TEST(StreamFormatFuzz, changes_that_are_held_back) {
  check_rows<HeldChange<Text>>({{7, "fresh", "old", "seen"}, {8, std::nullopt, "old", std::nullopt}});
}
TEST(StreamFormatFuzz, records_that_wait) {
  OwnedBytes headers;
  encode_headers(std::vector<log::Header>{{"trace", "1"}, {"empty", std::nullopt}}, headers);
  check_rows<HeldRecord<Text>>({{"value", 2, headers}, {"", 0, ""}}, [](const HeldRecord<Text>& row) {
    EXPECT_EQ((log::HeadersView{row.header_count, row.headers}.decode().size()), std::size_t(row.header_count));
  });
}
TEST(StreamFormatFuzz, versions_that_were_followed) {
  check_rows<PastRow<Text>>({{5, "value"}, {6, std::nullopt}});
}
TEST(StreamFormatFuzz, messages_of_foreign_key_joins) {
  check_rows<SubscriptionMessage<Text>>({{Instruction::unsubscribe, 7, "left"}, {}});
  check_rows<AnswerMessage<Text>>({{AnswerKind::row, 7, "right"}, {AnswerKind::unsubscribed, 8, std::nullopt}});
}

TEST(StreamFormatFuzz, positions_of_stores) {
  state::Position position;
  position.next = log::Offset(4711);
  mutate({position.encode()}, 80'000, [](const OwnedBytes& bytes) {
    auto read = state::Position::decode(bytes);
    EXPECT_TRUE(!read || state::Position::decode(read->encode()) == read);
  });
}

TEST(StreamFormatFuzz, metadata_of_offsets) {
  OffsetMetadata metadata;
  metadata.partition_time_ms = 1'700'000'000'000;
  metadata.event_times_ms = {{"logins.count", 1'700'000'000'000}, {"timer#1", 5}, {"/store", 9}};
  OffsetMetadata second = metadata;
  second.topic = 0x8c5f01aa;
  second.written.changelogs[7] = {log::Offset(1010), log::LeaderEpoch(3)};
  second.written.topics[9] = 0x77aa0b12;
  mutate({metadata.to_string(), second.to_string(), ""}, 80'000, [](const OwnedBytes& bytes) {
    auto read = OffsetMetadata::parse(bytes);
    ASSERT_TRUE(read || read.error().code == ErrorCode::corrupt_data) << read.error().to_string();
    if (!read) return;
    auto again = OffsetMetadata::parse(read->to_string());
    ASSERT_TRUE(again) << read->to_string();
    EXPECT_EQ(*again, *read);
  });
}

}  // namespace
}  // namespace weir::fuzz
