#include "log/model/compression.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log {
namespace {

OwnedBytes text_of_size(std::size_t size) {
  std::mt19937_64 dice(size);
  OwnedBytes text;
  while (text.size() < size) text += "word" + std::to_string(dice() % 1'000) + ' ';
  text.resize(size);
  return text;
}

class Codec : public testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(All, Codec,
                         testing::Values(Compression::none, Compression::gzip, Compression::snappy, Compression::lz4,
                                         Compression::zstd),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Codec, gives_back_what_it_took) {
  OwnedBytes plain;  // reused: longer and shorter contents follow one another
  for (std::size_t size : {0, 1, 100, 4'096, 65'536, 1'000'000, 65'537, 10}) {
    OwnedBytes packed = "kept in front";
    const std::size_t before = packed.size();
    ASSERT_TRUE(compress(GetParam(), text_of_size(size), packed));
    ASSERT_EQ(packed.substr(0, before), "kept in front");
    ASSERT_TRUE(decompress(GetParam(), Bytes(packed).substr(before), plain));
    EXPECT_EQ(plain, text_of_size(size));
  }
}

TEST_P(Codec, refuses_to_exceed_the_limit) {
  OwnedBytes packed;
  ASSERT_TRUE(compress(GetParam(), OwnedBytes(1'000'000, 'x'), packed));
  OwnedBytes plain;
  EXPECT_EQ(decompress(GetParam(), packed, plain, 999'999).error().code, ErrorCode::corrupt_message);
  EXPECT_TRUE(decompress(GetParam(), packed, plain, 1'000'000));
}

TEST_P(Codec, survives_damage_without_reading_past_its_input) {
  OwnedBytes packed;
  ASSERT_TRUE(compress(GetParam(), text_of_size(3'000), packed));
  std::mt19937_64 dice(7);
  OwnedBytes plain;
  for (int i = 0; i < 2'000; ++i) {
    OwnedBytes damaged = packed.substr(0, dice() % (packed.size() + 1));
    if (!damaged.empty()) damaged[dice() % damaged.size()] ^= static_cast<char>(1 << dice() % 8);
    (void)decompress(GetParam(), damaged, plain, 1 << 20);  // an error or some bytes
    EXPECT_LE(plain.size(), (1u << 20) + 1);
  }
}

TEST_P(Codec, a_cut_stream_is_an_error) {
  if (GetParam() == Compression::none) GTEST_SKIP() << "nothing tells its end";
  OwnedBytes packed;
  ASSERT_TRUE(compress(GetParam(), text_of_size(200'000), packed));
  OwnedBytes plain;
  EXPECT_FALSE(decompress(GetParam(), Bytes(packed).substr(0, packed.size() - 1), plain));
  EXPECT_FALSE(decompress(GetParam(), Bytes(packed).substr(0, packed.size() / 2), plain));
}

TEST(CompressionNames, are_those_of_kafka) {
  EXPECT_EQ(compression_named("lz4"), Compression::lz4);
  EXPECT_EQ(compression_named("brotli"), std::nullopt);
}

}  // namespace
}  // namespace weir::log
