#include <gmock/gmock.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/contracts/sink_commit.h"
#include "connect/run.h"
#include "tests/connect/log_fixture.h"
#include "tests/connect/payload_text.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Counts from 0 to `end`, one record a poll; its position is the next number. Fails at a chosen poll.
class CountingSource final : public Source {
 public:
  struct Plan {
    int end = 5;
    int fail_at_poll = -1;
    ErrorCode code = ErrorCode::request_timed_out;
  };

  explicit CountingSource(Plan plan) : plan_(plan) {}

  Result<> start(const SourcePositions& committed, Input) override {
    auto found = committed.find("{}");
    next_ = found != committed.end() ? std::stoi(found->second) : 0;
    return {};
  }

  Result<> poll(std::size_t, Millis, std::int64_t now_ms, SourceBatch& into) override {
    if (polls_++ == plan_.fail_at_poll) return fail(plan_.code, "as planned");
    into.records.clear();
    if (next_ < plan_.end) {
      into.records.push_back({.timestamp_ms = now_ms, .value = Payload::text(std::to_string(next_++))});
    }
    into.positions["{}"] = std::to_string(next_);
    into.at_end = next_ >= plan_.end;
    return {};
  }

 private:
  Plan plan_;
  int polls_ = 0;
  int next_ = 0;
};

// Keeps values outside: `length` of them are committed by its metadata. Fails at a chosen call of put or flush.
struct Outside {
  std::vector<std::string> values{};
  int calls = 0;
  int fail_at_call = -1;
  ErrorCode code = ErrorCode::no_space;
};

class KeepingSink final : public Sink {
 public:
  explicit KeepingSink(Outside& outside) : outside_(outside) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    std::size_t kept = 0;
    for (const auto& [partition, commit] : from.committed) kept = std::max(kept, std::stoul(commit.metadata));
    outside_.values.resize(kept);
    return SinkStarted{.metadata = metadata()};
  }
  Result<> put(std::span<ConnectRecord> records) override {
    WEIR_TRY(call());
    for (const ConnectRecord& record : records) outside_.values.push_back(text_of(record.value));
    return {};
  }
  Result<std::string> flush() override {
    WEIR_TRY(call());
    return metadata();
  }

 private:
  Result<> call() {
    if (outside_.calls++ == outside_.fail_at_call) return fail(outside_.code, "as planned");
    return {};
  }
  std::string metadata() const { return std::to_string(outside_.values.size()); }

  Outside& outside_;
};

class Runners : public LogFixture {
 protected:
  void SetUp() override {
    auto opened = open_log(files_);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client_.emplace(*std::move(opened));
  }

  Result<SourceReport> run_source(CountingSource::Plan plan) {
    return run_source_until_end(*client_, std::make_unique<CountingSource>(plan), {.name = "count", .topic = "t"});
  }
  Result<SinkReport> run_sink(Outside& outside, std::vector<std::string> topics = {"t"}) {
    return run_sink_until_end(*client_, std::make_unique<KeepingSink>(outside),
                              {.name = "keep", .topics = std::move(topics)});
  }

  std::optional<log::Client> client_;
};

TEST_F(Runners, a_source_goes_on_where_it_was) {
  auto report = run_source({.end = 3});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->records, 3u);
  EXPECT_EQ(report->transactions, 3u);
  EXPECT_EQ(run_source({.end = 3})->records, 0u);
  EXPECT_EQ(run_source({.end = 5})->records, 2u);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(Runners, what_may_pass_is_tried_again_and_nothing_is_written_twice) {
  for (int poll = 0; poll < 5; ++poll) {
    const std::string topic = "t" + std::to_string(poll);
    CountingSource::Plan plan{.end = 5, .fail_at_poll = poll};
    auto report =
        run_source_until_end(*client_, std::make_unique<CountingSource>(plan), {.name = topic, .topic = topic});
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_THAT(values(*client_, topic), ElementsAre("0", "1", "2", "3", "4"));
  }
}

TEST_F(Runners, an_error_of_the_source_ends_it_and_names_the_connector) {
  auto report = run_source({.end = 5, .fail_at_poll = 2, .code = ErrorCode::corrupt_data});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().to_string(), "corrupt_data: connector count: as planned");
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1"));
  ASSERT_TRUE(run_source({.end = 5}));
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(Runners, a_second_source_of_the_same_name_fences_the_first) {
  SourceOptions options{.name = "count", .topic = "t"};
  SourceRunner first(*client_, std::make_unique<CountingSource>(CountingSource::Plan{}), options, Input::is_complete);
  ASSERT_TRUE(first.start());
  ASSERT_TRUE(first.step());
  SourceRunner second(*client_, std::make_unique<CountingSource>(CountingSource::Plan{}), options, Input::is_complete);
  ASSERT_TRUE(second.start());
  auto fenced = first.step();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, ErrorCode::producer_fenced) << fenced.error().to_string();
  ASSERT_TRUE(second.step());
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1"));
}

TEST_F(Runners, a_keyed_position_belongs_to_its_connector_alone) {
  SourceOptions shared{.name = "a", .topic = "t", .offsets_topic = "positions"};
  ASSERT_TRUE(run_source_until_end(*client_, std::make_unique<CountingSource>(CountingSource::Plan{.end = 2}), shared));
  shared.name = "b";
  ASSERT_TRUE(run_source_until_end(*client_, std::make_unique<CountingSource>(CountingSource::Plan{.end = 1}), shared));
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1", "0"));
  EXPECT_THAT(values(*client_, "positions"), ElementsAre("1", "2", "1"));
}

TEST_F(Runners, an_idle_source_writes_nothing) {
  write_file(files_, "in", "one\n");
  SourceRunner runner(*client_, file_source({.path = "in"}, files_), {.name = "in", .topic = "t"}, Input::may_grow);
  ASSERT_TRUE(runner.start());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(*runner.step(), SourceRunner::Step::at_end);
  EXPECT_EQ(runner.report().transactions, 1u);
}

TEST_F(Runners, a_sink_goes_on_where_it_was) {
  ASSERT_TRUE(run_source({.end = 3}));
  Outside outside;
  auto report = run_sink(outside);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->records, 3u);
  EXPECT_EQ(run_sink(outside)->records, 0u);
  ASSERT_TRUE(run_source({.end = 5}));
  EXPECT_EQ(run_sink(outside)->records, 2u);
  EXPECT_THAT(outside.values, ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(Runners, a_sink_that_fails_at_any_call_and_goes_on_puts_all_once) {
  ASSERT_TRUE(run_source({.end = 4}));
  for (int call = 0; call < 5; ++call) {
    Outside outside{.fail_at_call = call};
    auto report = run_sink_until_end(*client_, std::make_unique<KeepingSink>(outside),
                                     {.name = "keep-" + std::to_string(call), .topics = {"t"}});
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_THAT(outside.values, ElementsAre("0", "1", "2", "3"));
  }
}

TEST_F(Runners, an_error_of_the_sink_ends_it_and_names_the_connector) {
  ASSERT_TRUE(run_source({.end = 4}));
  Outside outside{.fail_at_call = 2, .code = ErrorCode::permission_denied};
  auto report = run_sink(outside);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().to_string(), "permission_denied: connector keep: as planned");
  ASSERT_TRUE(run_sink(outside));
  EXPECT_THAT(outside.values, ElementsAre("0", "1", "2", "3"));
}

TEST_F(Runners, skipped_records_are_counted_apart) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  produce(*client_, "t", {"1", "oops", "2"});
  SinkOptions options{.name = "out", .topics = {"t"}, .value = Encoding::json};
  options.errors.tolerance = Tolerance::all;
  auto report =
      run_sink_until_end(*client_, file_sink({.path = "out", .lines = {.envelope = Envelope::value}}, files_), options);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->records, 2u);
  EXPECT_EQ(report->skipped, 1u);
  EXPECT_EQ(*read_file(files_, "out"), "1\n2\n");
}

TEST_F(Runners, a_sink_sees_committed_records_only) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  auto producer = client_->producer({.transactional_id = "x"}).value();
  ASSERT_TRUE(producer->init_transactions());
  auto send = [&](Bytes value) {
    ASSERT_TRUE(producer->begin_transaction());
    ASSERT_TRUE(producer->send("t", log::PartitionIndex(0), 0, std::nullopt, value));
    ASSERT_TRUE(producer->flush());
  };
  send("aborted");
  ASSERT_TRUE(producer->abort_transaction());
  send("committed");
  ASSERT_TRUE(producer->commit_transaction());
  send("open");
  Outside outside;
  auto report = run_sink(outside);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_THAT(outside.values, ElementsAre("committed"));
  ASSERT_TRUE(producer->commit_transaction());
  ASSERT_TRUE(run_sink(outside));
  EXPECT_THAT(outside.values, ElementsAre("committed", "open"));
}

TEST_F(Runners, a_sink_whose_topic_is_not_there_says_so) {
  Outside outside;
  auto report = run_sink(outside, {"missing"});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_THAT(report.error().detail, HasSubstr("missing"));
}

TEST_F(Runners, topics_that_are_taken_away_and_given_back_do_not_bring_back_old_metadata) {
  ASSERT_TRUE(client_->admin()->create_topic({"a", 1, {}}));
  ASSERT_TRUE(client_->admin()->create_topic({"b", 2, {}}));
  Outside outside;
  produce(*client_, "a", {"a1"});
  produce(*client_, "b", {"b1"});
  ASSERT_TRUE(run_sink(outside, {"a", "b"}));
  produce(*client_, "b", {"b2"});
  ASSERT_TRUE(run_sink(outside, {"b"}));
  produce(*client_, "a", {"a2"});
  ASSERT_TRUE(run_sink(outside, {"a", "b"}));
  EXPECT_THAT(outside.values, testing::UnorderedElementsAre("a1", "b1", "b2", "a2"));
  EXPECT_THAT(values(*client_, "a"), ElementsAre("a1", "a2"));
}

TEST_F(Runners, each_partition_counts_its_own_commits) {
  ASSERT_TRUE(client_->admin()->create_topic({"a", 1, {}}));
  ASSERT_TRUE(client_->admin()->create_topic({"b", 1, {}}));
  Outside outside;
  ASSERT_TRUE(run_sink(outside, {"b"}));  // the first commit: nothing is written yet
  produce(*client_, "b", {"b1"});
  ASSERT_TRUE(run_sink(outside, {"b"}));
  ASSERT_TRUE(run_sink(outside, {"a"}));  // for a it has nothing yet
  produce(*client_, "a", {"a1"});
  ASSERT_TRUE(run_sink(outside, {"a", "b"}));
  auto consumer = client_->consumer({.group_id = "connect-keep"}).value();
  const std::vector<log::TopicPartition> both{{"a", log::PartitionIndex(0)}, {"b", log::PartitionIndex(0)}};
  auto committed = consumer->committed(both).value();
  EXPECT_EQ(committed.at(both[0]).metadata.substr(0, 2), "2 ");
  EXPECT_EQ(committed.at(both[1]).metadata.substr(0, 2), "3 ");
}

TEST_F(Runners, tasks_share_out_the_partitions_and_one_without_leaves_its_sink_alone) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 2, {}}));
  auto producer = client_->producer().value();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(producer->send("t", log::PartitionIndex(i), 0, std::nullopt, Bytes(i == 0 ? "zero" : "one")));
  }
  ASSERT_TRUE(producer->flush());
  std::vector<std::string> all;
  int without = 0;
  for (std::int32_t task = 0; task < 3; ++task) {
    Outside outside;
    auto report = run_sink_until_end(*client_, std::make_unique<KeepingSink>(outside),
                                     {.name = "keep", .task = task, .tasks = 3, .topics = {"t"}});
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->records, outside.values.size());
    without += report->commits == 0 ? 1 : 0;
    all.insert(all.end(), outside.values.begin(), outside.values.end());
  }
  EXPECT_EQ(without, 1);
  EXPECT_THAT(all, testing::UnorderedElementsAre("zero", "one"));
}

TEST_F(Runners, a_new_generation_of_tasks_fences_all_of_the_one_before) {
  SourceOptions options{.name = "count", .topic = "t"};
  auto runner = [&](std::int32_t task) {
    options.task = task;
    return std::make_unique<SourceRunner>(*client_, std::make_unique<CountingSource>(CountingSource::Plan{}), options,
                                          Input::is_complete);
  };
  ASSERT_TRUE(begin_generation(*client_, options, 3));
  auto zombie = runner(2);
  ASSERT_TRUE(zombie->start());
  ASSERT_TRUE(zombie->step());
  ASSERT_TRUE(begin_generation(*client_, options, 2));  // what task 2 read is another's now
  auto fenced = zombie->step();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, ErrorCode::producer_fenced) << fenced.error().to_string();
  auto heir = runner(0);
  ASSERT_TRUE(heir->start());
  ASSERT_TRUE(heir->step());
  EXPECT_THAT(values(*client_, "t"), ElementsAre("0", "1"));
  ASSERT_TRUE(begin_generation(*client_, options, 1));  // and of the second generation both are known
  EXPECT_EQ(heir->step().error().code, ErrorCode::producer_fenced);
}

TEST(SinkCommit, is_a_number_and_what_the_sink_said) {
  auto commit = SinkCommit::parse(SinkCommit{17, "{\"a b\":1}"}.to_text());
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->number, 17);
  EXPECT_EQ(commit->metadata, "{\"a b\":1}");
  EXPECT_EQ(SinkCommit::parse("1 ")->metadata, "");
  EXPECT_EQ((SinkCommit{17, "{\"file\":1,\"length\":50}"}.to_text()), "17 {\"file\":1,\"length\":50}");
  for (const char* text : {"", "x", "17", "0 x", "-1 x", "99999999999999999999 x"}) {
    EXPECT_EQ(SinkCommit::parse(text).error().code, ErrorCode::corrupt_data) << text;
  }
}

}  // namespace
}  // namespace weir::connect
