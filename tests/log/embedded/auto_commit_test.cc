// Consumers that commit by themselves: what they read before the last poll is not read again.
#include "tests/log/embedded/group_fixture.h"

namespace weir::log {
namespace {

class AutoCommitTest : public GroupFixture {
 protected:
  static ConsumerOptions every(Millis interval) {
    ConsumerOptions options;
    options.auto_commit_interval = interval;
    return options;
  }
  // Polls, and takes what comes, without a commit of its own.
  static std::size_t take(Reader& reader) {
    auto batches = reader.consumer->poll(Millis(1));
    EXPECT_TRUE(batches) << batches.error().to_string();
    return batches ? values_in(*batches).size() : 0;
  }
  static const std::vector<TopicPartition>& all() {
    static const std::vector<TopicPartition> partitions{partition_of("t", 0), partition_of("t", 1),
                                                        partition_of("t", 2), partition_of("t", 3)};
    return partitions;
  }
  std::int64_t committed() {
    std::int64_t sum = 0;
    auto positions = reader().consumer->committed(all());
    EXPECT_TRUE(positions) << positions.error().to_string();
    for (const auto& [partition, position] : *positions) sum += position.offset.value();
    return sum;
  }
};

TEST_F(AutoCommitTest, a_poll_commits_what_those_before_it_gave_when_it_is_time) {
  write(40);
  Reader& a = reader(every(Millis(1'000)));
  ASSERT_TRUE(a.consumer->assign(all()));
  std::size_t taken = 0;
  while (taken < 40) taken += take(a);
  EXPECT_EQ(committed(), 0) << "it is not time";
  clock.advance(Millis(1'000));
  take(a);
  until([&] { return committed() == 40; }, {});
  write(4);
  take(a);
  EXPECT_EQ(committed(), 40) << "it is not time again";
}

TEST_F(AutoCommitTest, closing_commits_and_being_destroyed_does_not) {
  write(40);
  Reader& a = reader(every(Millis(3'600'000)));
  ASSERT_TRUE(a.consumer->assign(all()));
  std::size_t taken = 0;
  while (taken < 20) taken += take(a);
  a.consumer.reset();
  EXPECT_EQ(committed(), 0);
  Reader& b = reader(every(Millis(3'600'000)));
  ASSERT_TRUE(b.consumer->assign(all()));
  taken = 0;
  while (taken < 40) taken += take(b);
  ASSERT_TRUE(b.consumer->close());
  EXPECT_EQ(committed(), 40);
}

TEST_F(AutoCommitTest, what_a_member_read_is_committed_before_its_partitions_go_to_others) {
  write(40);
  Reader& a = subscribed(every(Millis(3'600'000)));
  Reader& b = subscribed(every(Millis(3'600'000)));
  std::size_t by_a = 0;
  for (int i = 0; i < 1'000 && by_a < 40; ++i, clock.advance(Millis(50))) by_a += take(a);
  ASSERT_EQ(by_a, 40u);
  std::size_t by_b = 0;
  for (int i = 0; i < 1'000 && !share({&a, &b}); ++i, clock.advance(Millis(50))) {
    by_a += take(a);
    by_b += take(b);
  }
  ASSERT_TRUE(share({&a, &b}));
  write(40);
  for (int i = 0; i < 100; ++i, clock.advance(Millis(50))) {
    by_a += take(a);
    by_b += take(b);
  }
  EXPECT_EQ(by_a + by_b, 80u);
  EXPECT_EQ(by_b, 20u);
}

TEST_F(AutoCommitTest, needs_a_group) {
  auto refused = client.consumer(every(Millis(1'000)));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("group_id"), std::string::npos);
}

}  // namespace
}  // namespace weir::log
