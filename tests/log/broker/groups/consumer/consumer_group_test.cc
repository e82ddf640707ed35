// The rules of the new protocol, one by one (KIP-848).
#include "tests/log/broker/groups/consumer/consumer_world.h"

namespace weir::log::broker::consumer_group_test {
namespace {

class ConsumerGroupTest : public ConsumerWorld, public testing::Test {
 protected:
  ConsumerGroupTest() { topics.set("t", 4); }

  static PartitionsByTopic given_in(const Answer& answer) {
    EXPECT_TRUE(answer && answer->assignment);
    return answer && answer->assignment ? partitions_in(answer->assignment->topic_partitions) : PartitionsByTopic{};
  }
  static Request owning(Request request, const PartitionsByTopic& owned) {
    request.topic_partitions = list_of<Request::TopicPartitions>(owned);
    return request;
  }
  static Request as(const std::string& instance, Request request) {
    request.instance_id = instance;
    return request;
  }
  static CommittedOffset committed_at(std::int64_t offset) { return {Offset(offset), kNoLeaderEpoch, "", 0}; }
  // It joins, and reads all that it is given.
  Answer join(const std::string& id, std::vector<std::string> names = {"t"}) {
    return beat(joining(id, std::move(names)));
  }
};

TEST_F(ConsumerGroupTest, the_first_member_has_everything_at_once) {
  const auto answer = join("a");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->member_id, "a");
  EXPECT_EQ(answer->member_epoch, 1);
  EXPECT_EQ(answer->heartbeat_interval_ms, 5'000);
  EXPECT_EQ(count_in(*answer), 4u);
  EXPECT_EQ(group()->state_name(), "Stable");
  // What has not changed is not said again, unless everything is asked for.
  EXPECT_FALSE(beat(beating("a", 1))->assignment);
  auto all = joining("a", {"t"});
  all.member_epoch = 1;
  EXPECT_EQ(count_in(*beat(owning(all, given_in(answer)))), 4u);
}

TEST_F(ConsumerGroupTest, a_partition_is_given_up_before_it_is_given) {
  const auto first = given_in(join("a"));
  const auto second = join("b");
  EXPECT_EQ(second->member_epoch, 2);
  EXPECT_EQ(count_in(*second), 0u);
  EXPECT_EQ(group()->state_name(), "Reconciling");
  // It stays in its epoch until it says that it has given up.
  const auto told = beat(beating("a", 1));
  EXPECT_EQ(told->member_epoch, 1);
  const auto kept = given_in(told);
  EXPECT_EQ(count_of(kept), 2u);
  EXPECT_EQ(beat(owning(beating("a", 1), first))->member_epoch, 1);
  EXPECT_FALSE(beat(beating("b", 2))->assignment);
  EXPECT_EQ(beat(owning(beating("a", 1), kept))->member_epoch, 2);
  EXPECT_EQ(count_in(*beat(beating("b", 2))), 2u);
  EXPECT_EQ(group()->state_name(), "Stable");
}

TEST_F(ConsumerGroupTest, who_does_not_give_up_in_time_is_out) {
  (void)join("a");
  (void)join("b");
  EXPECT_EQ(beat(beating("a", 1))->member_epoch, 1);
  for (int i = 0; i < 4; ++i) {  // it lives, and keeps what it has
    advance(4'999);
    EXPECT_EQ(beat(beating("a", 1))->member_epoch, 1);
    (void)beat(beating("b", 2));
  }
  EXPECT_TRUE(group()->members().contains("a"));
  advance(10);
  EXPECT_EQ(code_of(beat(beating("a", 1))), ErrorCode::unknown_member_id);
  EXPECT_EQ(count_in(*beat(beating("b", 2))), 4u);
}

TEST_F(ConsumerGroupTest, who_is_silent_for_a_session_is_out) {
  (void)join("a");
  advance(44'999);
  EXPECT_TRUE(beat(beating("a", 1)));
  advance(45'000);
  EXPECT_EQ(code_of(beat(beating("a", 1))), ErrorCode::unknown_member_id);
  EXPECT_EQ(group()->state_name(), "Empty");
}

TEST_F(ConsumerGroupTest, epochs_are_held_to) {
  const auto first = given_in(join("a"));
  EXPECT_EQ(code_of(beat(beating("a", 2))), ErrorCode::fenced_member_epoch);
  EXPECT_EQ(code_of(beat(beating("nobody", 1))), ErrorCode::unknown_member_id);
  (void)join("b");
  const auto kept = given_in(beat(beating("a", 1)));
  ASSERT_EQ(beat(owning(beating("a", 1), kept))->member_epoch, 2);
  // The answer was lost: the epoch before is taken again from who owns no more than it should.
  EXPECT_EQ(code_of(beat(beating("a", 1))), ErrorCode::fenced_member_epoch);
  EXPECT_EQ(code_of(beat(owning(beating("a", 1), first))), ErrorCode::fenced_member_epoch);
  EXPECT_EQ(beat(owning(beating("a", 1), kept))->member_epoch, 2);
  // Who was fenced joins again under its id, and is given what is its own.
  EXPECT_EQ(count_in(*join("a")), 2u);
}

TEST_F(ConsumerGroupTest, who_leaves_gives_everything_up) {
  (void)join("a");
  (void)join("b");
  EXPECT_EQ(beat(beating("a", -1))->member_epoch, -1);
  EXPECT_EQ(count_in(*beat(beating("b", 2))), 4u);
  EXPECT_EQ(code_of(beat(beating("a", -1))), ErrorCode::unknown_member_id);
}

TEST_F(ConsumerGroupTest, an_instance_that_left_for_now_finds_its_partitions_again) {
  const auto first = given_in(beat(as("i", joining("a", {"t"}))));
  EXPECT_EQ(code_of(beat(as("i", joining("b", {"t"})))), ErrorCode::unreleased_instance_id);
  const auto left = beat(as("i", beating("a", -2)));
  EXPECT_EQ(left->member_epoch, -2);
  (void)join("c");
  EXPECT_EQ(count_in(*join("c")), 0u);  // what is the instance's stays so
  const auto back = beat(as("i", joining("b", {"t"})));
  ASSERT_TRUE(back);
  EXPECT_EQ(given_in(back).begin()->second.size(), 2u);
  EXPECT_EQ(code_of(beat(as("i", beating("a", 1)))), ErrorCode::fenced_instance_id);
  EXPECT_EQ(code_of(beat(as("j", beating("b", 1)))), ErrorCode::unknown_member_id);
  // One that does not come back loses them with its session.
  (void)beat(as("i", beating("b", -2)));
  advance(45'001);
  EXPECT_EQ(count_in(*join("d")), 4u);
}

TEST_F(ConsumerGroupTest, partitions_and_topics_that_come_and_go_are_taken_up) {
  (void)join("a", {"t", "u"});
  topics.set("t", 6);
  EXPECT_EQ(count_in(*beat(beating("a", 1))), 6u);
  topics.set("u", 3);
  EXPECT_EQ(count_in(*beat(beating("a", 2))), 9u);
  topics.set("other", 3);
  EXPECT_FALSE(beat(beating("a", 3))->assignment);
  EXPECT_EQ(group()->epoch(), 3);
  topics.remove("t");
  const auto told = beat(beating("a", 3));
  EXPECT_EQ(count_in(*told), 3u);
  EXPECT_EQ(told->member_epoch, 3);  // what is gone is to be given up, too
  EXPECT_EQ(beat(owning(beating("a", 3), given_in(told)))->member_epoch, 4);
  // A topic of the same name is another one.
  topics.set("t", 1);
  EXPECT_EQ(count_in(*beat(beating("a", 4))), 4u);
}

TEST_F(ConsumerGroupTest, a_pattern_is_matched_by_whole_names_and_anew_when_topics_come) {
  topics.set("tt", 2);
  topics.set("other", 2);
  auto request = joining("a", {});
  request.subscribed_topic_regex = "t+";
  EXPECT_EQ(count_in(*beat(request)), 6u);
  topics.set("ttt", 1);
  EXPECT_EQ(count_in(*beat(beating("a", 1))), 7u);
  EXPECT_TRUE(group()->is_subscribed_to("tt"));
  EXPECT_FALSE(group()->is_subscribed_to("other"));
  request = joining("b", {});
  request.subscribed_topic_regex = "(";
  EXPECT_EQ(code_of(beat(request)), ErrorCode::invalid_regular_expression);
  // One that would keep a backtracking matcher busy for ever.
  topics.set(std::string(200, 'a'), 1);
  request.subscribed_topic_regex = "(a*)*b";
  EXPECT_TRUE(beat(request));
}

TEST_F(ConsumerGroupTest, the_assignor_that_most_want_is_taken) {
  topics.set("u", 4);
  auto request = joining("a", {"t", "u"});
  request.server_assignor = "range";
  (void)beat(request);
  EXPECT_EQ(group()->assignor_name(), "range");
  (void)join("b", {"t", "u"});
  const auto& target = group()->target_of("a");
  EXPECT_EQ(target.begin()->second, target.rbegin()->second);  // the same partitions of both topics
  request.server_assignor = "mine";
  EXPECT_EQ(code_of(beat(request)), ErrorCode::unsupported_assignor);
}

TEST_F(ConsumerGroupTest, a_request_that_cannot_be_meant_is_refused) {
  struct Row {
    const char* what;
    void (*spoil)(Request&);
  };
  const Row rows[] = {
      {"no group",
       [](Request& r) {
         r.group_id.clear();
       }},
      {"no id",
       [](Request& r) {
         r.member_id.clear();
       }},
      {"an epoch that is none",
       [](Request& r) {
         r.member_epoch = -3;
       }},
      {"leaves for now without an instance",
       [](Request& r) {
         r.member_epoch = -2;
       }},
      {"an instance without a name",
       [](Request& r) {
         r.instance_id = "";
       }},
      {"a rack without a name",
       [](Request& r) {
         r.rack_id = "";
       }},
      {"joins without time to give up",
       [](Request& r) {
         r.rebalance_timeout_ms = -1;
       }},
      {"joins with partitions",
       [](Request& r) {
         r.topic_partitions = {{FakeTopics::id_of("t"), {PartitionIndex(0)}}};
       }},
      {"joins and does not say what it has",
       [](Request& r) {
         r.topic_partitions.reset();
       }},
      {"joins and reads nothing",
       [](Request& r) {
         r.subscribed_topic_names.reset();
       }},
  };
  for (const auto& row : rows) {
    auto request = joining("a", {"t"});
    row.spoil(request);
    EXPECT_EQ(code_of(beat(request)), ErrorCode::invalid_request) << row.what;
    EXPECT_EQ(group(), nullptr) << row.what;
  }
  // In version 0 it is given an id.
  auto request = joining("", {"t"});
  EXPECT_EQ(decide(request, 0)->member_id, "fresh-1");
}

TEST_F(ConsumerGroupTest, a_group_is_of_so_many_members_at_most) {
  limits.max_members = 1;
  (void)join("a");
  EXPECT_EQ(code_of(join("b")), ErrorCode::group_max_size_reached);
  EXPECT_TRUE(join("a"));
}

TEST_F(ConsumerGroupTest, only_members_in_their_epoch_commit_and_ask) {
  const auto commit = [&](const std::string& id, std::int32_t epoch, InTransaction in = InTransaction::no) {
    const auto decided =
        groups.decide_commit({"g", epoch, id, {}}, {{{"t", PartitionIndex(0)}, committed_at(1)}}, in, time());
    return decided ? ErrorCode::none : decided.error().code;
  };
  const auto ask = [&](std::optional<std::string> id, std::int32_t epoch) {
    const auto checked = groups.check_fetch("g", id, epoch);
    return checked ? ErrorCode::none : checked.error().code;
  };
  (void)join("a");
  EXPECT_EQ(commit("a", 1), ErrorCode::none);
  EXPECT_EQ(commit("a", 0), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit("a", 2), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit("b", 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit("", -1), ErrorCode::unknown_member_id);  // nobody moves a group that has members
  EXPECT_EQ(commit("a", 1, InTransaction::yes), ErrorCode::none);
  EXPECT_EQ(commit("a", 0, InTransaction::yes), ErrorCode::illegal_generation);
  EXPECT_EQ(commit("", -1, InTransaction::yes), ErrorCode::none);
  EXPECT_EQ(ask("a", 1), ErrorCode::none);
  EXPECT_EQ(ask("a", 2), ErrorCode::stale_member_epoch);
  EXPECT_EQ(ask("b", 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(ask(std::nullopt, -1), ErrorCode::none);
  (void)beat(beating("a", -1));
  EXPECT_EQ(commit("", -1), ErrorCode::none);
}

TEST_F(ConsumerGroupTest, a_group_without_members_becomes_of_the_kind_that_joins) {
  const auto classic_join = [&](const std::string& id) {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.session_timeout_ms = 10'000;
    request.protocol_type = "consumer";
    request.protocols = {{"range", "x"}};
    GroupActions out;
    JoinTerms terms;
    terms.ticket = Ticket(1);
    terms.fresh_member_id = "m";
    terms.must_know_its_id = false;
    groups.join(request, terms, time(), out);
    write(groups.take_changes());
    return out.joined.empty() ? ErrorCode::none : out.joined.front().response.error_code;
  };
  (void)join("a");
  EXPECT_EQ(classic_join(""), ErrorCode::inconsistent_group_protocol);
  groups.offsets().apply({"g", {"t", PartitionIndex(0)}, committed_at(7)}, Offset(0), std::nullopt);
  (void)beat(beating("a", -1));
  EXPECT_EQ(classic_join(""), ErrorCode::none);
  EXPECT_EQ(group(), nullptr);
  ASSERT_NE(groups.find("g"), nullptr);
  EXPECT_EQ(groups.list().front().group_type, "classic");
  EXPECT_EQ(code_of(join("a")), ErrorCode::group_id_not_found);
  // Nothing of the other kind is left in the log.
  auto now = std::move(groups);
  reload();
  EXPECT_EQ(group(), nullptr);
  groups = std::move(now);
  GroupActions out;
  EXPECT_TRUE(groups.leave("g", "m", {}, time(), out));
  advance(10'000);
  EXPECT_EQ(count_in(*join("a")), 4u);
  EXPECT_EQ(groups.find("g"), nullptr);
  EXPECT_EQ(groups.list().front().group_type, "consumer");
  EXPECT_TRUE(groups.offsets().has_any("g"));
}

TEST_F(ConsumerGroupTest, administrators_see_it) {
  (void)join("a");
  EXPECT_EQ(groups.decide_delete("g").error().code, ErrorCode::non_empty_group);
  EXPECT_EQ(groups.list().front().group_state, "Stable");
  EXPECT_EQ(groups.describe("g").members.front().member_id, "a");
  const auto described = groups.describe_consumer("g", topics).value();
  EXPECT_EQ(described.group_epoch, 1);
  EXPECT_EQ(described.assignment_epoch, 1);
  EXPECT_EQ(described.assignor_name, "uniform");
  ASSERT_EQ(described.members.size(), 1u);
  EXPECT_EQ(described.members[0].assignment.topic_partitions.front().topic_name, "t");
  EXPECT_EQ(described.members[0].assignment, described.members[0].target_assignment);
  groups.offsets().apply({"g", {"t", PartitionIndex(0)}, committed_at(7)}, Offset(0), std::nullopt);
  EXPECT_EQ(groups.decide_delete_offsets("g", {{"t", PartitionIndex(0)}})->outcomes[0].error().code,
            ErrorCode::group_subscribed_to_topic);
  (void)beat(beating("a", -1));
  EXPECT_EQ(groups.decide_delete_offsets("g", {{"t", PartitionIndex(0)}})->forgotten.offsets.size(), 1u);
  // What is deleted, or expires, leaves nothing in the log.
  const auto forgotten = groups.decide_delete("g").value();
  EXPECT_EQ(groups.decide_expire(time().wall_ms).consumer_groups.size(), forgotten.consumer_groups.size());
  groups.apply(forgotten, Offset(1));
  EXPECT_TRUE(groups.list().empty());
  log.push_back(encode_forgotten(forgotten, 0).value());
  reload();
  EXPECT_EQ(group(), nullptr);
}

}  // namespace
}  // namespace weir::log::broker::consumer_group_test
