#include "cli/start_offset.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

// Where consuming begins in a partition that has offsets 5 to 9, or -1 for an error.
std::int64_t start(std::string_view text) {
  auto parsed = StartOffset::parse(text);
  if (!parsed) return -1;
  auto offset = parsed->in(log::Offset(5), log::Offset(10));
  return offset ? offset->value() : -1;
}

TEST(StartOffset, is_a_name_an_offset_or_a_count_from_the_end) {
  EXPECT_EQ(start("earliest"), 5);
  EXPECT_EQ(start("latest"), 10);
  EXPECT_EQ(start("7"), 7);
  EXPECT_EQ(start("10"), 10);
  EXPECT_EQ(start("-2"), 8);
  EXPECT_EQ(start("-0"), 10);
  EXPECT_EQ(start("-99"), 5);
}

TEST(StartOffset, an_offset_that_is_not_there_is_an_error) {
  for (const char* text : {"4", "11"}) {
    auto offset = StartOffset::parse(text)->in(log::Offset(5), log::Offset(10));
    ASSERT_FALSE(offset);
    EXPECT_EQ(offset.error().code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(offset.error().detail, "offset " + std::string(text) + " is not there; there are 5 to 10");
  }
}

TEST(StartOffset, anything_else_is_wrong_usage) {
  for (const char* text : {"", "-", "--1", "1x", "first", "+3", "99999999999999999999"}) {
    auto parsed = StartOffset::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace weir::cli
