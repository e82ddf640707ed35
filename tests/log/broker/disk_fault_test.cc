// A disk that fails at any of the calls that a broker makes, in turn: while it opens, while records and a transaction
// are written and segments begin, while it compacts and deletes, while it ends. What was acknowledged is there
// afterwards, errors say what failed, and once there is room again work goes on without a restart.
#include "log/broker/cleaner.h"
#include "log/broker/retention.h"
#include "sim/faulty_file.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class DiskFaultTest : public testing::Test {
 protected:
  Result<> open(FileSystem& files) {
    seen_ = std::make_unique<TestBroker>();
    BrokerOptions options;
    options.flush = flush_;
    options.boot_id = "boot-1";
    options.coordinator_partitions = 1;
    options.journal_file_bytes = 10 * 1024;
    return seen_->open(files, std::move(options));
  }

  void make_topics() {
    ASSERT_EQ(seen_->create_topic("t", 2), ErrorCode::none);
    ASSERT_EQ(seen_->create_topic("compacted", 1, {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0"}}),
              ErrorCode::none);
    ASSERT_EQ(seen_->create_topic("short", 1, {{"retention.ms", "1000"}}), ErrorCode::none);
  }

  void note(const TopicPartition& to, const std::string& value,
            const wire::ProduceResponse::PartitionProduceResponse& answer) {
    if (answer.error_code == ErrorCode::none) {
      acknowledged_[to].push_back(value);
      return;
    }
    EXPECT_EQ(answer.error_code, ErrorCode::storage_error);
    const std::string said = answer.error_message.value_or("");
    EXPECT_FALSE(said.empty()) << "an error that does not say what failed";
  }

  void send(const TopicPartition& to, const std::string& value) {
    BatchBuilder builder(256);
    builder.add(seen_->clock.wall_ms(), "k" + std::to_string(value.size() % 3), value);
    note(to, value, seen_->produce(to, *builder.seal({})));
  }

  // Everything that a broker does to files, but opening and ending.
  void work() {
    for (int i = 0; i < 8; ++i) {
      for (const auto& to : {partition_of("t"), partition_of("compacted"), partition_of("short")}) {
        send(to, std::to_string(i) + std::string(600, '.'));  // segments of 2,000 bytes
      }
      seen_->clock.advance(Millis(500));
    }
    TestProducer producer(*seen_, "p");
    if (producer.init() && producer.send(partition_of("t", 1), {"in a transaction"}) == ErrorCode::none &&
        producer.send_offset("g", partition_of("t"), 7) == ErrorCode::none) {
      is_committed_ = producer.commit() == ErrorCode::none;
    }
    Cleaner cleaner(seen_->broker->topics(), {});
    (void)Loop().run(cleaner.clean_one(seen_->clock.wall_ms(), {}));
    (void)apply_retention(seen_->broker->topics(), seen_->clock.wall_ms());
    seen_->clock.advance(Millis(70'000));  // what is done from time to time
    seen_->broker->run_due();
  }

  // What was acknowledged stands in its order; between may be what failed and is there all the same.
  static bool is_within(const std::vector<std::string>& wanted, const std::vector<std::string>& all) {
    std::size_t at = 0;
    for (const auto& value : all) at += at < wanted.size() && value == wanted[at] ? 1 : 0;
    return at == wanted.size();
  }

  void check() {
    const auto in_t = seen_->committed(partition_of("t"));
    EXPECT_TRUE(is_within(acknowledged_[partition_of("t")], in_t));
    const auto compacted = seen_->committed(partition_of("compacted"));
    const auto& written = acknowledged_[partition_of("compacted")];
    if (!written.empty()) {
      EXPECT_TRUE(is_within({written.back()}, compacted)) << "the newest of its key";
    }
  }

  // A commit that was acknowledged is certain; it shows when its markers could be written.
  void check_transaction() {
    if (!is_committed_) return;
    EXPECT_TRUE(is_within({"in a transaction"}, seen_->committed(partition_of("t", 1))));
    EXPECT_EQ(*seen_->committed_offset("g", partition_of("t")), 7);
  }

  void expect_nothing_superseded() {
    auto partition = seen_->broker->topics().find("compacted", PartitionIndex(0));
    ASSERT_TRUE(partition);
    EXPECT_TRUE((*partition)->with_log([](storage::PartitionLog& log) { return log.superseded().paths.empty(); }));
  }

  void check_goes_on() {
    for (const auto& to : {partition_of("t"), partition_of("compacted"), partition_of("short")}) {
      const std::size_t before = acknowledged_[to].size();
      send(to, "after");
      EXPECT_EQ(acknowledged_[to].size(), before + 1) << to.to_string() << " takes no records";
    }
    TestProducer producer(*seen_, "p");
    ASSERT_TRUE(producer.init());
    EXPECT_EQ(producer.send(partition_of("t", 1), {"after"}), ErrorCode::none);
    EXPECT_EQ(producer.commit(), ErrorCode::none);
  }

  Flush flush_ = Flush::at_intervals;
  std::unique_ptr<TestBroker> seen_;
  std::map<TopicPartition, std::vector<std::string>> acknowledged_;
  bool is_committed_ = false;
};

// A failure that lasts is not told as one that passes: a client that is told concurrent_transactions tries again.
TEST_F(DiskFaultTest, whatever_sync_of_a_commit_fails_the_next_transaction_is_told_why) {
  flush_ = Flush::before_answer;
  int told = 0;
  for (std::size_t at = 0; at < 50 && !HasFailure(); ++at) {
    SCOPED_TRACE("the sync that fails: " + std::to_string(at));
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    ASSERT_TRUE(open(files));
    ASSERT_EQ(seen_->create_topic("t", 3), ErrorCode::none);
    TestProducer producer(*seen_, "p");
    ASSERT_TRUE(producer.init());
    for (int i = 0; i < 3; ++i) ASSERT_EQ(producer.send(partition_of("t", i), {"v"}), ErrorCode::none);
    files.inject({.at = at, .code = ErrorCode::io_error, .on = Fault::On::syncs});
    (void)producer.commit();
    if (!files.has_fired()) {
      seen_.reset();  // before the files
      break;
    }
    for (int round = 0; round < 3; ++round) {
      wire::AddPartitionsToTxnRequest request;
      request.v3_and_below_transactional_id = "p";
      request.v3_and_below_producer_id = producer.identity().id;
      request.v3_and_below_producer_epoch = producer.identity().epoch;
      request.v3_and_below_topics.push_back({"t", {PartitionIndex(0)}});
      const auto answer =
          seen_->call(std::move(request), 3).results_by_topic_v3_and_below.at(0).results_by_partition.at(0);
      EXPECT_NE(answer.partition_error_code, ErrorCode::concurrent_transactions);
      if (answer.partition_error_code != ErrorCode::storage_error) continue;
      ++told;
      EXPECT_NE(answer.error_message.value_or("").find("sync"), std::string::npos) << answer.error_message.value_or("");
    }
    // Whoever reads up to what cannot be completed is told, too, and does not wait.
    for (int i = 0; i < 3; ++i) {
      const auto end = seen_->partition(partition_of("t", i)).positions();
      const auto answer = seen_->fetch(partition_of("t", i), end.last_stable_offset.value(), Isolation::read_committed);
      const bool is_stopped = seen_->partition(partition_of("t", i)).with_log([](const storage::PartitionLog& log) {
        return log.stopped().has_value();
      });
      EXPECT_TRUE(!is_stopped || answer.error_code == ErrorCode::storage_error) << i;
      if (answer.error_code != ErrorCode::none) {
        EXPECT_TRUE(answer.error_message) << i;
      }
    }
    seen_.reset();
  }
  EXPECT_GT(told, 0);
}

TEST_F(DiskFaultTest, whatever_fails_while_work_is_done_nothing_acknowledged_is_lost) {
  for (Flush flush : {Flush::at_intervals, Flush::before_answer}) {
    for (ErrorCode code : {ErrorCode::io_error, ErrorCode::no_space}) {
      flush_ = flush;
      for (std::size_t at = 0; at < 5'000 && !HasFailure(); ++at) {
        SCOPED_TRACE(name_of(code) + " at call " + std::to_string(at) +
                     (flush == Flush::before_answer ? ", fsync" : ""));
        MemoryFileSystem memory;
        FaultyFileSystem files(memory);
        acknowledged_.clear();
        is_committed_ = false;
        ASSERT_TRUE(open(files));
        make_topics();
        files.inject({.at = at, .code = code, .on = Fault::On::any, .write_bytes = at % 300});
        work();
        const bool has_fired = files.has_fired();
        files.heal();
        check();
        seen_.reset();
        ASSERT_TRUE(open(memory));
        check();
        check_transaction();
        check_goes_on();
        seen_.reset();
        if (!has_fired) break;
      }
    }
  }
}

TEST_F(DiskFaultTest, a_disk_that_is_full_from_any_write_on_delays_work_until_there_is_room) {
  for (std::size_t at = 0; at < 5'000 && !HasFailure(); ++at) {
    SCOPED_TRACE("full at write " + std::to_string(at));
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    acknowledged_.clear();
    is_committed_ = false;
    ASSERT_TRUE(open(files));
    make_topics();
    files.inject(
        {.at = at, .code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true, .write_bytes = at % 300});
    work();
    const bool has_fired = files.has_fired();
    check();
    files.heal();
    check_goes_on();
    Cleaner cleaner(seen_->broker->topics(), {});
    for (auto more = Loop().run(cleaner.clean_one(seen_->clock.wall_ms(), {})); more && *more;) {
      more = Loop().run(cleaner.clean_one(seen_->clock.wall_ms(), {}));
    }
    expect_nothing_superseded();
    seen_->clock.advance(Millis(1'000));
    seen_->broker->run_due();
    check();
    check_transaction();
    seen_.reset();
    if (!has_fired) break;
  }
}

TEST_F(DiskFaultTest, a_directory_that_becomes_read_only_is_read_and_written_again_once_it_is_not) {
  for (Flush flush : {Flush::left_to_system, Flush::before_answer}) {
    for (std::size_t at = 0; at < 60 && !HasFailure(); ++at) {
      SCOPED_TRACE("read-only from write " + std::to_string(at));
      MemoryFileSystem memory;
      FaultyFileSystem files(memory);
      acknowledged_.clear();
      flush_ = flush;
      ASSERT_TRUE(open(files));
      make_topics();
      files.inject({.at = at, .code = ErrorCode::read_only, .on = Fault::On::writes, .lasts = true});
      for (int i = 0; i < 20; ++i) send(partition_of("t"), std::to_string(i) + std::string(600, '.'));
      EXPECT_TRUE(files.has_fired());
      check();
      files.heal();
      check_goes_on();
      check();
      seen_.reset();
    }
  }
}

TEST_F(DiskFaultTest, a_log_that_cannot_be_opened_says_why_and_opens_later_as_it_was) {
  MemoryFileSystem memory;
  ASSERT_TRUE(open(memory));
  make_topics();
  work();
  const auto acknowledged = acknowledged_;
  auto killed = memory.crashed(CrashModel::kill());
  for (ErrorCode code : {ErrorCode::io_error, ErrorCode::no_space}) {
    for (std::size_t at = 0; at < 5'000 && !HasFailure(); ++at) {
      SCOPED_TRACE(name_of(code) + " at call " + std::to_string(at));
      auto left = killed->crashed(CrashModel::kill());
      FaultyFileSystem files(*left);
      files.inject({.at = at, .code = code, .on = Fault::On::any, .write_bytes = at % 300});
      const auto opened = open(files);
      if (!opened) {
        EXPECT_EQ(opened.error().code, code) << opened.error().to_string();
        EXPECT_NE(opened.error().detail, "") << "which file?";
      }
      const bool has_fired = files.has_fired();
      seen_.reset();
      ASSERT_TRUE(open(*left));
      acknowledged_ = acknowledged;
      check();
      check_transaction();
      check_goes_on();
      seen_.reset();
      if (!has_fired) break;
    }
  }
}

TEST_F(DiskFaultTest, an_end_that_fails_loses_nothing) {
  for (std::size_t at = 0; at < 1'000 && !HasFailure(); ++at) {
    SCOPED_TRACE("call " + std::to_string(at));
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    acknowledged_.clear();
    ASSERT_TRUE(open(files));
    make_topics();
    send(partition_of("t"), "kept");
    files.inject({.at = at, .code = ErrorCode::io_error, .on = Fault::On::any, .write_bytes = at % 300});
    (void)seen_->broker->close();
    const bool has_fired = files.has_fired();
    files.heal();
    seen_.reset();
    ASSERT_TRUE(open(memory));
    EXPECT_EQ(seen_->committed(partition_of("t")), std::vector<std::string>{"kept"});
    seen_.reset();
    if (!has_fired) break;
  }
}

}  // namespace
}  // namespace weir::log::broker
