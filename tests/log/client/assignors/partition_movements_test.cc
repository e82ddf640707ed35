#include "log/client/assignors/partition_movements.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

class PartitionMovementsTest : public testing::Test {
 protected:
  static SubscribedMember subscriber(std::string id) {
    SubscribedMember member{std::move(id), std::nullopt, {}};
    member.subscription.topics = {"t", "u"};
    return member;
  }

  const std::vector<SubscribedMember> members_{subscriber("a"), subscriber("b"), subscriber("c")};
  const TopicLayouts topics_{{"t", {3, {}}}, {"u", {3, {}}}};  // partitions 0-2 and 3-5
  const GroupLayout group_{members_, topics_, MemberOrder::by_member_id};
  PartitionMovements movements_{group_};
};

TEST_F(PartitionMovementsTest, a_partition_that_came_the_other_way_goes_back_instead) {
  movements_.moved(0, 1, 2);
  EXPECT_EQ(movements_.instead_of(1, 2, 1), 0);
}

TEST_F(PartitionMovementsTest, only_one_of_the_same_topic_does) {
  movements_.moved(0, 1, 2);
  EXPECT_EQ(movements_.instead_of(3, 2, 1), 3);
}

TEST_F(PartitionMovementsTest, two_moves_are_one_from_the_first_member_to_the_last) {
  movements_.moved(0, 0, 1);
  movements_.moved(0, 1, 2);
  EXPECT_EQ(movements_.instead_of(1, 2, 0), 0);
  EXPECT_EQ(movements_.instead_of(1, 2, 1), 1);
  EXPECT_EQ(movements_.instead_of(1, 1, 0), 1);
}

TEST_F(PartitionMovementsTest, a_partition_that_is_back_has_not_moved) {
  movements_.moved(0, 0, 1);
  movements_.moved(0, 1, 0);
  EXPECT_EQ(movements_.instead_of(1, 1, 0), 1);
  EXPECT_EQ(movements_.instead_of(1, 0, 1), 1);
}

}  // namespace
}  // namespace weir::log
