#include "log/base/regex.h"

#include <gtest/gtest.h>

namespace weir::regex_test {
namespace {

TEST(Regex, MatchesWholeNames) {
  const auto regex = Regex::compile("orders-[0-9]+|returns");
  ASSERT_TRUE(regex);
  EXPECT_EQ(regex->text(), "orders-[0-9]+|returns");
  EXPECT_TRUE(regex->matches_whole("orders-17"));
  EXPECT_TRUE(regex->matches_whole("returns"));
  EXPECT_FALSE(regex->matches_whole("orders-17-late"));
  EXPECT_FALSE(regex->matches_whole("my-returns"));
  EXPECT_FALSE(regex->matches_whole(""));
}

TEST(Regex, WhatIsNoneIsToldWithItsReason) {
  for (const char* wrong : {"(", "orders-[", "*", R"((a)\1)", "(?=a)"}) {
    const auto regex = Regex::compile(wrong);
    ASSERT_FALSE(regex) << wrong;
    EXPECT_EQ(regex.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(regex.error().detail.find("pattern '" + std::string(wrong) + "': "), std::string::npos)
        << regex.error().detail;
  }
}

// Which takes others exponential time, or their stack.
TEST(Regex, AnExpressionThatGoesBackAndForthTakesLinearTime) {
  const auto regex = Regex::compile("(a*)*b");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->matches_whole(std::string(200'000, 'a')));
  EXPECT_TRUE(regex->matches_whole(std::string(200'000, 'a') + "b"));
}

}  // namespace
}  // namespace weir::regex_test
