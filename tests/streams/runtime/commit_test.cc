// How a commit ends, and what becomes of a run then: with faults at each step of its way.
#include "streams/runtime/commit.h"

#include <gtest/gtest.h>

#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/txn_offset_commit.h"
#include "streams/runtime/testing/memory_collector.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"
#include "tests/streams/runtime/watched_transport.h"

namespace weir::streams::commit_test {
namespace {

using testing_log::WatchedTransport;

enum class FailsAt { nothing, flush, send_offsets, end };

class FailingCollector final : public Collector {
 public:
  explicit FailingCollector(FailsAt at) : at_(at) {}
  Result<std::unique_ptr<Output>> output(const std::string&, log::PartitionIndex) override { return fails(); }
  Result<std::unique_ptr<state::ChangeSink>> changelog(const log::TopicPartition&) override { return fails(); }
  Result<> begin() override { return {}; }
  Result<> flush() override { return at(FailsAt::flush); }
  Result<> send_offsets(std::span<const log::PartitionOffset>) override { return at(FailsAt::send_offsets); }
  Result<> end() override {
    ++ends;
    return at(FailsAt::end);
  }
  Result<> abort() override { return {}; }

  int ends = 0;

 private:
  static tl::unexpected<Error> fails() { return fail(ErrorCode::io_error, "injected"); }
  Result<> at(FailsAt step) const { return step == at_ ? Result<>(fails()) : Result<>(); }

  const FailsAt at_;
};

CommitOutcome commit_that(FailsAt at, int* ends = nullptr) {
  FailingCollector collector(at);
  auto outcome = commit(collector, {});
  if (ends != nullptr) *ends = collector.ends;
  return outcome;
}

TEST(CommitTest, says_that_all_is_committed) {
  EXPECT_EQ(commit_that(FailsAt::nothing).end, CommitEnd::committed);
}

TEST(CommitTest, says_that_nothing_is_visible_when_it_fails_before_the_end) {
  for (FailsAt at : {FailsAt::flush, FailsAt::send_offsets}) {
    int ends = 0;
    const auto outcome = commit_that(at, &ends);
    EXPECT_EQ(outcome.end, CommitEnd::nothing_visible);
    EXPECT_EQ(outcome.error.code, ErrorCode::io_error);
    EXPECT_EQ(ends, 0) << "the transaction was not ended";
  }
}

TEST(CommitTest, says_that_the_outcome_is_unknown_when_the_end_fails) {
  const auto outcome = commit_that(FailsAt::end);
  EXPECT_EQ(outcome.end, CommitEnd::unknown);
  EXPECT_EQ(outcome.error.code, ErrorCode::io_error);
}

// A count on a log whose answers can be spoiled.
class CommitAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("in", 1);
    create("out", 1);
    for (const char* key : {"a", "b", "a"}) send("in", "x", 0, NullableBytes(key));
  }
  Result<> run(WatchedTransport& transport) {
    std::shared_ptr<log::Transport> shared(std::shared_ptr<void>(), &transport);  // not owned
    Builder builder;
    builder.stream<std::string, std::string>("in").group_by_key().count({.store = "counts"}).to_stream().to("out");
    return App(builder.build(), log::Client(shared, log().clock()), options("counter")).run_to_end();
  }
  void expect_each_once() {
    const auto records = read_all("out");
    EXPECT_EQ(records.size(), 3u);
    EXPECT_EQ(last_counts(records), (std::map<std::string, std::int64_t>{{"a", 2}, {"b", 1}}));
  }
};

TEST_F(CommitAppTest, what_was_not_visible_is_done_by_the_next_run) {
  WatchedTransport transport(log().transport());
  log::wire::TxnOffsetCommitResponse refusal;
  auto& topic = refusal.topics.emplace_back();
  topic.name = "in";
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = log::PartitionIndex(0);
  partition.error_code = ErrorCode::invalid_commit_offset_size;
  transport.refuse<log::wire::TxnOffsetCommitRequest>(refusal);
  auto first = run(transport);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::invalid_commit_offset_size);
  EXPECT_TRUE(read_all("out").empty());
  ASSERT_TRUE(run(transport));
  expect_each_once();
}

log::wire::EndTxnResponse says(ErrorCode code) {
  log::wire::EndTxnResponse answer;
  answer.error_code = code;
  return answer;
}

TEST_F(CommitAppTest, a_run_goes_on_when_an_end_was_carried_out_and_said_otherwise) {
  WatchedTransport transport(log().transport());
  transport.refuse_when_done<log::wire::EndTxnRequest>(says(ErrorCode::unknown_server_error));
  auto done = run(transport);
  ASSERT_TRUE(done) << done.error().to_string();
  expect_each_once();
}

TEST_F(CommitAppTest, a_run_goes_on_when_an_end_was_not_carried_out) {
  WatchedTransport transport(log().transport());
  transport.refuse<log::wire::EndTxnRequest>(says(ErrorCode::unknown_server_error));
  auto done = run(transport);
  ASSERT_TRUE(done) << done.error().to_string();
  expect_each_once();
}

// By whoever took its tasks over while it was not heard of.
TEST_F(CommitAppTest, a_fenced_run_joins_again) {
  WatchedTransport transport(log().transport());
  transport.refuse<log::wire::EndTxnRequest>(says(ErrorCode::producer_fenced));
  auto done = run(transport);
  ASSERT_TRUE(done) << done.error().to_string();
  expect_each_once();
}

TEST_F(CommitAppTest, a_run_that_is_refused_as_no_member_joins_again) {
  for (ErrorCode code : {ErrorCode::illegal_generation, ErrorCode::unknown_member_id}) {
    WatchedTransport transport(log().transport());
    log::wire::TxnOffsetCommitResponse refusal;
    refusal.topics.push_back({"in", {{log::PartitionIndex(0), code, {}}}});
    transport.refuse<log::wire::TxnOffsetCommitRequest>(refusal);
    auto done = run(transport);
    ASSERT_TRUE(done) << done.error().to_string();
    expect_each_once();
  }
}

TEST_F(CommitAppTest, a_run_that_is_fenced_again_and_again_ends) {
  WatchedTransport transport(log().transport());
  transport.refuse<log::wire::EndTxnRequest>(says(ErrorCode::producer_fenced), 100);
  auto done = run(transport);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::producer_fenced);
  EXPECT_TRUE(read_all("out").empty());
}

}  // namespace
}  // namespace weir::streams::commit_test
