#include "connect/runtime/worker.h"

#include <algorithm>

#include "connect/runtime/drive.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

const std::atomic<bool> kMoreMayCome{false};

constexpr MetricRow kTaskRows[] = {
    {"task_records", "records", "written and committed"},
    {"task_skipped", "records", "left out, as the connector's policy allows"},
    {"task_failures", "failures", "how often the task ended by an error"},
    {"task_restarts", "restarts", "how often it began again by itself"},
    {"task_running", "tasks", "1 while it runs, else 0", MetricKind::gauge},
};

std::uint64_t value_of(std::size_t row, const TaskStatus& status) {
  const std::uint64_t values[] = {status.records, status.skipped, status.failures, status.restarts,
                                  status.state == RunState::running ? 1u : 0u};
  static_assert(std::size(values) == std::size(kTaskRows));
  return values[row];
}

// Carries out one run of a task. `counted` is told after each commit what the run has come to so far.
struct TaskRun {
  const log::Client& client;
  const ConnectorWorld& world;
  const TaskPlan& plan;
  std::stop_token stop;
  std::function<void(std::uint64_t records, std::uint64_t skipped)> counted;

  template <class Runner>
  auto count(const Runner& runner) const {
    return [this, &runner] {
      counted(runner.report().records, runner.report().skipped);
    };
  }
  Result<> source() const {
    WEIR_TRY_VAR(options, source_options(plan.config, world));
    WEIR_TRY_VAR(source, make_source(plan.config, world));
    WEIR_TRY_VAR(pipeline, make_pipeline(plan.config, world));
    SourceRunner runner(client, std::move(source), std::move(options), plan.input, std::move(pipeline));
    runner.on_commit(count(runner));
    auto driven = drive(runner, plan.input, stop);
    count(runner)();
    return driven;
  }
  Result<> sink() const {
    WEIR_TRY_VAR(options, sink_options(plan.config, world));
    WEIR_TRY_VAR(sink, make_sink(plan.config, world));
    WEIR_TRY_VAR(pipeline, make_pipeline(plan.config, world));
    SinkRunner runner(client, std::move(sink), std::move(options), std::move(pipeline));
    runner.on_commit(count(runner));
    auto driven = drive(runner, plan.no_more_comes != nullptr ? *plan.no_more_comes : kMoreMayCome, stop);
    count(runner)();
    return driven;
  }
};

bool is_fenced(const Error& error) {
  return error.code == ErrorCode::producer_fenced || error.code == ErrorCode::invalid_producer_epoch;
}

}  // namespace

std::span<const MetricRow> task_metric_rows() {
  return kTaskRows;
}

struct Worker::Running {
  Running(ConnectorTaskId id, TaskPlan plan)
      : id(std::move(id)), plan(std::move(plan)), is_paused(this->plan.is_paused) {}

  const ConnectorTaskId id;
  const TaskPlan plan;
  // Under the worker's mutex.
  bool is_stopped = false;
  bool is_paused;
  bool is_restarted = false;
  bool is_gone = false;        // its thread has nothing to do any more
  std::stop_source attempt{};  // of the run that is under way
  TaskStatus status{};
  std::unique_ptr<Thread> thread{};
};

Worker::Worker(log::Client client, const ConnectorWorld& world, Listener changed)
    : client_(std::move(client)), world_(world), changed_(std::move(changed)), told_(client_.clock()) {}

Worker::~Worker() {
  std::vector<ConnectorTaskId> all;
  for (const auto& [id, status] : tasks()) all.push_back(id);
  for (const auto& id : all) stop(id);
  (void)wait_until_stopped(all, Parker::kNever);
}

Worker::Running* Worker::find(const ConnectorTaskId& id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : found->second.get();
}

Result<> Worker::start(TaskPlan plan) {
  const ConnectorTaskId id{plan.config.config.connector_name(), plan.config.index};
  MutexLock lock(mutex_);
  if (find(id) != nullptr) return fail(ErrorCode::already_exists, "task " + id.to_string() + " runs");
  auto task = std::make_unique<Running>(id, std::move(plan));
  WEIR_TRY_VAR(thread, client_.clock().start_thread("weir-task", [this, task = task.get()] { run(*task); }));
  task->thread = std::move(thread);
  tasks_.emplace(id, std::move(task));
  return {};
}

void Worker::pause(const ConnectorTaskId& id) {
  MutexLock lock(mutex_);
  Running* task = find(id);
  if (task == nullptr || std::exchange(task->is_paused, true)) return;
  task->attempt.request_stop();
  told_.notify_all();
}

void Worker::resume(const ConnectorTaskId& id) {
  MutexLock lock(mutex_);
  Running* task = find(id);
  if (task == nullptr) return;
  task->is_paused = false;
  told_.notify_all();
}

Result<> Worker::restart(const ConnectorTaskId& id) {
  MutexLock lock(mutex_);
  Running* task = find(id);
  if (task == nullptr) return fail(ErrorCode::not_found, "task " + id.to_string() + " is not here");
  task->is_restarted = true;
  task->attempt.request_stop();
  told_.notify_all();
  return {};
}

void Worker::stop(const ConnectorTaskId& id) {
  MutexLock lock(mutex_);
  Running* task = find(id);
  if (task == nullptr) return;
  task->is_stopped = true;
  task->attempt.request_stop();
  told_.notify_all();
}

bool Worker::wait_until_stopped(std::span<const ConnectorTaskId> ids, std::int64_t deadline_ns) {
  std::vector<std::unique_ptr<Running>> gone;  // their threads' ends are waited for without the lock
  MutexLock lock(mutex_);
  bool all = true;
  for (const auto& id : ids) {
    for (;;) {
      Running* task = find(id);
      if (task == nullptr || task->is_gone || !told_.wait_until(mutex_, deadline_ns)) break;
    }
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) continue;
    all = all && found->second->is_gone;
    if (!found->second->is_gone) continue;
    gone.push_back(std::move(found->second));
    tasks_.erase(found);
  }
  return all;
}

void Worker::wait_until_done(std::span<const ConnectorTaskId> ids) {
  MutexLock lock(mutex_);
  const auto is_done = [this](const ConnectorTaskId& id) WEIR_REQUIRES(mutex_) {
    const Running* task = find(id);
    if (task == nullptr || task->is_gone) return true;
    return task->status.state == RunState::ended || task->status.state == RunState::failed;
  };
  while (!std::ranges::all_of(ids, is_done)) told_.wait(mutex_);
}

TaskStatus Worker::status(const ConnectorTaskId& id) const {
  MutexLock lock(mutex_);
  const Running* task = find(id);
  return task == nullptr ? TaskStatus{} : task->status;
}

std::map<ConnectorTaskId, TaskStatus> Worker::tasks() const {
  MutexLock lock(mutex_);
  std::map<ConnectorTaskId, TaskStatus> all;
  for (const auto& [id, task] : tasks_) all.emplace(id, task->status);
  return all;
}

std::vector<Metric> Worker::metrics() const {
  std::vector<Metric> all;
  for (const auto& [id, status] : tasks()) {
    for (std::size_t row = 0; row < std::size(kTaskRows); ++row) {
      all.push_back(
          {kTaskRows[row], value_of(row, status), {{"connector", id.connector}, {"task", std::to_string(id.task)}}});
    }
  }
  return all;
}

// --- a task's thread ---

void Worker::become(Running& task, const TaskStatus& status) {
  {
    MutexLock lock(mutex_);
    task.status = status;
    told_.notify_all();
  }
  if (changed_) changed_(task.id, status);
}

// Its state is the same.
void Worker::count(Running& task, const TaskStatus& status) {
  MutexLock lock(mutex_);
  task.status.records = status.records;
  task.status.skipped = status.skipped;
}

// Until it is told to go on: by its resumption or a restart, at the latest at the deadline. False: it is to end.
bool Worker::rest(Running& task, Rest why, std::int64_t deadline_ns) {
  MutexLock lock(mutex_);
  for (;;) {
    if (task.is_stopped) return false;
    if (why == Rest::paused ? !task.is_paused : task.is_restarted) return true;
    if (!told_.wait_until(mutex_, deadline_ns)) return !task.is_stopped;
  }
}

void Worker::run(Running& task) {
  run_until_told(task);
  MutexLock lock(mutex_);
  task.is_gone = true;
  told_.notify_all();
}

void Worker::run_until_told(Running& task) {
  TaskStatus status;
  Millis pause{0};
  std::uint64_t records_then = 0;  // when it failed last
  for (;;) {
    std::stop_token stop;
    bool is_paused = false;
    {
      MutexLock lock(mutex_);
      if (task.is_stopped) return;
      task.is_restarted = false;
      is_paused = task.is_paused;
      task.attempt = std::stop_source();
      stop = task.attempt.get_token();
    }
    if (is_paused) {
      status.state = RunState::paused;
      become(task, status);
      if (!rest(task, Rest::paused, Parker::kNever)) return;
      continue;
    }
    status.state = RunState::running;
    status.result = {};
    become(task, status);
    const TaskStatus before = status;
    const TaskRun run{client_, world_, task.plan, stop, [&](std::uint64_t records, std::uint64_t skipped) {
                        status.records = before.records + records;
                        status.skipped = before.skipped + skipped;
                        count(task, status);
                      }};
    auto result = is_source(task.plan.config.config, world_) ? run.source() : run.sink();
    if (stop.stop_requested()) {
      if (!result) ++status.failures;
      status.result = std::move(result);
      become(task, status);  // with what it counted
      continue;
    }
    if (result) {  // its input was complete
      status.state = RunState::ended;
      become(task, status);
      if (!rest(task, Rest::until_restarted, Parker::kNever)) return;
      continue;
    }
    ++status.failures;
    status.result = std::move(result);
    // Who was fenced has a successor, and would fence that in turn: whoever knows which of them is right restarts it.
    if (!task.plan.restart.restarts || is_fenced(status.result.error())) {
      status.state = RunState::failed;
      become(task, status);
      if (!rest(task, Rest::until_restarted, Parker::kNever)) return;
      continue;
    }
    // One that got on since the last time is not held up for what failed before.
    const bool got_on = status.records > records_then;
    records_then = status.records;
    pause = got_on ? task.plan.restart.first
                   : std::clamp(pause * 2, task.plan.restart.first,
                                std::max(task.plan.restart.first, task.plan.restart.most));
    status.state = RunState::restarting;
    log_line::warn("task {} failed: {}; begins again in {} ms", task.id.to_string(), status.result.error().to_string(),
                   pause.count());
    become(task, status);
    if (!rest(task, Rest::until_restarted, client_.clock().deadline_ns(pause))) return;
    ++status.restarts;
  }
}

}  // namespace weir::connect
