#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class Transactions : public ClientTest {
 protected:
  Transactions() { create("out", 3); }

  const TopicPartition out = partition_of("out");
};

TEST_F(Transactions, nothing_is_seen_before_the_commit_and_all_after_it) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  for (int p = 0; p < 3; ++p) ASSERT_TRUE(put(*writer, partition_of("out", p), "v"));
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(writer->partitions_in_transaction(), 3u);
  for (int p = 0; p < 3; ++p) EXPECT_EQ(committed_in(partition_of("out", p)), Values{});
  EXPECT_EQ(all_in(out), Values{"v"});
  ASSERT_TRUE(writer->commit_transaction());
  for (int p = 0; p < 3; ++p) EXPECT_EQ(committed_in(partition_of("out", p)), Values{"v"});
}

TEST_F(Transactions, what_is_aborted_is_never_seen) {
  auto writer = transactional("a");
  for (int round = 0; round < 6; ++round) {
    ASSERT_TRUE(writer->begin_transaction());
    ASSERT_TRUE(put(*writer, out, std::to_string(round)));
    ASSERT_TRUE(writer->flush());
    auto ended = round % 2 == 0 ? writer->abort_transaction() : writer->commit_transaction();
    ASSERT_TRUE(ended) << ended.error().to_string();
  }
  EXPECT_EQ(committed_in(out), (Values{"1", "3", "5"}));
  EXPECT_EQ(all_in(out).size(), 6u);
}

TEST_F(Transactions, an_abort_drops_what_was_not_sent_and_the_next_transaction_goes_on) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "dropped"));
  ASSERT_TRUE(writer->abort_transaction());
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "kept"));
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(all_in(out), Values{"kept"});
  EXPECT_EQ(committed_in(out), Values{"kept"});
}

TEST_F(Transactions, readers_wait_behind_an_open_transaction_but_not_behind_a_closed_one) {
  auto open_one = transactional("open");
  auto other = transactional("other");
  ASSERT_TRUE(open_one->begin_transaction());
  ASSERT_TRUE(put(*open_one, out, "first"));
  ASSERT_TRUE(open_one->flush());
  ASSERT_TRUE(other->begin_transaction());
  ASSERT_TRUE(put(*other, out, "second"));
  ASSERT_TRUE(other->commit_transaction());
  auto reader = consumer({out});
  EXPECT_EQ(read(*reader), Values{});
  TopicPartition outs[] = {out};
  EXPECT_EQ(reader->end_offsets(outs, Isolation::read_committed).value()[out], Offset(0));
  EXPECT_EQ(reader->end_offsets(outs, Isolation::read_uncommitted).value()[out], Offset(3));
  ASSERT_TRUE(open_one->abort_transaction());
  EXPECT_EQ(read(*reader), Values{"second"});
}

TEST_F(Transactions, positions_pass_markers) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "v"));
  ASSERT_TRUE(writer->commit_transaction());
  auto reader = consumer({out});
  EXPECT_EQ(read(*reader), Values{"v"});
  EXPECT_EQ(reader->position(out).value(), Offset(2));
}

TEST_F(Transactions, an_older_producer_of_the_same_id_is_fenced_for_good) {
  auto zombie = transactional("a");
  ASSERT_TRUE(zombie->begin_transaction());
  ASSERT_TRUE(put(*zombie, out, "zombie"));
  ASSERT_TRUE(zombie->flush());
  auto successor = transactional("a");
  ASSERT_TRUE(put(*zombie, out, "late"));
  auto flushed = zombie->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::producer_fenced) << flushed.error().to_string();
  EXPECT_EQ(zombie->commit_transaction().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(zombie->abort_transaction().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(zombie->init_transactions().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(zombie->begin_transaction().error().code, ErrorCode::producer_fenced);

  ASSERT_TRUE(successor->begin_transaction());
  ASSERT_TRUE(put(*successor, out, "successor"));
  ASSERT_TRUE(successor->commit_transaction());
  EXPECT_EQ(committed_in(out), Values{"successor"});
}

TEST_F(Transactions, a_fenced_commit_says_so_too) {
  auto zombie = transactional("a");
  ASSERT_TRUE(zombie->begin_transaction());
  ASSERT_TRUE(put(*zombie, out, "zombie"));
  ASSERT_TRUE(zombie->flush());
  auto successor = transactional("a");
  EXPECT_EQ(zombie->commit_transaction().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(committed_in(out), Values{});
}

TEST_F(Transactions, init_again_gives_a_new_epoch_and_ends_what_was_open) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "left open"));
  ASSERT_TRUE(writer->flush());
  auto again = writer->init_transactions();
  ASSERT_TRUE(again) << again.error().to_string();
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "kept"));
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(committed_in(out), Values{"kept"});
}

TEST_F(Transactions, a_producer_that_goes_away_aborts_what_it_left_open) {
  {
    auto writer = transactional("a");
    ASSERT_TRUE(writer->begin_transaction());
    ASSERT_TRUE(put(*writer, out, "left"));
    ASSERT_TRUE(writer->flush());
  }
  TopicPartition outs[] = {out};
  auto reader = consumer({out});
  auto ends = reader->end_offsets(outs, Isolation::read_committed).value();
  EXPECT_EQ(ends[out], reader->end_offsets(outs, Isolation::read_uncommitted).value()[out]);
  EXPECT_EQ(read(*reader), Values{});
}

TEST_F(Transactions, calls_out_of_order_are_refused_in_words) {
  ProducerOptions options;
  options.transactional_id = "a";
  auto writer = client.producer(options).value();
  EXPECT_EQ(writer->begin_transaction().error().code, ErrorCode::wrong_state);
  ASSERT_TRUE(writer->init_transactions());
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::wrong_state);
  EXPECT_EQ(writer->abort_transaction().error().code, ErrorCode::wrong_state);
  EXPECT_EQ(put(*writer, out, "v").error().code, ErrorCode::wrong_state);
  EXPECT_EQ(writer->flush().error().code, ErrorCode::wrong_state);
  ASSERT_TRUE(writer->begin_transaction());
  EXPECT_EQ(writer->begin_transaction().error().code, ErrorCode::wrong_state);
  EXPECT_TRUE(writer->commit_transaction());  // of nothing
}

// --- offsets in the transaction

class TransactionalOffsets : public Transactions {
 protected:
  std::vector<PartitionOffset> at(std::int64_t offset, std::string metadata = {}) {
    return {{out, {Offset(offset), LeaderEpoch(3), std::move(metadata)}}};
  }
  std::unique_ptr<Consumer> member(Millis patience = Millis(50)) {
    ConsumerOptions options;
    options.group_id = "readers";
    options.request_timeout = patience;
    return consumer({out}, options);
  }
  TopicPartition outs[1] = {out};
};

TEST_F(TransactionalOffsets, count_once_the_transaction_commits) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  auto sent = writer->send_offsets({"readers"}, at(7, "meta"));
  ASSERT_TRUE(sent) << sent.error().to_string();
  ASSERT_TRUE(writer->commit_transaction());
  auto committed = member()->committed(outs);
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ((*committed)[out].offset, Offset(7));
  const bool has_epoch = way_takes(wire::ApiKey::txn_offset_commit, 2);
  EXPECT_EQ((*committed)[out].leader_epoch, has_epoch ? LeaderEpoch(3) : kNoLeaderEpoch);
  EXPECT_EQ((*committed)[out].metadata, "meta");
}

TEST_F(TransactionalOffsets, are_dropped_with_an_abort) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(writer->send_offsets({"readers"}, at(7)));
  ASSERT_TRUE(writer->abort_transaction());
  EXPECT_TRUE(member()->committed(outs).value().empty());
}

TEST_F(TransactionalOffsets, are_waited_for_while_the_transaction_is_open) {
  if (!way_takes(wire::ApiKey::offset_fetch, 7)) GTEST_SKIP();
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(writer->send_offsets({"readers"}, at(7)));
  auto committed = member(Millis(20))->committed(outs);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::unstable_offset_commit);
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(member()->committed(outs).value()[out].offset, Offset(7));
}

TEST_F(TransactionalOffsets, with_too_much_metadata_fail_the_transaction) {
  auto writer = transactional("a");
  ASSERT_TRUE(writer->begin_transaction());
  auto sent = writer->send_offsets({"readers"}, at(7, std::string(5000, 'x')));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::offset_metadata_too_large);
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::offset_metadata_too_large);
  auto aborted = writer->abort_transaction();
  ASSERT_TRUE(aborted) << aborted.error().to_string();
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, out, "on it goes"));
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(committed_in(out), Values{"on it goes"});
}

// One transaction over data and offsets: either both are there or neither.
TEST_F(TransactionalOffsets, go_with_the_data) {
  auto writer = transactional("a");
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(writer->begin_transaction());
    ASSERT_TRUE(put(*writer, out, std::to_string(i)));
    ASSERT_TRUE(writer->send_offsets({"readers"}, at(i)));
    ASSERT_TRUE(i % 3 == 0 ? writer->abort_transaction() : writer->commit_transaction());
    int last = i % 3 == 0 ? i - 1 : i;
    EXPECT_EQ(member()->committed(outs).value()[out].offset, Offset(last));
    EXPECT_EQ(committed_in(out).back(), std::to_string(last));
  }
}

}  // namespace
}  // namespace weir::log
