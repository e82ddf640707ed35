#include "log/client/membership/subscription.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

using Topics = std::vector<std::string>;

TEST(Subscription, topics_are_sorted_and_there_once) {
  auto subscription = Subscription::to({"b", "a", "b"});
  EXPECT_EQ(subscription.topics(), (Topics{"a", "b"}));
  EXPECT_TRUE(subscription.contains("b"));
  EXPECT_FALSE(subscription.match({"c"}));
  EXPECT_EQ(subscription.topics(), (Topics{"a", "b"}));
}

TEST(Subscription, a_pattern_takes_the_topics_whose_whole_name_matches) {
  auto subscription = *Subscription::matching("click.*");
  EXPECT_TRUE(subscription.match({"clicks", "old-clicks", "click"}));
  EXPECT_EQ(subscription.topics(), (Topics{"click", "clicks"}));
  EXPECT_FALSE(subscription.match({"click", "clicks", "views"}));
  EXPECT_TRUE(subscription.match({"views"}));
  EXPECT_TRUE(subscription.topics().empty());
}

TEST(Subscription, what_is_no_regular_expression_is_refused_with_it) {
  auto wrong = Subscription::matching("(");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(wrong.error().detail.find("'('"), std::string::npos);
}

}  // namespace
}  // namespace weir::log
