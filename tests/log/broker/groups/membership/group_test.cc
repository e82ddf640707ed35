#include "log/broker/groups/membership/group.h"

#include "tests/log/broker/groups/membership/group_world.h"

namespace weir::log::broker {
namespace {

class GroupTest : public testing::Test, protected GroupWorld {
 protected:
  static Joiner instance(std::string id, std::vector<std::string> topics = {"t"}) {
    Joiner joiner;
    joiner.instance_id = std::move(id);
    joiner.protocols = {{"range", reads(std::move(topics))}};
    return joiner;
  }
  static Joiner with_protocols(std::vector<std::string> names) {
    Joiner joiner;
    joiner.protocols.clear();
    for (auto& name : names) joiner.protocols.push_back({name, reads({"t"})});
    return joiner;
  }
  ErrorCode error_of(Ticket join) const { return joined.at(join).error_code; }
  std::string assignment(Ticket sync) const { return synced.at(sync).assignment; }
};

// Joining ---------------------------------------------------------------------------------------------------------

TEST_F(GroupTest, a_new_member_is_told_its_id_before_it_joins) {
  const Ticket first = join({});
  EXPECT_EQ(error_of(first), ErrorCode::member_id_required);
  EXPECT_EQ(joined.at(first).member_id, "m1");
  EXPECT_EQ(group().roster().members().size(), 0u);
  Joiner known;
  known.member_id = "m1";
  join(known);
  EXPECT_EQ(group().roster().members().size(), 1u);
  Joiner old;
  old.must_know_its_id = false;
  join(old);
  EXPECT_EQ(group().roster().members().size(), 2u);
}

TEST_F(GroupTest, an_id_that_was_not_given_is_unknown) {
  Joiner stranger;
  stranger.member_id = "stranger";
  EXPECT_EQ(error_of(join(stranger)), ErrorCode::unknown_member_id);
  join_known();
  EXPECT_EQ(error_of(join(stranger)), ErrorCode::unknown_member_id);
}

TEST_F(GroupTest, an_id_that_is_not_used_within_a_session_is_forgotten_with_its_group) {
  join({});
  ASSERT_NE(groups.find("g"), nullptr);
  advance(10'000);
  EXPECT_EQ(groups.find("g"), nullptr);
}

TEST_F(GroupTest, sessions_have_bounds) {
  Joiner hasty;
  hasty.session_ms = 5'999;
  EXPECT_EQ(error_of(join(hasty)), ErrorCode::invalid_session_timeout);
  hasty.session_ms = 1'800'001;
  EXPECT_EQ(error_of(join(hasty)), ErrorCode::invalid_session_timeout);
}

TEST_F(GroupTest, members_that_come_within_the_delay_form_one_generation) {
  const Ticket a = join_known();
  advance(2'000);
  const Ticket b = join_known();
  advance(1'500);  // put off for the newcomer
  EXPECT_FALSE(is_answered(a));
  advance(3'000);
  EXPECT_EQ(joined.at(a).generation_id, 1);
  EXPECT_EQ(joined.at(b).generation_id, 1);
  EXPECT_EQ(joined.at(b).leader, joined.at(a).member_id);
  EXPECT_EQ(joined.at(a).members.size(), 2u);
  EXPECT_TRUE(joined.at(b).members.empty());
  EXPECT_EQ(joined.at(b).protocol_name, "range");
}

TEST_F(GroupTest, newcomers_put_the_first_generation_off_for_a_rebalance_timeout_at_most) {
  Joiner joiner;
  joiner.rebalance_ms = 10'000;
  const Ticket first = join_known(joiner);
  for (int i = 0; i < 10; ++i) {
    advance(1'000);
    join_known(joiner);
  }
  EXPECT_TRUE(is_answered(first));
}

TEST_F(GroupTest, without_delay_one_member_is_a_generation_at_once) {
  limits.initial_rebalance_delay = Millis(0);
  EXPECT_EQ(joined.at(join_known()).generation_id, 1);
}

TEST_F(GroupTest, without_a_protocol_in_common_nobody_joins) {
  join_known(with_protocols({"range", "sticky"}));
  EXPECT_EQ(error_of(join(with_protocols({"roundrobin"}))), ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(error_of(join(with_protocols({}))), ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(error_of(join(with_protocols({"sticky"}))), ErrorCode::member_id_required);
}

TEST_F(GroupTest, the_protocol_that_most_prefer_is_taken) {
  const Ticket a = join_known(with_protocols({"a", "b", "c"}));
  join_known(with_protocols({"b", "a"}));
  join_known(with_protocols({"b", "c", "a"}));
  gather();
  EXPECT_EQ(joined.at(a).protocol_name, "b");
}

TEST_F(GroupTest, a_group_has_no_more_members_than_it_may) {
  limits.max_members = 1;
  join_known();
  EXPECT_EQ(error_of(join({})), ErrorCode::group_max_size_reached);
}

// Rebalances ------------------------------------------------------------------------------------------------------

TEST_F(GroupTest, a_newcomer_makes_the_others_join_again) {
  auto ids = stable({{}, {}});
  const Ticket newcomer = join_known();
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
  const Ticket a = join({.member_id = ids[0]});
  EXPECT_FALSE(is_answered(newcomer));
  const Ticket b = join({.member_id = ids[1]});
  EXPECT_EQ(joined.at(newcomer).generation_id, 2);
  EXPECT_EQ(joined.at(a).members.size(), 3u);
  EXPECT_EQ(joined.at(b).leader, ids[0]);
}

TEST_F(GroupTest, whoever_does_not_join_again_in_time_is_dropped_and_another_one_leads) {
  auto ids = stable({{}, {}});
  const Ticket newcomer = join_known();
  for (int i = 0; i < 12; ++i) {
    advance(5'000);
    heartbeat(ids[0], 1);
    if (i == 0) join({.member_id = ids[1]});
  }
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(group().roster().members().size(), 2u);
  EXPECT_NE(joined.at(newcomer).leader, ids[0]);
}

TEST_F(GroupTest, a_silent_member_is_dropped_after_its_session_and_one_that_is_kept_waiting_is_not) {
  auto ids = stable({{}, {}});
  advance(6'000);
  ASSERT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
  advance(4'000);
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
  const Ticket newcomer = join_known();
  const Ticket again = join({.member_id = ids[0]});
  ASSERT_TRUE(is_answered(again));
  const auto& leader = joined.at(newcomer).leader;
  const std::string follower = leader == ids[0] ? joined.at(newcomer).member_id : ids[0];
  sync(follower, 2);
  advance(30'000);
  EXPECT_NE(heartbeat(follower, 2), ErrorCode::unknown_member_id);
}

TEST_F(GroupTest, members_that_never_ask_for_their_assignment_are_dropped) {
  const Ticket a = join_known();
  const Ticket b = join_known();
  gather();
  const std::string leader = joined.at(a).member_id;
  const std::string other = joined.at(b).member_id;
  sync(leader, 1, {{leader, "1"}, {other, "2"}});
  for (int i = 0; i < 12; ++i) {
    advance(5'000);
    heartbeat(leader, 1);
    heartbeat(other, 1);
  }
  EXPECT_EQ(heartbeat(other, 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(leader, 1), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupTest, followers_wait_for_the_leader_and_who_asks_again_is_told_the_same) {
  const Ticket a = join_known();
  const Ticket b = join_known();
  gather();
  const std::string leader = joined.at(a).member_id;
  const std::string follower = joined.at(b).member_id;
  const Ticket waits = sync(follower, 1);
  EXPECT_FALSE(is_answered(waits));
  EXPECT_EQ(assignment(sync(leader, 1, {{leader, "x"}, {follower, "y"}})), "x");
  EXPECT_EQ(assignment(waits), "y");
  EXPECT_EQ(assignment(sync(follower, 1)), "y");
}

TEST_F(GroupTest, a_follower_that_missed_the_answer_is_told_it_again_and_a_leader_begins_anew) {
  auto ids = stable({{}, {}});
  const Ticket again = join({.member_id = ids[1]});
  EXPECT_EQ(joined.at(again).generation_id, 1);
  EXPECT_EQ(group().state(), GroupState::stable);
  Joiner changed;
  changed.member_id = ids[1];
  changed.protocols = {{"range", reads({"t", "u"})}};
  join(changed);
  EXPECT_EQ(group().state(), GroupState::preparing_rebalance);
  const Ticket leader = join({.member_id = ids[0]});
  EXPECT_EQ(joined.at(leader).generation_id, 2);
}

TEST_F(GroupTest, a_generation_that_is_over_is_fenced) {
  auto ids = stable({{}});
  EXPECT_EQ(heartbeat(ids[0], 0), ErrorCode::illegal_generation);
  EXPECT_EQ(synced.at(sync(ids[0], 0)).error_code, ErrorCode::illegal_generation);
  EXPECT_EQ(commit({.generation = 0, .member_id = ids[0]}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit({.generation = 2, .member_id = ids[0]}, InTransaction::yes), ErrorCode::illegal_generation);
  EXPECT_EQ(commit({.generation = 1, .member_id = ids[0]}), ErrorCode::none);
}

TEST_F(GroupTest, the_last_member_that_leaves_leaves_an_empty_group_behind) {
  auto ids = stable({{}, {}});
  EXPECT_EQ(leave(ids[0]), ErrorCode::none);
  EXPECT_EQ(leave(ids[0]), ErrorCode::unknown_member_id);
  EXPECT_EQ(leave(ids[1]), ErrorCode::none);
  EXPECT_EQ(group().state(), GroupState::empty);
  ASSERT_TRUE(log.back().value);
  EXPECT_TRUE(log.back().value->members.empty());
  EXPECT_EQ(log.back().value->generation, 2);
}

TEST_F(GroupTest, whoever_goes_while_it_waits_is_answered) {
  const Ticket waits = join_known();
  EXPECT_EQ(leave(joined.at(Ticket(1)).member_id), ErrorCode::none);
  EXPECT_EQ(error_of(waits), ErrorCode::unknown_member_id);
}

// Records ---------------------------------------------------------------------------------------------------------

TEST_F(GroupTest, an_assignment_is_nobodys_before_its_record_is_committed) {
  holds_records = true;
  const Ticket a = join_known();
  advance(3'000);
  const std::string id = joined.at(a).member_id;
  const Ticket asked = sync(id, 1, {{id, "x"}});
  EXPECT_FALSE(is_answered(asked));
  EXPECT_EQ(group().state(), GroupState::completing_rebalance);
  settle(true);
  EXPECT_EQ(assignment(asked), "x");
}

TEST_F(GroupTest, an_assignment_that_cannot_be_written_is_undone_by_a_rebalance) {
  holds_records = true;
  const Ticket a = join_known();
  advance(3'000);
  const std::string id = joined.at(a).member_id;
  const Ticket asked = sync(id, 1, {{id, "x"}});
  settle(false);
  EXPECT_EQ(synced.at(asked).error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::rebalance_in_progress);
  EXPECT_EQ(joined.at(join({.member_id = id})).generation_id, 2);
}

TEST_F(GroupTest, a_division_that_a_newcomer_made_old_counts_no_more_when_it_is_written) {
  holds_records = true;
  const Ticket a = join_known();
  advance(3'000);
  const std::string id = joined.at(a).member_id;
  const Ticket asked = sync(id, 1, {{id, "x"}});
  join_known();
  EXPECT_EQ(synced.at(asked).error_code, ErrorCode::rebalance_in_progress);
  settle(true);
  EXPECT_EQ(group().state(), GroupState::preparing_rebalance);
}

TEST_F(GroupTest, a_group_that_is_read_again_goes_on_where_its_record_says) {
  auto ids = stable({{}, {}});
  reload();
  EXPECT_EQ(group().state(), GroupState::stable);
  EXPECT_EQ(group().roster().leader(), ids[0]);
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::none);
  EXPECT_EQ(assignment(sync(ids[1], 1)), "2");
  advance(10'000);
  EXPECT_EQ(group().state(), GroupState::empty);  // nobody said a word since
}

TEST_F(GroupTest, whoever_waits_when_the_coordinator_goes_is_told_so) {
  const Ticket waits = join_known();
  reload();
  EXPECT_EQ(error_of(waits), ErrorCode::not_coordinator);
}

// Instances -------------------------------------------------------------------------------------------------------

TEST_F(GroupTest, an_instance_that_comes_back_has_what_it_had_without_a_rebalance) {
  auto ids = stable({instance("i"), instance("j")});
  const Ticket back = join(instance("j"));
  const auto& answer = joined.at(back);
  EXPECT_EQ(answer.generation_id, 1);
  EXPECT_NE(answer.member_id, ids[1]);
  EXPECT_EQ(assignment(sync(answer.member_id, 1, {}, "j")), "2");
  EXPECT_EQ(heartbeat(ids[0], 1, "i"), ErrorCode::none);
  EXPECT_EQ(heartbeat(ids[1], 1, "j"), ErrorCode::fenced_instance_id);
  EXPECT_EQ(commit({.generation = 1, .member_id = ids[1], .instance_id = "j"}), ErrorCode::fenced_instance_id);
  reload();
  EXPECT_EQ(heartbeat(answer.member_id, 1, "j"), ErrorCode::none);
}

TEST_F(GroupTest, a_leader_that_comes_back_is_told_to_leave_the_assignment_as_it_is) {
  auto ids = stable({instance("i"), instance("j")});
  const auto& answer = joined.at(join(instance("i")));
  EXPECT_TRUE(answer.skip_assignment);
  EXPECT_EQ(answer.leader, answer.member_id);
  EXPECT_EQ(answer.members.size(), 2u);
  Joiner old = instance("i");
  old.can_skip_assignment = false;
  const auto& told = joined.at(join(old));
  EXPECT_FALSE(told.skip_assignment);
  EXPECT_NE(told.leader, told.member_id);
}

TEST_F(GroupTest, an_instance_that_reads_other_topics_is_rebalanced) {
  auto ids = stable({instance("i"), instance("j")});
  const Ticket back = join(instance("j", {"t", "u"}));
  EXPECT_FALSE(is_answered(back));
  EXPECT_EQ(heartbeat(ids[0], 1, "i"), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupTest, a_return_that_cannot_be_written_never_was) {
  auto ids = stable({instance("i"), instance("j")});
  holds_records = true;
  const Ticket back = join(instance("j"));
  EXPECT_FALSE(is_answered(back));
  settle(false);
  EXPECT_EQ(error_of(back), ErrorCode::coordinator_not_available);
  EXPECT_EQ(heartbeat(ids[1], 1, "j"), ErrorCode::none);
  EXPECT_EQ(assignment(sync(ids[1], 1, {}, "j")), "2");
}

TEST_F(GroupTest, an_instance_that_is_away_is_kept_over_a_rebalance_until_its_session_ends) {
  Joiner patient = instance("j");
  patient.session_ms = 300'000;
  auto ids = stable({instance("i"), patient});
  const Ticket newcomer = join_known();
  const Ticket first = join({.member_id = ids[0], .instance_id = "i"});
  advance(60'000);
  ASSERT_TRUE(is_answered(newcomer));
  EXPECT_EQ(joined.at(first).members.size(), 3u);
  EXPECT_NE(group().roster().members().find(ids[1]), group().roster().members().end());
}

TEST_F(GroupTest, a_rebalance_that_nobody_has_time_for_ends_when_the_sessions_do) {
  limits.initial_rebalance_delay = Millis(0);
  Joiner hasty = instance("i");
  hasty.rebalance_ms = 1;
  stable({hasty});
  log.back().value->members[0].rebalance_timeout = 0;
  reload();
  Joiner newcomer;
  newcomer.member_id = joined.at(join({})).member_id;
  join(newcomer);
  EXPECT_EQ(leave(newcomer.member_id), ErrorCode::none);
  EXPECT_EQ(group().state(), GroupState::preparing_rebalance);
  for (int i = 0; i < 15; ++i) advance(1'000);
  EXPECT_EQ(group().state(), GroupState::empty);
}

TEST_F(GroupTest, an_administrator_removes_an_instance_by_its_name) {
  auto ids = stable({instance("i"), instance("j")});
  EXPECT_EQ(leave("", "j"), ErrorCode::none);
  EXPECT_EQ(leave("", "j"), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(ids[0], 1, "i"), ErrorCode::rebalance_in_progress);
}

}  // namespace
}  // namespace weir::log::broker
