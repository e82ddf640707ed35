#include "log/base/crc32c.h"

#include <random>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Crc32c, has_the_known_check_value) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c_portable("123456789"), 0xe3069283u);
}

TEST(Crc32c, chosen_and_portable_agree_at_every_length_and_alignment) {
  std::mt19937_64 dice(1);
  OwnedBytes bytes(20'000, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(dice());
  for (std::size_t size = 0; size < 1'000; ++size) {
    Bytes run = Bytes(bytes).substr(size % 13, size);
    ASSERT_EQ(crc32c(run), crc32c_portable(run)) << size;
  }
  for (std::size_t size = 6'000; size < 20'000; size += 97) {
    ASSERT_EQ(crc32c(Bytes(bytes).substr(0, size)), crc32c_portable(Bytes(bytes).substr(0, size))) << size;
  }
}

TEST(Crc32c, continues_from_a_previous_part) {
  OwnedBytes bytes(5'000, 'x');
  for (std::size_t cut : {0, 1, 7, 100, 4'999, 5'000}) {
    EXPECT_EQ(crc32c(Bytes(bytes).substr(cut), crc32c(Bytes(bytes).substr(0, cut))), crc32c(bytes));
  }
}

}  // namespace
}  // namespace weir
