// What is made durable together, and at what cost; over whole histories: transaction_crash_test.cc.
#include "log/broker/partitions/durability.h"

#include <thread>

#include "log/broker/cleaner.h"
#include "log/storage/format.h"
#include "sim/faulty_file.h"
#include "sim/gated_file.h"
#include "tests/log/broker/waiting_call.h"

namespace weir::log::broker {
namespace {

constexpr int kMany = 8;

class DurabilityTest : public testing::Test {
 protected:
  void open(FileSystem& files, std::string boot = "boot-1", Flush flush = Flush::before_answer,
            WorkPool* pool = nullptr) {
    seen_ = std::make_unique<TestBroker>();
    BrokerOptions options;
    options.flush = flush;
    options.boot_id = std::move(boot);
    options.journal_file_bytes = 24 * 1024;
    options.pool = pool;
    auto opened = seen_->open(files, std::move(options));
    ASSERT_TRUE(opened) << opened.error().to_string();
  }

  // A topic, each partition of which was written and synced once: from then on the journal can serve it.
  void make_topic(const std::string& name, std::vector<std::pair<std::string, std::string>> configs = {}) {
    cluster::Topic topic;
    topic.name = name;
    topic.partitions = kMany;
    for (auto& [key, value] : configs) topic.configs[key] = value;
    ASSERT_TRUE(seen_->broker->topics().create(std::move(topic)));
    produce_to_all(name, "first", kMany);
  }

  static RecordBatch keyed(const std::string& value) {
    BatchBuilder builder(100);
    builder.add(1'000, "key", Bytes(value));
    return *builder.seal({});
  }

  // One request with a record for each of the first `count` partitions.
  std::vector<ErrorCode> produce_to_all(const std::string& topic, const std::string& value, int count) {
    wire::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    for (int i = 0; i < count; ++i) {
      auto batch = keyed(value);
      data.partition_data.push_back({PartitionIndex(i), Records{{batch.bytes}, batch.trust}});
    }
    std::vector<ErrorCode> codes;
    auto response = seen_->call(std::move(request));
    for (const auto& answer : response.responses.at(0).partition_responses) codes.push_back(answer.error_code);
    return codes;
  }

  std::vector<std::string> values(const std::string& topic, int index) {
    return seen_->committed(partition_of(topic, index));
  }

  struct Syncs {
    int journal = 0;
    int segments = 0;
  };
  Syncs syncs_since(std::size_t operation) const {
    Syncs syncs;
    for (std::size_t i = operation; i < files_.operation_count(); ++i) {
      const std::string what = files_.describe_operation(i);
      syncs.journal += what.starts_with("sync log/journal/") ? 1 : 0;
      syncs.segments += what.starts_with("sync log/partitions/") ? 1 : 0;
    }
    return syncs;
  }

  void TearDown() override { seen_.reset(); }  // before the files

  const std::vector<ErrorCode> all_fine_ = std::vector<ErrorCode>(kMany, ErrorCode::none);
  MemoryFileSystem files_;
  std::unique_ptr<TestBroker> seen_;
};

TEST_F(DurabilityTest, records_for_many_partitions_cost_one_sync_and_are_visible_and_safe_once_answered) {
  open(files_);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "makes the journal", kMany), all_fine_);
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  const Syncs syncs = syncs_since(before);
  EXPECT_EQ(syncs.journal, 1);
  EXPECT_EQ(syncs.segments, 0);
  EXPECT_EQ(values("t", 3).back(), "second");
  EXPECT_EQ(seen_->partition(partition_of("t", 3)).positions().synced, Offset(3));
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2");
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("t", i).back(), "second") << i;
  EXPECT_EQ(produce_to_all("t", "third", kMany), all_fine_);
  seen_.reset();
}

// Without the lock of the disk: a caller has its thread, and those that come meanwhile share the next sync.
TEST_F(DurabilityTest, who_waits_for_the_disk_blocks_nobody_and_shares_its_syncs) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, "boot-1", Flush::before_answer, pool.get());
  make_topic("t");
  gated.close_gate();
  const int before = gated.syncs();
  auto request = [] {
    auto batch = keyed("together");
    wire::ProduceRequest produce;
    produce.acks = -1;
    produce.topic_data.push_back({"t", {{PartitionIndex(0), Records{{batch.bytes}, batch.trust}}}});
    return produce;
  };
  std::vector<std::unique_ptr<Waiting<wire::ProduceRequest>>> calls;
  for (int i = 0; i < 5; ++i) {
    calls.push_back(std::make_unique<Waiting<wire::ProduceRequest>>(*seen_, request()));
    gated.wait_for(1);  // the first one's sync is under way
    EXPECT_FALSE(calls.back()->is_done());
  }
  EXPECT_EQ(values("t", 0).size(), 1u) << "not seen before it is safe";
  gated.open_gate();
  for (auto& call : calls) {
    while (!call->is_done()) seen_->loop.resume_ready(std::chrono::milliseconds(10));
    EXPECT_EQ(call->response().responses.at(0).partition_responses.at(0).error_code, ErrorCode::none);
  }
  EXPECT_EQ(gated.syncs() - before, 2) << "one for the first, one for all others";
  EXPECT_EQ(values("t", 0).size(), 6u);
  calls.clear();
  pool.reset();
  seen_.reset();
}

TEST_F(DurabilityTest, who_ends_a_transaction_has_its_thread_while_the_disk_works) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, "boot-1", Flush::before_answer, pool.get());
  make_topic("t");
  TestProducer producer(*seen_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(partition_of("t", 0), {"a"}), ErrorCode::none);
  gated.close_gate();
  const auto who = producer.identity();
  auto ending =
      std::make_unique<Waiting<wire::EndTxnRequest>>(*seen_, wire::EndTxnRequest{"p", who.id, who.epoch, true});
  gated.wait_for(1);
  EXPECT_FALSE(ending->is_done());
  EXPECT_EQ(values("t", 0).size(), 1u);
  gated.open_gate();
  while (!ending->is_done()) seen_->loop.resume_ready(std::chrono::milliseconds(10));
  EXPECT_EQ(ending->response().error_code, ErrorCode::none);
  EXPECT_EQ(values("t", 0).back(), "a");
  // One that nobody waits for any more is decided all the same; who looks next completes it.
  ASSERT_EQ(producer.send(partition_of("t", 0), {"b"}), ErrorCode::none);
  gated.close_gate();
  ending = std::make_unique<Waiting<wire::EndTxnRequest>>(*seen_, wire::EndTxnRequest{"p", who.id, who.epoch, true});
  gated.wait_for(1);
  ending.reset();
  gated.open_gate();
  pool.reset();  // ends what has begun
  seen_->clock.advance(Millis(1'000));
  EXPECT_EQ(values("t", 0).back(), "a") << "it is decided, and its markers are owed";
  seen_.reset();
  open(files_);
  EXPECT_EQ(values("t", 0).back(), "b");
}

TEST_F(DurabilityTest, the_timers_thread_does_not_wait_for_the_disk) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, "boot-1", Flush::at_intervals, pool.get());
  make_topic("t");
  seen_->broker->run_due();
  gated.close_gate();
  seen_->clock.advance(Millis(1'000));
  seen_->broker->run_due();  // or the test hangs
  gated.wait_for(1);
  bool has_rung = false;
  seen_->broker->timers().at(seen_->clock.monotonic_ns(), [&] { has_rung = true; });
  seen_->broker->run_due();
  EXPECT_TRUE(has_rung);
  gated.open_gate();
  pool.reset();
  seen_.reset();
}

// Segments are synced behind the journal, one after another: nobody who needs only the journal waits for that.
TEST_F(DurabilityTest, who_is_served_by_the_journal_does_not_wait_for_segments) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, "boot-1", Flush::before_answer, pool.get());
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "makes the journal", kMany), all_fine_);
  gated.close_gate("/partitions/");
  Partition& first = seen_->partition(partition_of("t", 0));
  pool->post([&first] { EXPECT_TRUE(first.sync()); });
  gated.wait_for(1);
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);  // or the test hangs
  ASSERT_EQ(produce_to_all("t", "third", 1), std::vector<ErrorCode>{ErrorCode::none}) << "alone, but its file is taken";
  EXPECT_EQ(syncs_since(before).journal, 2);
  EXPECT_EQ(syncs_since(before).segments, 0);
  EXPECT_EQ(values("t", 0).back(), "third");
  auto after = files_.crashed(CrashModel::power_cut());
  gated.open_gate();
  pool.reset();
  seen_.reset();
  open(*after, "boot-2");
  EXPECT_EQ(values("t", 0).back(), "third");
  for (int i = 1; i < kMany; ++i) EXPECT_EQ(values("t", i).back(), "second") << i;
  seen_.reset();
}

TEST_F(DurabilityTest, where_the_journal_is_full_the_segments_are_waited_for_and_it_is_used_again) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, "boot-1", Flush::before_answer, pool.get());
  make_topic("t", {{"segment.bytes", "1048576"}});
  ASSERT_EQ(produce_to_all("t", "makes the journal", kMany), all_fine_);
  gated.close_gate("/t-0.");
  Partition& first = seen_->partition(partition_of("t", 0));
  pool->post([&first] { EXPECT_TRUE(first.sync()); });
  gated.wait_for(1);
  // As long as the first partition's segment is not synced, no file of the journal that names it is free.
  std::unique_ptr<Waiting<wire::ProduceRequest>> call;
  int written = 0;
  for (; written < 1'000; ++written) {
    auto batch = keyed("record " + std::to_string(written) + std::string(500, '.'));
    wire::ProduceRequest produce;
    produce.acks = -1;
    produce.topic_data.push_back({"t", {{PartitionIndex(0), Records{{batch.bytes}, batch.trust}}}});
    call = std::make_unique<Waiting<wire::ProduceRequest>>(*seen_, std::move(produce));
    for (int turn = 0; turn < 100 && !call->is_done(); ++turn) seen_->loop.resume_ready(std::chrono::milliseconds(10));
    if (!call->is_done()) break;
  }
  ASSERT_LT(written, 1'000) << "it is never full";
  EXPECT_GT(written, 50) << "it was used";
  gated.open_gate();
  while (!call->is_done()) seen_->loop.resume_ready(std::chrono::milliseconds(10));
  EXPECT_EQ(call->response().responses.at(0).partition_responses.at(0).error_code, ErrorCode::none);
  ASSERT_EQ(produce_to_all("t", "then", kMany), all_fine_);
  seen_->broker->topics().sync_all(Flush::before_answer);
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("t", "last", kMany), all_fine_);
  EXPECT_EQ(syncs_since(before).segments, 0) << "the journal serves again";
  call.reset();
  auto after = files_.crashed(CrashModel::power_cut());
  pool.reset();
  seen_.reset();
  open(*after, "boot-2");
  EXPECT_EQ(values("t", 0).size(), 2u + static_cast<std::size_t>(written) + 1 + 2);
  EXPECT_EQ(values("t", 0).back(), "last");
  seen_.reset();
}

TEST_F(DurabilityTest, one_partition_alone_syncs_its_own_file) {
  open(files_);
  make_topic("t");
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("t", "second", 1), std::vector<ErrorCode>{ErrorCode::none});
  const Syncs syncs = syncs_since(before);
  EXPECT_EQ(syncs.journal, 0);
  EXPECT_EQ(syncs.segments, 1);
}

TEST_F(DurabilityTest, a_transaction_over_many_partitions_costs_two_syncs_from_its_begin_to_its_end) {
  open(files_);
  make_topic("t");
  TestProducer producer(*seen_, "p");
  ASSERT_TRUE(producer.init());
  auto send = [&](int partitions, const std::string& value) {
    for (int i = 0; i < partitions; ++i) ASSERT_EQ(producer.send(partition_of("t", i), {value}), ErrorCode::none);
  };
  send(1, "makes what is needed");
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  const std::size_t before = files_.operation_count();
  send(4, "counted");
  EXPECT_EQ(syncs_since(before).journal, 0) << "what is lost before the end is as if it had never begun";
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  const Syncs syncs = syncs_since(before);
  EXPECT_EQ(syncs.journal, 2) << "its records and the outcome; its markers";
  EXPECT_EQ(syncs.segments, 0);
  EXPECT_EQ(values("t", 3).back(), "counted") << "visible once it is answered";
}

TEST_F(DurabilityTest, segments_are_synced_behind_the_journal_and_then_it_is_not_needed) {
  open(files_);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  seen_->clock.advance(Millis(1'000));
  seen_->broker->run_due();
  auto after = files_.crashed(CrashModel::power_cut());
  ASSERT_TRUE(after->remove_all("log/journal"));
  open(*after, "boot-2");
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("t", i).back(), "second") << i;
  seen_.reset();
}

TEST_F(DurabilityTest, a_log_that_was_closed_has_no_journal_and_all_its_records) {
  open(files_);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  ASSERT_TRUE(*files_.exists("log/journal/0"));
  ASSERT_TRUE(seen_->broker->close());
  EXPECT_FALSE(*files_.exists("log/journal"));
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2");
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("t", i).back(), "second") << i;
  seen_.reset();
}

TEST_F(DurabilityTest, a_journal_sync_that_fails_stops_the_partitions_that_wanted_it_and_no_other) {
  FaultyFileSystem faulty(files_);
  open(faulty);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  faulty.inject({.at = 0, .on = Fault::On::syncs});
  EXPECT_EQ(produce_to_all("t", "unknown", 2), std::vector<ErrorCode>(2, ErrorCode::storage_error));
  const auto codes = produce_to_all("t", "third", kMany);
  for (int i = 0; i < kMany; ++i) {
    EXPECT_EQ(codes.at(static_cast<std::size_t>(i)), i < 2 ? ErrorCode::storage_error : ErrorCode::none) << i;
    EXPECT_EQ(values("t", i).back(), i < 2 ? "second" : "third") << i;
  }
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2");
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("t", i).back(), i < 2 ? "second" : "third") << i;
  seen_.reset();
}

TEST_F(DurabilityTest, a_segment_whose_sync_fails_behind_the_journal_has_its_records_after_a_restart) {
  FaultyFileSystem faulty(files_);
  open(faulty);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  faulty.inject({.at = 0, .on = Fault::On::syncs});
  seen_->clock.advance(Millis(1'000));
  seen_->broker->run_due();
  ASSERT_TRUE(faulty.has_fired());
  seen_.reset();
  EXPECT_TRUE(*files_.exists("log/journal/0"));
  open(files_);
  EXPECT_EQ(produce_to_all("t", "third", kMany), all_fine_);
  seen_.reset();
}

TEST_F(DurabilityTest, a_topic_that_was_deleted_stays_deleted_though_the_journal_holds_its_records) {
  open(files_);
  make_topic("gone");
  make_topic("t");
  ASSERT_EQ(produce_to_all("gone", "second", kMany), all_fine_);
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  const std::size_t before = files_.operation_count();
  ASSERT_TRUE(seen_->broker->topics().remove("gone"));
  const std::size_t removed = files_.operation_count();
  make_topic("gone");  // another topic of the same name
  ASSERT_EQ(produce_to_all("gone", "of the other", kMany), all_fine_);
  const std::size_t end = files_.operation_count();
  for (std::size_t at = before; at <= end && !HasFailure(); at += at >= removed && at + 3 < end ? 3 : 1) {
    SCOPED_TRACE("power cut after operation " + std::to_string(at));
    auto after = files_.crashed_after(at, CrashModel::power_cut(at));
    open(*after, "boot-2");
    EXPECT_TRUE(seen_->broker->topics().findings().empty());
    EXPECT_EQ(values("t", 0), (std::vector<std::string>{"first", "second"}));
    if (at == removed) {
      EXPECT_FALSE(seen_->broker->topics().describe("gone"));
    }
    if (at == end) {
      EXPECT_EQ(values("gone", 1), (std::vector<std::string>{"first", "of the other"}));
    }
    seen_.reset();
  }
}

TEST_F(DurabilityTest, a_compaction_that_only_made_one_file_smaller_survives_a_power_cut) {
  open(files_);
  make_topic("t", {{"cleanup.policy", "compact"}});
  Partition& partition = seen_->partition(partition_of("t"));
  auto segments = [&] {
    return partition.with_log([](storage::PartitionLog& log) { return log.segment_count(); });
  };
  while (segments() < 2) {
    ASSERT_EQ(produce_to_all("t", std::string(100, '.'), 1), std::vector<ErrorCode>{ErrorCode::none});
  }
  const std::string first = partition.with_log([](storage::PartitionLog& log) { return log.directory(); }) + "/" +
                            storage::file_name(Offset(0), storage::kLogSuffix);
  const std::uint64_t before = *files_.size_of(first);
  Cleaner cleaner(seen_->broker->topics(), {});
  const auto done = Loop().run(cleaner.clean_one(seen_->clock.wall_ms(), {}));
  ASSERT_TRUE(done && *done);
  ASSERT_EQ(segments(), 2u);
  EXPECT_LT((*done)->bytes_after, before);
  auto after = files_.crashed(CrashModel::power_cut());
  EXPECT_EQ(*after->size_of(first), (*done)->bytes_after);
}

TEST_F(DurabilityTest, a_compaction_is_not_undone_by_a_journal_that_holds_what_it_removed) {
  open(files_);
  make_topic("t", {{"cleanup.policy", "compact"}});
  std::vector<std::pair<std::size_t, std::string>> acknowledged;
  for (int i = 0; i < 60; ++i) {
    const std::string value = "value " + std::to_string(i) + std::string(100, '.');
    ASSERT_EQ(produce_to_all("t", value, 2), std::vector<ErrorCode>(2, ErrorCode::none));
    acknowledged.emplace_back(files_.operation_count(), value);
  }
  const std::size_t before = files_.operation_count();
  Cleaner cleaner(seen_->broker->topics(), {});
  int cleaned = 0;
  for (int i = 0; i < 2; ++i) {
    auto done = Loop().run(cleaner.clean_one(seen_->clock.wall_ms(), {}));
    ASSERT_TRUE(done) << done.error().to_string();
    cleaned += *done ? 1 : 0;
  }
  EXPECT_EQ(cleaned, 2);
  ASSERT_EQ(produce_to_all("t", "last", 2), std::vector<ErrorCode>(2, ErrorCode::none));
  const std::size_t end = files_.operation_count();
  for (std::size_t at = before; at <= end && !HasFailure(); ++at) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      SCOPED_TRACE("power cut after operation " + std::to_string(at) + ", seed " + std::to_string(seed));
      auto after = files_.crashed_after(at, CrashModel::power_cut(at * 10 + seed));
      open(*after, "boot-2");
      for (const auto& finding : seen_->broker->topics().findings()) EXPECT_FALSE(finding.is_damage);
      for (int i = 0; i < 2; ++i) {
        const std::string newest = at == end ? "last" : acknowledged.back().second;
        const auto found = values("t", i);
        ASSERT_FALSE(found.empty());
        EXPECT_TRUE(found.back() == newest || found.back() == "last") << found.back();
      }
      seen_.reset();
    }
  }
}

TEST_F(DurabilityTest, a_reader_beside_the_writer_leaves_the_journal_alone) {
  open(files_);
  make_topic("t");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  auto after = files_.crashed(CrashModel::power_cut());
  const OwnedBytes journal = *read_file(*after, "log/journal/0");
  TestBroker reader;
  BrokerOptions options;
  options.read_only = true;
  options.boot_id = "boot-2";
  const std::size_t before = after->operation_count();
  ASSERT_TRUE(reader.open(*after, options));
  reader.broker.reset();
  EXPECT_EQ(after->operation_count(), before);
  EXPECT_EQ(*read_file(*after, "log/journal/0"), journal);
}

TEST_F(DurabilityTest, a_topic_may_be_more_durable_than_its_log) {
  open(files_, "boot-1", Flush::left_to_system);
  make_topic("payments", {{"durability", "fsync"}});
  make_topic("clicks");
  ASSERT_EQ(produce_to_all("payments", "second", kMany), all_fine_);
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("clicks", "second", kMany), all_fine_);
  const Syncs syncs = syncs_since(before);
  EXPECT_EQ(syncs.journal + syncs.segments, 0);
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2", Flush::left_to_system);
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("payments", i).back(), "second") << i;
  EXPECT_TRUE(values("clicks", 0).empty());
  seen_.reset();
}

TEST_F(DurabilityTest, a_topic_may_be_less_durable_than_its_log) {
  open(files_);
  make_topic("traces", {{"durability", "os"}});
  const std::size_t before = files_.operation_count();
  ASSERT_EQ(produce_to_all("traces", "second", kMany), all_fine_);
  const Syncs syncs = syncs_since(before);
  EXPECT_EQ(syncs.journal + syncs.segments, 0);
  EXPECT_EQ(values("traces", 3).back(), "second") << "visible at once";
}

TEST_F(DurabilityTest, a_topic_that_is_synced_at_intervals_loses_the_last_one) {
  open(files_, "boot-1", Flush::left_to_system);
  make_topic("clicks", {{"durability", "interval"}});
  seen_->clock.advance(Millis(1'000));
  seen_->broker->run_due();
  ASSERT_EQ(produce_to_all("clicks", "not synced yet", kMany), all_fine_);
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2", Flush::left_to_system);
  EXPECT_EQ(values("clicks", 0), std::vector<std::string>{"first"});
  seen_.reset();
}

TEST_F(DurabilityTest, a_changed_durability_counts_from_then_on) {
  open(files_, "boot-1", Flush::left_to_system);
  make_topic("t");
  auto set = [&](const char* durability) {
    ASSERT_TRUE(seen_->broker->topics().set_configs("t", {{"durability", durability}}, ValidateOnly::no));
  };
  set("fsync");
  ASSERT_EQ(produce_to_all("t", "second", kMany), all_fine_);
  set("os");
  ASSERT_EQ(produce_to_all("t", "third", kMany), all_fine_);
  EXPECT_EQ(values("t", 0), (std::vector<std::string>{"first", "second", "third"}));
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2", Flush::left_to_system);
  EXPECT_EQ(values("t", 0), (std::vector<std::string>{"first", "second"}));
  seen_.reset();
}

TEST_F(DurabilityTest, a_transaction_is_as_durable_as_the_most_durable_of_its_topics) {
  open(files_, "boot-1", Flush::left_to_system);
  make_topic("payments", {{"durability", "fsync"}});
  make_topic("clicks");
  TestProducer producer(*seen_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(partition_of("clicks", 1), {"with a payment"}), ErrorCode::none);
  ASSERT_EQ(producer.send(partition_of("payments", 2), {"with a click"}), ErrorCode::none);
  ASSERT_EQ(producer.send_offset("g", partition_of("clicks", 5), 7), ErrorCode::none);
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  auto after = files_.crashed(CrashModel::power_cut());
  open(*after, "boot-2", Flush::left_to_system);
  EXPECT_EQ(values("payments", 2).back(), "with a click");
  EXPECT_EQ(values("clicks", 1).back(), "with a payment");
  EXPECT_EQ(*seen_->committed_offset("g", partition_of("clicks", 5), true), 7);
  seen_.reset();
}

TEST_F(DurabilityTest, callers_with_partitions_in_common_all_come_through) {
  open(files_);
  make_topic("t");
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  constexpr int kThreads = 4;
  constexpr int kRounds = 100;
  for (int who = 0; who < kThreads; ++who) {
    threads.emplace_back([&, who] {
      for (int round = 0; round < kRounds; ++round) {
        std::vector<std::shared_ptr<Partition>> some;
        for (int i = 0; i < 4; ++i) {
          some.push_back(*seen_->broker->topics().find("t", PartitionIndex((who * 3 + i * (round % 3 + 1)) % kMany)));
        }
        some.push_back(some.front());  // twice
        std::vector<Offset> ends;
        for (const auto& partition : some) {
          auto appended = partition->append(keyed("x"), storage::Origin::client);
          if (!appended) ++failed;
          ends.push_back(appended ? appended->last_offset : Offset(0));
        }
        const auto outcomes = seen_->broker->topics().make_durable(some, AsOne::no);
        for (std::size_t i = 0; i < some.size(); ++i) {
          if (!outcomes[i] || some[i]->positions().synced <= ends[i]) ++failed;
        }
        if (round % 10 == 0) seen_->broker->topics().sync_all(Flush::at_intervals);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  auto after = files_.crashed(CrashModel::power_cut());
  std::map<int, std::size_t> counts;
  for (int i = 0; i < kMany; ++i) counts[i] = values("t", i).size();
  open(*after, "boot-2");
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(values("t", i).size(), counts[i]) << i;
  seen_.reset();
}

}  // namespace
}  // namespace weir::log::broker
