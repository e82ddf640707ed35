#include <thread>

#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class Reading : public ClientTest {
 protected:
  Reading() { create("in", 2); }

  void write(std::int32_t partition, const Values& values) {
    auto writer = plain();
    for (const auto& value : values) ASSERT_TRUE(put(*writer, partition_of("in", partition), value));
    ASSERT_TRUE(writer->flush());
  }
  static ConsumerOptions with(OffsetReset reset) {
    ConsumerOptions options;
    options.offset_reset = reset;
    return options;
  }

  const TopicPartition in = partition_of("in");
  const TopicPartition other = partition_of("in", 1);
};

TEST_F(Reading, starts_where_the_reset_says) {
  write(0, {"a", "b"});
  auto late = consumer({in}, with(OffsetReset::latest));
  EXPECT_EQ(late->position(in).value(), Offset(2));
  write(0, {"c"});
  EXPECT_EQ(read(*late), Values{"c"});
  EXPECT_EQ(read(*consumer({in}, with(OffsetReset::earliest))), (Values{"a", "b", "c"}));
  auto none = consumer({in}, with(OffsetReset::none));
  EXPECT_EQ(none->poll(at_once()).error().code, ErrorCode::offset_out_of_range);
  ASSERT_TRUE(none->seek(in, Offset(1)));
  EXPECT_EQ(read(*none), (Values{"b", "c"}));
}

TEST_F(Reading, starts_where_the_group_committed) {
  write(0, {"a", "b", "c"});
  ConsumerOptions options;
  options.group_id = "readers";
  auto first = consumer({in}, options);
  PartitionOffset commits[] = {{in, {Offset(2), kNoLeaderEpoch, "note"}}};
  ASSERT_TRUE(first->commit(commits));
  auto second = consumer({in, other}, options);
  EXPECT_EQ(read(*second), Values{"c"});
  TopicPartition both[] = {in, other};
  auto committed = second->committed(both).value();
  ASSERT_EQ(committed.size(), 1u);  // of the other one nothing was committed
  EXPECT_EQ(committed[in].metadata, "note");
}

TEST_F(Reading, a_batch_begins_below_the_position_and_says_so) {
  write(0, {"a", "b", "c"});
  auto reader = consumer({in});
  ASSERT_TRUE(reader->seek(in, Offset(1)));
  auto batches = reader->poll(at_once()).value();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].batch.header.base_offset, Offset(0));
  EXPECT_EQ(batches[0].first_wanted, Offset(1));
  EXPECT_EQ(values_in(batches), (Values{"b", "c"}));
  EXPECT_EQ(reader->position(in).value(), Offset(3));
}

TEST_F(Reading, batches_are_trusted_and_not_copied) {
  write(0, {"a"});
  auto first = consumer({in})->poll(at_once()).value();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].batch.trust, test_way().empty() ? Trust::sealed_here : Trust::foreign);
}

TEST_F(Reading, paused_partitions_give_nothing_until_they_are_resumed) {
  write(0, {"a"});
  write(1, {"b"});
  auto reader = consumer({in, other});
  reader->pause(1);
  EXPECT_EQ(read(*reader), Values{"a"});
  write(0, {"c"});
  EXPECT_EQ(read(*reader), Values{"c"});
  reader->resume(1);
  EXPECT_EQ(read(*reader), Values{"b"});
}

TEST_F(Reading, an_assignment_keeps_the_positions_of_what_stays) {
  write(0, {"a", "b"});
  write(1, {"x"});
  auto reader = consumer({in});
  EXPECT_EQ(read(*reader), (Values{"a", "b"}));
  ASSERT_TRUE(reader->assign({other, in}));
  auto batches = reader->poll(at_once()).value();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].partition, other);
  EXPECT_EQ(batches[0].assignment_index, 0u);
  EXPECT_EQ(reader->assign({partition_of("nothing")}).error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(reader->assign({partition_of("in", 9)}).error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(Reading, a_poll_waits_for_data) {
  auto reader = consumer({in, other});
  std::thread writing([&] { write(1, {"late"}); });
  auto batches = reader->poll(Millis(20'000));
  writing.join();
  ASSERT_TRUE(batches);
  EXPECT_EQ(values_in(*batches), Values{"late"});
}

TEST_F(Reading, a_poll_waits_for_a_commit) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, in, "late"));
  ASSERT_TRUE(writer->flush());
  auto reader = consumer({in});
  std::thread committing([&] { EXPECT_TRUE(writer->commit_transaction()); });
  auto batches = reader->poll(Millis(20'000));
  committing.join();
  ASSERT_TRUE(batches);
  EXPECT_EQ(values_in(*batches), Values{"late"});
}

TEST_F(Reading, a_poll_ends_when_a_position_passed_what_is_no_data) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, in, "dropped"));
  ASSERT_TRUE(writer->flush());
  ASSERT_TRUE(writer->abort_transaction());
  auto reader = consumer({in});
  EXPECT_TRUE(reader->poll(Millis(1'000'000)).value().empty());
  EXPECT_EQ(reader->position(in).value(), Offset(2));
}

TEST_F(Reading, a_poll_gives_up_after_its_time) {
  auto reader = consumer({in});
  auto batches = reader->poll(Millis(10));
  ASSERT_TRUE(batches);
  EXPECT_TRUE(batches->empty());
  auto nobody = client.consumer().value();
  EXPECT_TRUE(nobody->poll(Millis(5)).value().empty());
}

TEST_F(Reading, a_wakeup_ends_a_poll_from_another_thread_and_loses_nothing) {
  auto reader = consumer({in});
  std::thread waking([&] { reader->wakeup(); });
  EXPECT_TRUE(reader->poll(Millis(20'000)).value().empty());
  waking.join();
  write(0, {"after"});
  EXPECT_EQ(read(*reader), Values{"after"});
}

TEST_F(Reading, a_wakeup_before_a_poll_counts_for_it) {
  auto reader = consumer({in});
  reader->wakeup();
  EXPECT_TRUE(reader->poll(Millis(20'000)).value().empty());
}

// A fetch that still waits in the broker must not hide what is asked for later.
TEST_F(Reading, seeking_while_a_fetch_waits_is_obeyed_at_once) {
  write(0, {"a", "b"});
  auto reader = consumer({in});
  EXPECT_EQ(read(*reader), (Values{"a", "b"}));
  std::thread waking([&] { reader->wakeup(); });
  EXPECT_TRUE(reader->poll(Millis(20'000)).value().empty());
  waking.join();
  ASSERT_TRUE(reader->seek(in, Offset(0)));
  EXPECT_EQ(read(*reader), (Values{"a", "b"}));
}

TEST_F(Reading, a_position_that_the_log_does_not_hold_is_an_error_and_never_a_fresh_start) {
  write(0, {"a"});
  for (OffsetReset reset : {OffsetReset::earliest, OffsetReset::latest, OffsetReset::none}) {
    auto reader = consumer({in}, with(reset));
    ASSERT_TRUE(reader->seek(in, Offset(100)));
    for (int i = 0; i < 2; ++i) {
      auto failed = reader->poll(at_once());
      ASSERT_FALSE(failed);
      EXPECT_EQ(failed.error().code, ErrorCode::offset_out_of_range);
      EXPECT_NE(failed.error().detail.find("in-0, offset 100"), std::string::npos) << failed.error().detail;
      if (!way_tells_causes()) continue;
      EXPECT_NE(failed.error().detail.find("is not in [0, 1]"), std::string::npos) << failed.error().detail;
    }
  }
}

TEST_F(Reading, a_group_whose_offset_the_log_does_not_hold_goes_on_where_it_chose_to) {
  write(0, {"a", "b"});
  ConsumerOptions options;
  options.group_id = "readers";
  PartitionOffset commits[] = {{in, {Offset(100)}}};
  ASSERT_TRUE(consumer({in}, options)->commit(commits));
  EXPECT_EQ(consumer({in}, options)->poll(at_once()).error().code, ErrorCode::offset_out_of_range);
  options.out_of_range = OffsetReset::earliest;
  auto again = consumer({in}, options);
  EXPECT_EQ(read(*again), Values{});  // the position is found out
  EXPECT_EQ(read(*again), (Values{"a", "b"}));
  options.out_of_range = OffsetReset::latest;
  auto late = consumer({in}, options);
  EXPECT_EQ(read(*late), Values{});
  EXPECT_EQ(late->position(in).value(), Offset(2));
}

TEST_F(Reading, an_offset_whose_records_were_deleted_is_an_error) {
  write(0, {"a", "b", "c"});
  ConsumerOptions options;
  options.group_id = "readers";
  PartitionOffset commits[] = {{in, {Offset(1)}}};
  ASSERT_TRUE(consumer({in}, options)->commit(commits));
  ASSERT_TRUE(client.admin()->delete_records({{in, Offset(2)}}));
  EXPECT_EQ(consumer({in}, options)->poll(at_once()).error().code, ErrorCode::offset_out_of_range);
}

// Nothing was committed, so nothing is lost to this reader.
TEST_F(Reading, a_reader_at_the_beginning_follows_it_when_it_moves) {
  write(0, {"a", "b", "c"});
  auto reader = consumer({in});
  EXPECT_EQ(reader->position(in).value(), Offset(0));
  ASSERT_TRUE(client.admin()->delete_records({{in, Offset(2)}}));
  EXPECT_EQ(read(*reader), Values{});
  EXPECT_EQ(read(*reader), Values{"c"});
}

TEST_F(Reading, commits_carry_the_epoch_of_what_was_read) {
  if (!way_takes(wire::ApiKey::offset_commit, 6)) GTEST_SKIP();
  write(0, {"a", "b"});
  ConsumerOptions options;
  options.group_id = "readers";
  auto reader = consumer({in}, options);
  EXPECT_EQ(read(*reader), (Values{"a", "b"}));
  ASSERT_TRUE(reader->commit());
  TopicPartition one[] = {in};
  auto committed = reader->committed(one).value().at(in);
  EXPECT_EQ(committed.offset, Offset(2));
  EXPECT_EQ(committed.leader_epoch, LeaderEpoch(0));
  EXPECT_EQ(reader->position_and_epoch(in)->epoch, LeaderEpoch(0));
}

TEST_F(Reading, offsets_are_found_by_time_and_at_the_ends) {
  auto writer = plain();
  auto lane = writer->lane(in).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->send(*lane, 1'000 * i, {}, "v"));
  ASSERT_TRUE(writer->flush());
  auto reader = consumer({in, other});
  TopicPartition both[] = {in, other};
  EXPECT_EQ(reader->beginning_offsets(both).value(),
            (std::map<TopicPartition, Offset>{{in, Offset(0)}, {other, Offset(0)}}));
  EXPECT_EQ(reader->end_offsets(both, Isolation::read_committed).value(),
            (std::map<TopicPartition, Offset>{{in, Offset(10)}, {other, Offset(0)}}));
  auto found = reader->offsets_for_times({{in, 3'500}, {other, 0}}).value();
  EXPECT_EQ(found, (std::map<TopicPartition, Offset>{{in, Offset(4)}}));
  EXPECT_TRUE(reader->offsets_for_times({{in, 100'000}}).value().empty());
}

TEST_F(Reading, small_limits_still_read_everything) {
  for (int p = 0; p < 2; ++p) {
    for (int i = 0; i < 20; ++i) write(p, {std::string(500, 'x')});
  }
  ConsumerOptions options;
  options.max_bytes = 1;
  options.max_partition_bytes = 1;
  EXPECT_EQ(read(*consumer({in, other}, options)).size(), 40u);
}

TEST_F(Reading, without_a_group_there_is_nothing_to_commit_to) {
  auto reader = consumer({in});
  PartitionOffset commits[] = {{in, {}}};
  EXPECT_EQ(reader->commit(commits).error().code, ErrorCode::invalid_group_id);
  EXPECT_EQ(client.consumer({.group_id = ""}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace weir::log
