#include "log/client/assignors/range.h"
#include "log/client/assignors/sticky.h"
#include "tests/log/embedded/group_fixture.h"

namespace weir::log {
namespace {

ConsumerOptions eager() {
  ConsumerOptions options;
  options.assignors = {std::make_shared<RangeAssignor>()};
  return options;
}

class GroupTest : public GroupFixture {};

TEST_F(GroupTest, one_consumer_reads_all_partitions_and_two_share_them) {
  write(40);
  Reader& a = subscribed();
  until_shared({&a});
  Reader& b = subscribed();
  until_shared({&a, &b});
  EXPECT_EQ(a.owned().size(), 2u);
  write(40);
  expect_all_read_once({&a, &b});
}

TEST_F(GroupTest, what_a_consumer_that_closes_had_goes_to_the_others) {
  Reader& a = subscribed();
  Reader& b = subscribed();
  Reader& c = subscribed();
  until_shared({&a, &b, &c});
  write(40);
  expect_all_read_once({&a, &b, &c});
  ASSERT_TRUE(b.consumer->close());
  EXPECT_TRUE(b.events.back().starts_with("revoked t-"));
  until_shared({&a, &c});
  write(40);
  expect_all_read_once({&a, &c});
}

TEST_F(GroupTest, a_consumer_that_dies_loses_its_partitions_when_its_session_ends) {
  Reader& a = subscribed();
  Reader& b = subscribed();
  until_shared({&a, &b});
  write(40);
  b.transport->is_cut = true;
  const auto died_ms = clock.monotonic_ms();
  until_shared({&a});
  EXPECT_GE(clock.monotonic_ms() - died_ms, 6'000);
  expect_all_read_once({&a});
}

TEST_F(GroupTest, a_session_that_the_coordinator_does_not_take_is_named) {
  for (const Millis session : {Millis(5'000), Millis::max()}) {
    ConsumerOptions options;
    options.session_timeout = session;
    options.group_id = "g";
    auto consumer = client.consumer(options).value();
    ASSERT_TRUE(consumer->subscribe({"t"}));
    auto polled = consumer->poll(Millis(1'000));
    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().code, ErrorCode::invalid_session_timeout);
    EXPECT_NE(polled.error().detail.find(std::to_string(session.count()) + " ms"), std::string::npos)
        << polled.error().to_string();
  }
}

TEST_F(GroupTest, a_consumer_that_stops_polling_loses_its_partitions_though_it_lives) {
  ConsumerOptions options;
  options.session_timeout = Millis(1'000'000);
  options.max_poll_interval = Millis(30'000);
  Reader& a = subscribed(options);
  Reader& b = subscribed(options);
  until_shared({&a, &b});
  write(40);
  const auto stopped_ms = clock.monotonic_ms();
  until_shared({&a});
  EXPECT_GE(clock.monotonic_ms() - stopped_ms, 29'000);
  EXPECT_LT(clock.monotonic_ms() - stopped_ms, 1'000'000);
  expect_all_read_once({&a});
  // It notices, and comes back.
  until_shared({&a, &b});
  EXPECT_TRUE(std::ranges::any_of(b.events, [](const std::string& event) { return event.starts_with("lost t-"); }));
  write(40);
  expect_all_read_once({&a, &b});
}

TEST_F(GroupTest, a_consumer_that_is_busy_for_many_sessions_is_kept_alive_meanwhile) {
  ConsumerOptions options;
  options.heartbeat_interval = Millis(1'000);
  options.max_poll_interval = Millis(1'000'000);
  Reader& a = subscribed(options);
  until_shared({&a});
  for (int second = 0; second < 30; ++second) {
    const int before = a.transport->heartbeats;
    clock.advance(Millis(1'000));
    while (a.transport->heartbeats == before) std::this_thread::yield();
  }
  const auto generation = a.consumer->group_metadata().generation;
  write(4);
  expect_all_read_once({&a});
  EXPECT_EQ(a.consumer->group_metadata().generation, generation);
  EXPECT_EQ(a.events.size(), 1u);
}

TEST_F(GroupTest, an_instance_that_restarts_has_what_it_had_and_the_others_notice_nothing) {
  if (!way_takes(wire::ApiKey::join_group, 5)) GTEST_SKIP();
  ConsumerOptions one;
  one.group_instance_id = "one";
  ConsumerOptions two;
  two.group_instance_id = "two";
  Reader& a = subscribed(one);
  Reader& b = subscribed(two);
  until_shared({&a, &b});
  write(40);
  expect_all_read_once({&a, &b});
  const auto had = b.owned();
  const auto generation = a.consumer->group_metadata().generation;
  const auto events = a.events;
  ASSERT_TRUE(b.consumer->close());
  Reader& again = subscribed(two);
  until_shared({&a, &again});
  EXPECT_EQ(again.owned(), had);
  EXPECT_EQ(again.consumer->group_metadata().generation, generation);
  EXPECT_EQ(a.events, events);
  write(40);
  expect_all_read_once({&a, &again});
}

TEST_F(GroupTest, an_instance_that_was_taken_over_is_told_so) {
  if (!way_takes(wire::ApiKey::join_group, 5)) GTEST_SKIP();
  ConsumerOptions options;
  options.group_instance_id = "one";
  Reader& a = subscribed(options);
  until_shared({&a});
  Reader& b = subscribed(options);
  until_shared({&b});
  until([&] { return a.last_error == ErrorCode::fenced_instance_id; }, {&a, &b});
  EXPECT_EQ(a.events.back(), "lost t-0 t-1 t-2 t-3");
  EXPECT_TRUE(b.owned().size() == 4);
}

TEST_F(GroupTest, a_cooperative_member_keeps_what_it_can_through_a_rebalance) {
  Reader& a = subscribed();
  until_shared({&a});
  ASSERT_EQ(a.events, std::vector<std::string>{"assigned t-0 t-1 t-2 t-3"});
  Reader& b = subscribed();
  until_shared({&a, &b});
  std::set<std::string> revoked;
  for (const auto& event : a.events) {
    EXPECT_FALSE(event.starts_with("lost"));
    if (event.starts_with("revoked")) revoked.insert(event);
  }
  ASSERT_EQ(revoked.size(), 1u);
  EXPECT_EQ(revoked.begin()->size(), std::string("revoked t-0 t-1").size()) << "only what the other one gets";
}

TEST_F(GroupTest, an_eager_member_gives_everything_up_before_it_joins) {
  Reader& a = subscribed(eager());
  until_shared({&a});
  Reader& b = subscribed(eager());
  until_shared({&a, &b});
  const std::vector<std::string> expected{"assigned t-0 t-1 t-2 t-3", "revoked t-0 t-1 t-2 t-3", "assigned t-0 t-1"};
  EXPECT_EQ(a.events[1], expected[1]);
  EXPECT_EQ(a.events.size(), 3u);
  write(40);
  expect_all_read_once({&a, &b});
}

TEST_F(GroupTest, positions_can_be_committed_while_partitions_are_revoked) {
  Reader& a = reader(eager());
  Result<> committed = fail(ErrorCode::wrong_state);
  auto callbacks = a.callbacks();
  callbacks.revoked = [&](std::span<const TopicPartition>) {
    committed = a.consumer->commit();
  };
  ASSERT_TRUE(a.consumer->subscribe({"t"}, callbacks));
  write(4);
  until([&] { return a.owned().size() == 4; }, {&a});
  while (!a.consumer->poll(Millis(1))->empty()) {
  }
  Reader& b = subscribed(eager());
  until_shared({&a, &b});
  EXPECT_TRUE(committed) << committed.error().to_string();
  const std::vector<TopicPartition> t0{partition_of("t", 0)};
  EXPECT_EQ(a.consumer->committed(t0)->at(t0[0]).offset, Offset(1));
}

TEST_F(GroupTest, a_members_commit_counts_for_nothing_once_its_generation_is_over) {
  if (!way_takes(wire::ApiKey::txn_offset_commit, 3)) GTEST_SKIP();
  Reader& a = subscribed();
  until_shared({&a});
  auto was = a.consumer->group_metadata();
  Reader& b = subscribed();
  until_shared({&a, &b});
  const std::vector<PartitionOffset> offsets{{partition_of("t"), {Offset(3)}}};
  auto producer = client.producer({.transactional_id = "p"}).value();
  ASSERT_TRUE(producer->init_transactions());
  ASSERT_TRUE(producer->begin_transaction());
  EXPECT_EQ(producer->send_offsets(was, offsets).error().code, ErrorCode::illegal_generation);
  ASSERT_TRUE(producer->abort_transaction());
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(producer->send_offsets(a.consumer->group_metadata(), offsets));
  ASSERT_TRUE(producer->commit_transaction());
  const std::vector<TopicPartition> t0{partition_of("t")};
  EXPECT_EQ(a.consumer->committed(t0)->at(t0[0]).offset, Offset(3));
}

TEST_F(GroupTest, new_partitions_and_topics_are_noticed) {
  ConsumerOptions options;
  options.metadata_max_age = Millis(5'000);
  Reader& by_pattern = reader(options);
  ASSERT_TRUE(by_pattern.consumer->subscribe_matching("t|new-.*", by_pattern.callbacks()));
  until_shared({&by_pattern});
  ASSERT_TRUE(client.admin()->create_topic({"new-1", 2, {}}));
  ASSERT_TRUE(client.admin()->create_topic({"other", 2, {}}));
  until_shared({&by_pattern}, 6);
  EXPECT_TRUE(by_pattern.owned().contains(partition_of("new-1", 1)));
}

TEST_F(GroupTest, a_topic_that_comes_later_is_read_from_its_beginning) {
  ConsumerOptions options;
  options.metadata_max_age = Millis(5'000);
  Reader& a = reader(options);
  ASSERT_TRUE(a.subscribe({"t", "later"}));
  until_shared({&a});
  ASSERT_TRUE(client.admin()->create_topic({"later", 1, {}}));
  ASSERT_TRUE(producer->send("later", PartitionIndex(0), 1'000, std::nullopt, Bytes("x")));
  ASSERT_TRUE(producer->flush());
  until([&] { return read.contains("x"); }, {&a});
}

TEST_F(GroupTest, an_own_assignor_divides_as_it_likes) {
  class AllToTheFirst final : public Assignor {
   public:
    std::string_view name() const override { return "all-to-the-first"; }
    Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                         const TopicLayouts& topics) const override {
      std::vector<wire::ConsumerAssignment> assignments(members.size());
      for (const auto& [topic, layout] : topics) {
        for (std::int32_t i = 0; i < layout.partitions; ++i) {
          assignments.front().partitions.push_back({topic, PartitionIndex(i)});
        }
      }
      return assignments;
    }
  };
  ConsumerOptions options;
  options.assignors = {std::make_shared<AllToTheFirst>()};
  Reader& a = subscribed(options);
  Reader& b = subscribed(options);
  until([&] { return a.owned().size() + b.owned().size() == 4 && a.events.size() + b.events.size() >= 3; }, {&a, &b});
  EXPECT_TRUE(a.owned().empty() || b.owned().empty());
  Reader& other = subscribed(eager());
  until([&] { return other.last_error == ErrorCode::inconsistent_group_protocol; }, {&other});
}

TEST_F(GroupTest, commits_that_are_not_waited_for_are_told_in_order) {
  Reader& a = subscribed();
  until_shared({&a});
  std::vector<int> told;
  for (int i = 1; i <= 3; ++i) {
    const std::vector<PartitionOffset> offsets{{partition_of("t"), {Offset(i)}}};
    a.consumer->commit_async(offsets, [&told, i](Result<> outcome) {
      EXPECT_TRUE(outcome);
      told.push_back(i);
    });
  }
  ASSERT_TRUE(a.consumer->poll(Millis(0)));
  EXPECT_EQ(told, (std::vector<int>{1, 2, 3}));
  const std::vector<TopicPartition> t0{partition_of("t")};
  EXPECT_EQ(a.consumer->committed(t0)->at(t0[0]).offset, Offset(3));
}

TEST_F(GroupTest, subscribing_and_assigning_by_hand_exclude_each_other) {
  Reader& a = subscribed();
  EXPECT_EQ(a.consumer->assign({partition_of("t")}).error().code, ErrorCode::wrong_state);
  ASSERT_TRUE(a.consumer->unsubscribe());
  ASSERT_TRUE(a.consumer->assign({partition_of("t")}));
  EXPECT_EQ(a.subscribe().error().code, ErrorCode::wrong_state);
  auto loner = client.consumer().value();
  EXPECT_EQ(loner->subscribe({"t"}).error().code, ErrorCode::invalid_group_id);
  EXPECT_EQ(reader().consumer->subscribe_matching("(").error().code, ErrorCode::invalid_argument);
}

TEST_F(GroupTest, another_subscription_takes_the_place_of_the_first) {
  ASSERT_TRUE(client.admin()->create_topic({"u", 3, {}}));
  Reader& a = subscribed();
  until_shared({&a});
  ASSERT_TRUE(a.subscribe({"u"}));
  until([&] { return a.owned().size() == 3; }, {&a});
  EXPECT_TRUE(a.owned().contains(partition_of("u", 2)));
  EXPECT_NE(std::ranges::find(a.events, "revoked t-0 t-1 t-2 t-3"), a.events.end());
}

}  // namespace
}  // namespace weir::log
