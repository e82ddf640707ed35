#include "log/client/membership/member_state.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

using Next = MemberState::Next;
using Phase = MemberState::Phase;

wire::JoinGroupResponse told(std::string leader, bool skip = false) {
  wire::JoinGroupResponse response;
  response.generation_id = 4;
  response.member_id = "me";
  response.leader = std::move(leader);
  response.protocol_name = "range";
  response.skip_assignment = skip;
  return response;
}
wire::JoinGroupResponse refused(ErrorCode code, std::string member_id = {}) {
  wire::JoinGroupResponse response;
  response.error_code = code;
  response.member_id = std::move(member_id);
  return response;
}

class MemberStateTest : public testing::Test {
 protected:
  void be_stable() {
    state_.joining();
    (void)state_.joined(told("other"));
    (void)state_.synced(ErrorCode::none);
    ASSERT_EQ(state_.phase(), Phase::stable);
  }
  MemberState state_{"g", std::nullopt};
};

TEST_F(MemberStateTest, a_new_member_joins_again_with_the_id_that_it_was_told) {
  state_.joining();
  EXPECT_EQ(state_.joined(refused(ErrorCode::member_id_required, "me")).next, Next::join);
  EXPECT_EQ(state_.who().member_id, "me");
}

TEST_F(MemberStateTest, the_leader_divides_unless_the_assignment_is_to_stay) {
  EXPECT_EQ(state_.joined(told("me")).next, Next::divide);
  EXPECT_TRUE(state_.is_leader());
  EXPECT_EQ(state_.joined(told("me", true)).next, Next::sync);
  EXPECT_EQ(state_.joined(told("other")).next, Next::sync);
  EXPECT_FALSE(state_.is_leader());
  EXPECT_EQ(state_.who().generation, 4);
  EXPECT_EQ(state_.protocol(), "range");
}

TEST_F(MemberStateTest, a_rebalance_takes_nothing_away) {
  be_stable();
  auto outcome = state_.heard(ErrorCode::rebalance_in_progress, 4);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->next, Next::join);
  EXPECT_FALSE(outcome->has_lost);
  EXPECT_EQ(state_.who().generation, 4);
  EXPECT_EQ(state_.who().member_id, "me");
  EXPECT_FALSE(state_.heard(ErrorCode::rebalance_in_progress, 4)) << "it joins already";
}

TEST_F(MemberStateTest, a_member_that_was_dropped_has_lost_everything_and_its_id) {
  be_stable();
  auto outcome = state_.heard(ErrorCode::unknown_member_id, 4);
  EXPECT_TRUE(outcome->has_lost);
  EXPECT_EQ(outcome->next, Next::join);
  EXPECT_EQ(state_.who().member_id, "");
  EXPECT_EQ(state_.who().generation, -1);
}

TEST_F(MemberStateTest, in_an_unknown_generation_it_has_lost_everything_but_its_id) {
  be_stable();
  auto outcome = state_.heard(ErrorCode::illegal_generation, 4);
  EXPECT_TRUE(outcome->has_lost);
  EXPECT_EQ(state_.who().member_id, "me");
}

TEST_F(MemberStateTest, what_is_said_of_an_earlier_generation_is_no_news) {
  be_stable();
  EXPECT_FALSE(state_.heard(ErrorCode::unknown_member_id, 3));
  EXPECT_FALSE(state_.heard(ErrorCode::not_coordinator, 4));
  EXPECT_EQ(state_.phase(), Phase::stable);
}

TEST_F(MemberStateTest, an_instance_that_was_taken_over_fails) {
  be_stable();
  auto outcome = state_.heard(ErrorCode::fenced_instance_id, 4);
  EXPECT_TRUE(outcome->has_lost);
  EXPECT_EQ(outcome->next, Next::fail);
  EXPECT_EQ(outcome->error.code, ErrorCode::fenced_instance_id);
}

TEST_F(MemberStateTest, a_coordinator_that_is_elsewhere_is_tried_again_after_a_pause) {
  for (auto code : {ErrorCode::not_coordinator, ErrorCode::coordinator_load_in_progress}) {
    state_.joining();
    EXPECT_EQ(state_.joined(refused(code)).next, Next::join_later);
    EXPECT_EQ(state_.phase(), Phase::unjoined);
  }
  EXPECT_EQ(state_.unanswered({ErrorCode::timed_out, "scripted"}).next, Next::join_later);
  EXPECT_EQ(state_.unanswered({ErrorCode::unsupported_version, "scripted"}).next, Next::fail) << "it never will";
  EXPECT_EQ(state_.joined(refused(ErrorCode::inconsistent_group_protocol)).next, Next::fail);
}

TEST_F(MemberStateTest, whoever_left_begins_as_a_stranger) {
  be_stable();
  state_.left();
  EXPECT_EQ(state_.who().member_id, "");
  EXPECT_EQ(state_.phase(), Phase::unjoined);
}

}  // namespace
}  // namespace weir::log
