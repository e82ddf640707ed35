#include "log/model/record_codec.h"

#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace weir::log::record_codec {
namespace {

constexpr Offset kBase{100};
constexpr std::int64_t kTime = 1'700'000'000'000;

std::string written(std::int64_t time_delta, std::int32_t offset_delta, const NullableBytes& key,
                    const NullableBytes& value) {
  const std::size_t body = body_size(time_delta, offset_delta, key, value, {});
  std::string bytes(whole_size(body), '\0');
  put_record(bytes.data(), body, time_delta, offset_delta, key, value, {});
  return bytes;
}

// Both ways of reading agree: on whether it is a record, where it ends, and what it is.
void expect_equal(const std::string& bytes) {
  RecordView usual{}, any{};
  const char* end = bytes.data() + bytes.size();
  const char* usual_end = get_usual_record(bytes.data(), end, kBase, kTime, usual);
  const char* any_end = get_any_record(bytes.data(), end, kBase, kTime, any);
  if (usual_end == nullptr) return;  // then the other one decides
  ASSERT_EQ(usual_end, any_end);
  EXPECT_EQ(usual.offset, any.offset);
  EXPECT_EQ(usual.timestamp_ms, any.timestamp_ms);
  EXPECT_EQ(usual.key, any.key);
  EXPECT_EQ(usual.value, any.value);
  EXPECT_EQ(usual.headers.count, any.headers.count);
}

TEST(RecordCodec, the_usual_record_is_read_the_short_way) {
  for (const auto& [key, value] : std::initializer_list<std::pair<NullableBytes, NullableBytes>>{
           {"key", "value"}, {std::nullopt, "value"}, {"key", std::nullopt}, {"", "12345"}, {"12345", ""}}) {
    const std::string bytes = written(70, 300, key, value);
    RecordView record{};
    ASSERT_EQ(get_usual_record(bytes.data(), bytes.data() + bytes.size(), kBase, kTime, record),
              bytes.data() + bytes.size());
    EXPECT_EQ(record.key, key);
    EXPECT_EQ(record.value, value);
    EXPECT_EQ(record.offset, Offset(400));
    EXPECT_EQ(record.timestamp_ms, kTime + 70);
  }
}

TEST(RecordCodec, sizes_around_the_borders_of_varints_are_read_alike) {
  for (std::size_t key : {0, 1, 63, 64, 8'191, 8'192, 20'000}) {
    for (std::size_t value : {0, 1, 63, 64, 8'100, 8'192, 70'000}) {
      for (std::int64_t time : {-9'000, -1, 0, 63, 64, 8'191, 8'192}) {
        const std::string bytes =
            written(time, static_cast<std::int32_t>(key), std::string(key, 'k'), std::string(value, 'v'));
        expect_equal(bytes);
        RecordView record{};
        ASSERT_NE(get_record(bytes.data(), bytes.data() + bytes.size(), kBase, kTime, record), nullptr);
        EXPECT_EQ(record.key->size(), key);
        EXPECT_EQ(record.value->size(), value);
        EXPECT_EQ(record.timestamp_ms, kTime + time);
      }
    }
  }
}

// Copies of exactly their size, so that a byte too many is seen by AddressSanitizer.
TEST(RecordCodec, bytes_that_are_nearly_right_are_read_alike) {
  std::mt19937 random(7);
  for (int round = 0; round < 200'000; ++round) {
    std::string bytes = written(static_cast<std::int64_t>(random() % 200), static_cast<std::int32_t>(random() % 200),
                                std::string(random() % 70, 'k'), std::string(random() % 70, 'v'));
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 2 == 0) bytes.resize(random() % bytes.size());
    expect_equal(std::string(bytes));
  }
}

}  // namespace
}  // namespace weir::log::record_codec
