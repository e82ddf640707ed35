#include "log/model/record_batch.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log {
namespace {

struct Owned {
  std::int64_t timestamp;
  std::optional<OwnedBytes> key;
  std::optional<OwnedBytes> value;
  std::vector<Header> headers;
};

Owned random_record(std::mt19937_64& dice) {
  auto bytes = [&](std::size_t most) -> std::optional<OwnedBytes> {
    if (dice() % 5 == 0) return std::nullopt;
    return OwnedBytes(dice() % most, static_cast<char>('a' + dice() % 26));
  };
  Owned record{static_cast<std::int64_t>(1'700'000'000'000 + dice() % 100'000) - 50'000, bytes(30), bytes(500), {}};
  if (dice() % 10 == 0) {
    for (std::size_t i = 0; i <= dice() % 3; ++i) record.headers.push_back({"h" + std::to_string(i), bytes(20)});
  }
  return record;
}

NullableBytes view_of(const std::optional<OwnedBytes>& bytes) {
  return bytes ? NullableBytes(Bytes(*bytes)) : std::nullopt;
}

void add(BatchBuilder& builder, const Owned& record) {
  std::vector<HeaderView> headers;
  for (const auto& header : record.headers) headers.push_back({header.key, view_of(header.value)});
  builder.add(record.timestamp, view_of(record.key), view_of(record.value), headers);
}

std::vector<Owned> read_all(const RecordBatch& batch) {
  BatchReader reader;
  std::vector<Owned> all;
  EXPECT_TRUE(reader.open(batch));
  RecordView views[32];
  while (std::size_t count = reader.fill(views).value()) {
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(views[i].offset, batch.header.base_offset + static_cast<std::int64_t>(all.size()));
      Owned record{views[i].timestamp_ms, {}, {}, {}};
      if (views[i].key) record.key = OwnedBytes(*views[i].key);
      if (views[i].value) record.value = OwnedBytes(*views[i].value);
      for (const auto& header : views[i].headers.decode()) {
        record.headers.push_back({std::string(header.key), {}});
        if (header.value) record.headers.back().value = OwnedBytes(*header.value);
      }
      all.push_back(std::move(record));
    }
  }
  return all;
}

class Batches : public testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(All, Batches,
                         testing::Values(Compression::none, Compression::gzip, Compression::snappy, Compression::lz4,
                                         Compression::zstd),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Batches, a_batch_holds_the_records_that_were_added) {
  std::mt19937_64 dice(3);
  BatchBuilder builder;
  for (int round = 0; round < 20; ++round) {
    std::vector<Owned> records;
    for (std::size_t i = 0; i <= dice() % 300; ++i) {
      records.push_back(random_record(dice));
      add(builder, records.back());
    }
    BatchOptions options;
    options.compression = GetParam();
    auto batch = builder.seal(options).value();
    EXPECT_TRUE(builder.empty());
    EXPECT_EQ(batch.trust, Trust::sealed_here);
    auto parsed = RecordBatch::parse(SharedBytes::copy_of(batch.bytes.view()), Trust::foreign).value();
    EXPECT_TRUE(parsed.check_crc());
    auto read = read_all(parsed);
    ASSERT_EQ(read.size(), records.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].timestamp, records[i].timestamp);
      EXPECT_EQ(read[i].key, records[i].key);
      EXPECT_EQ(read[i].value, records[i].value);
      EXPECT_EQ(read[i].headers, records[i].headers);
    }
  }
}

TEST_P(Batches, no_damage_is_read_past_the_batch) {
  std::mt19937_64 dice(11);
  BatchBuilder builder;
  for (int i = 0; i < 50; ++i) add(builder, random_record(dice));
  BatchOptions options;
  options.compression = GetParam();
  OwnedBytes bytes(builder.seal(options)->bytes.view());
  for (int i = 0; i < 3'000; ++i) {
    OwnedBytes damaged = bytes;
    for (std::size_t flips = dice() % 4 + 1; flips > 0; --flips) {
      damaged[kBatchPrefixSize + 9 + dice() % (damaged.size() - kBatchPrefixSize - 9)] ^=
          static_cast<char>(1 << dice() % 8);
    }
    // Trusted on purpose: the checksum would catch it, and the records' own bounds must do so without it.
    auto batch = RecordBatch::parse(SharedBytes::copy_of(damaged), Trust::sealed_here);
    BatchReader reader;
    if (!batch || !reader.open(*batch)) continue;
    RecordView views[16];
    for (;;) {
      auto count = reader.fill(views);
      if (!count || *count == 0) break;
      for (std::size_t at = 0; at < *count; ++at) (void)views[at].headers.decode();
    }
  }
}

TEST(RecordBatch, every_flipped_bit_behind_the_epoch_fails_the_checksum_or_the_header) {
  BatchBuilder builder;
  builder.add(5, Bytes("key"), Bytes("value"));
  OwnedBytes bytes(builder.seal({})->bytes.view());
  for (std::size_t bit = 16 * 8; bit < bytes.size() * 8; ++bit) {
    OwnedBytes damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    auto batch = RecordBatch::parse(SharedBytes::copy_of(damaged), Trust::foreign);
    EXPECT_FALSE(batch && batch->check_crc()) << bit;
  }
}

TEST(RecordBatch, a_cut_batch_is_truncated_at_every_length) {
  BatchBuilder builder;
  builder.add(5, Bytes("key"), Bytes("value"));
  OwnedBytes bytes(builder.seal({})->bytes.view());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto batch = RecordBatch::parse(SharedBytes::copy_of(Bytes(bytes).substr(0, size)), Trust::foreign);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::truncated);
  }
}

TEST(RecordBatch, assigning_an_offset_leaves_the_checksum_valid) {
  BatchBuilder builder;
  builder.add(5, Bytes("key"), Bytes("value"));
  OwnedBytes bytes(builder.seal({})->bytes.view());
  assign_offset(bytes.data(), Offset(1'000'000'000'000), LeaderEpoch(7));
  auto batch = RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign).value();
  EXPECT_TRUE(batch.check_crc());
  EXPECT_EQ(batch.header.base_offset, Offset(1'000'000'000'000));
  EXPECT_EQ(batch.header.leader_epoch, LeaderEpoch(7));
}

TEST(RecordBatch, the_builders_size_is_the_batchs) {
  BatchBuilder builder;
  for (int i = 0; i < 1'000; ++i) builder.add(1'000 + i, Bytes("key"), Bytes("a value of some length"));
  std::size_t size = builder.size_bytes();
  EXPECT_EQ(builder.seal({})->bytes.size(), size);
}

// As Kafka: bytes that end before their batch does are a partial batch, unless they cannot be the beginning of one.
TEST(RecordBatch, zeros_and_impossible_lengths_are_corrupt_also_where_the_bytes_end_early) {
  auto code_of = [](const std::string& bytes) {
    auto parsed = RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign);
    return parsed ? ErrorCode::none : parsed.error().code;
  };
  for (std::size_t size : {12u, 17u, 32u, 60u, 61u, 100u}) {
    EXPECT_EQ(code_of(std::string(size, '\0')), ErrorCode::corrupt_message) << size;
  }
  EXPECT_EQ(code_of(std::string(11, '\0')), ErrorCode::truncated);  // too short to tell
  auto with_length = [](std::int32_t length) {
    std::string bytes(32, '\0');
    for (int i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(static_cast<std::uint32_t>(length) >> (24 - 8 * i));
    bytes[16] = 2;
    return bytes;
  };
  EXPECT_EQ(code_of(with_length(-1)), ErrorCode::corrupt_message);
  EXPECT_EQ(code_of(with_length(48)), ErrorCode::corrupt_message);
  EXPECT_EQ(code_of(with_length(49)), ErrorCode::truncated);
  auto old = with_length(1'000);
  old[16] = 1;
  EXPECT_EQ(code_of(old), ErrorCode::corrupt_message);
}

TEST(BatchBuilder, a_small_batch_holds_no_more_than_what_is_in_it) {
  BatchBuilder builder(128 * 1024);
  for (int round = 0; round < 3; ++round) {
    builder.add(0, "k", "v");
    auto batch = *builder.seal({});
    EXPECT_TRUE(batch.check_crc());
    for (int i = 0; i < 5'000; ++i) builder.add(0, "key", "value");
    auto large = *builder.seal({});
    EXPECT_TRUE(large.check_crc());
    EXPECT_EQ(large.header.count, 5'000);
  }
}

}  // namespace
}  // namespace weir::log
