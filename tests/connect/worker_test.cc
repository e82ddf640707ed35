#include "connect/runtime/worker.h"

#include <gmock/gmock.h>

#include "log/base/mutex.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::worker_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What the sources of a test do next: fail with these, one a start, then give a record a poll.
struct Script {
  Mutex mutex;
  std::vector<Error> failures;  // the last one comes first
  int starts = 0;
  int polls = 0;
};

class Scripted final : public Source {
 public:
  explicit Scripted(Script& script) : script_(script) {}

  Result<> start(const SourcePositions& committed, Input) override {
    MutexLock lock(script_.mutex);
    ++script_.starts;
    const auto found = committed.find("{}");
    next_ = found == committed.end() ? 0 : std::stoll(found->second);
    if (script_.failures.empty()) return {};
    Error next = script_.failures.back();
    script_.failures.pop_back();
    return fail(std::move(next));
  }
  Result<> poll(std::size_t, Millis, std::int64_t, SourceBatch& into) override {
    MutexLock lock(script_.mutex);
    ++script_.polls;
    into.records.clear();
    ConnectRecord& record = into.records.add();
    record.value = Payload::text(std::to_string(next_++));
    into.positions["{}"] = std::to_string(next_);
    into.at_end = true;
    return {};
  }

 private:
  Script& script_;
  std::int64_t next_ = 0;
};

class Tasks : public LogFixture {
 protected:
  void SetUp() override {
    log::OpenOptions options{.durability = log::Durability::os, .segment_bytes = 1024 * 1024, .files = &files_};
    options.clock = &clock_;
    client_.emplace(log::open("data", options).value());
    ConnectorClass scripted{.names = {"scripted"}};
    scripted.make_source = [this](const Settings&, const TaskContext&) -> Result<std::unique_ptr<Source>> {
      return std::make_unique<Scripted>(script_);
    };
    ASSERT_TRUE(world_.classes.add(std::move(scripted)));
    worker_.emplace(*client_, world_, [this](const ConnectorTaskId& id, const TaskStatus& status) {
      MutexLock lock(told_mutex_);
      told_.push_back(id.to_string() + " " + std::string(name_of(status.state)));
    });
  }
  void TearDown() override {
    worker_.reset();
    client_.reset();
  }

  TaskPlan plan(RestartPolicy restart = {}) {
    TaskPlan plan;
    plan.config.config = ConnectorConfig::of(
        {{"name", "s"}, {"connector.class", "scripted"}, {"topic", "t"}, {"poll.interval.ms", "10"}});
    plan.restart = restart;
    return plan;
  }
  TaskStatus status() { return worker_->status(id_); }
  void fail_with(std::vector<Error> errors) {
    MutexLock lock(script_.mutex);
    script_.failures = std::move(errors);
  }
  int polls() {
    MutexLock lock(script_.mutex);
    return script_.polls;
  }
  int starts() {
    MutexLock lock(script_.mutex);
    return script_.starts;
  }
  std::vector<std::string> told() {
    MutexLock lock(told_mutex_);
    return told_;
  }

  const ConnectorTaskId id_{"s", 0};
  ManualClock clock_{1'000'000};
  Script script_;
  Mutex told_mutex_;
  std::vector<std::string> told_;
  ConnectorWorld world_{.files = files_, .clock = clock_};
  std::optional<log::Client> client_;
  std::optional<Worker> worker_;
};

const Error kWrong{ErrorCode::invalid_config, "the table is not there"};

TEST_F(Tasks, one_that_fails_begins_again_after_pauses_that_grow_until_it_gets_on) {
  fail_with({kWrong, kWrong, kWrong});
  ASSERT_TRUE(worker_->start(plan({.first = Millis(100), .most = Millis(1'000)})));
  clock_.advance(Millis(0));
  EXPECT_EQ(status().state, RunState::restarting);
  EXPECT_THAT(status().result.error().detail, HasSubstr("the table is not there"));
  clock_.advance(Millis(99));
  EXPECT_EQ(starts(), 1);
  clock_.advance(Millis(1));
  EXPECT_EQ(starts(), 2);
  clock_.advance(Millis(199));
  EXPECT_EQ(starts(), 2);
  clock_.advance(Millis(1));
  EXPECT_EQ(starts(), 3);
  EXPECT_EQ(status().failures, 3u);
  clock_.advance(Millis(400));
  EXPECT_EQ(status().state, RunState::running);
  EXPECT_EQ(status().restarts, 3u);
  EXPECT_TRUE(status().result);
  clock_.advance(Millis(50));
  EXPECT_GE(polls(), 2);
  EXPECT_EQ(status().records, static_cast<std::uint64_t>(polls()));  // while it runs
  EXPECT_THAT(told(), ElementsAre("s-0 RUNNING", "s-0 RESTARTING", "s-0 RUNNING", "s-0 RESTARTING", "s-0 RUNNING",
                                  "s-0 RESTARTING", "s-0 RUNNING"));
}

TEST_F(Tasks, the_pause_has_a_limit_and_is_short_again_for_one_that_got_on) {
  fail_with({kWrong, kWrong, kWrong, kWrong});
  ASSERT_TRUE(worker_->start(plan({.first = Millis(100), .most = Millis(250)})));
  for (int pause : {0, 100, 200, 250}) clock_.advance(Millis(pause));
  EXPECT_EQ(starts(), 4);
  clock_.advance(Millis(250));
  clock_.advance(Millis(30));
  EXPECT_EQ(status().state, RunState::running);
  EXPECT_GE(polls(), 1);
  fail_with({kWrong});
  ASSERT_TRUE(worker_->restart(id_));  // it has written records by now
  clock_.advance(Millis(0));
  const int before = starts();
  clock_.advance(Millis(99));
  EXPECT_EQ(starts(), before);
  clock_.advance(Millis(1));
  EXPECT_EQ(status().state, RunState::running);
}

TEST_F(Tasks, with_the_policy_never_it_stays_failed_until_it_is_restarted) {
  fail_with({kWrong});
  ASSERT_TRUE(worker_->start(plan({.restarts = false})));
  clock_.advance(Millis(3'600'000));
  EXPECT_EQ(status().state, RunState::failed);
  EXPECT_EQ(starts(), 1);
  worker_->pause(id_);
  worker_->resume(id_);
  clock_.advance(Millis(1'000));
  EXPECT_EQ(status().state, RunState::failed);
  ASSERT_TRUE(worker_->restart(id_));
  clock_.advance(Millis(100));
  EXPECT_EQ(status().state, RunState::running);
}

TEST_F(Tasks, one_that_was_fenced_does_not_fence_its_successor) {
  fail_with({{ErrorCode::producer_fenced, "another one runs"}});
  ASSERT_TRUE(worker_->start(plan()));
  clock_.advance(Millis(3'600'000));
  EXPECT_EQ(status().state, RunState::failed);
  EXPECT_EQ(starts(), 1);
}

TEST_F(Tasks, a_paused_one_does_nothing_and_goes_on_where_it_was) {
  ASSERT_TRUE(worker_->start(plan()));
  clock_.advance(Millis(100));
  worker_->pause(id_);
  clock_.advance(Millis(100));
  EXPECT_EQ(status().state, RunState::paused);
  const int before = polls();
  const auto written = values(*client_, "t").size();
  EXPECT_EQ(status().records, written);
  clock_.advance(Millis(10'000));
  EXPECT_EQ(polls(), before);
  worker_->resume(id_);
  clock_.advance(Millis(100));
  EXPECT_EQ(status().state, RunState::running);
  EXPECT_GT(polls(), before);
  worker_->stop(id_);
  EXPECT_TRUE(worker_->wait_until_stopped({&id_, 1}, Parker::kNever));
  EXPECT_EQ(status().state, RunState::unassigned);
  const auto all = values(*client_, "t");
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], std::to_string(i));
  EXPECT_GT(all.size(), written);
}

TEST_F(Tasks, may_begin_paused) {
  TaskPlan paused = plan();
  paused.is_paused = true;
  ASSERT_TRUE(worker_->start(std::move(paused)));
  clock_.advance(Millis(1'000));
  EXPECT_EQ(status().state, RunState::paused);
  EXPECT_EQ(starts(), 0);
  worker_->resume(id_);
  clock_.advance(Millis(50));
  EXPECT_EQ(status().state, RunState::running);
}

TEST_F(Tasks, one_that_was_stopped_is_there_until_that_is_waited_for) {
  ASSERT_TRUE(worker_->start(plan()));
  EXPECT_EQ(worker_->start(plan()).error().code, ErrorCode::already_exists);
  clock_.advance(Millis(50));
  worker_->stop(id_);
  clock_.advance(Millis(50));
  EXPECT_EQ(worker_->start(plan()).error().code, ErrorCode::already_exists);
  EXPECT_TRUE(worker_->wait_until_stopped({&id_, 1}, Parker::kNever));
  EXPECT_TRUE(worker_->tasks().empty());
  EXPECT_TRUE(worker_->start(plan()));
  EXPECT_EQ(worker_->restart({"other", 3}).error().code, ErrorCode::not_found);
}

TEST_F(Tasks, what_it_counts_are_rows_of_metrics) {
  fail_with({kWrong});
  ASSERT_TRUE(worker_->start(plan({.first = Millis(100)})));
  clock_.advance(Millis(150));
  worker_->pause(id_);
  clock_.advance(Millis(50));
  std::map<std::string, std::uint64_t> values;
  for (const Metric& metric : worker_->metrics()) {
    EXPECT_THAT(metric.labels, ElementsAre(std::pair("connector", "s"), std::pair("task", "0")));
    values[std::string(metric.row.name)] = metric.value;
  }
  EXPECT_EQ(values.size(), task_metric_rows().size());
  EXPECT_EQ(values["task_failures"], 1u);
  EXPECT_EQ(values["task_restarts"], 1u);
  EXPECT_EQ(values["task_running"], 0u);
  EXPECT_EQ(values["task_records"], static_cast<std::uint64_t>(polls()));
}

TEST_F(Tasks, one_whose_input_is_complete_ends) {
  TaskPlan complete = plan();
  complete.input = Input::is_complete;
  ASSERT_TRUE(worker_->start(std::move(complete)));
  worker_->wait_until_done({&id_, 1});
  EXPECT_EQ(status().state, RunState::ended);
  EXPECT_EQ(status().records, 1u);
}

}  // namespace
}  // namespace weir::connect::worker_test
