#include "streams/app.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "log/base/condition.h"
#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "log/base/signal_watch.h"
#include "streams/runtime/app_lock.h"
#include "streams/runtime/async_limits.h"
#include "streams/runtime/descriptors.h"
#include "streams/runtime/own_topics.h"
#include "streams/runtime/topic_watch.h"
#include "streams/runtime/worker.h"

namespace weir::streams {

namespace {
constexpr std::int64_t kHintIntervalMs = 5'000;
}

struct App::Impl {
  Impl(Topology described, log::Client log, AppOptions chosen)
      : topology(std::move(described)), client(std::move(log)), options(std::move(chosen)), ended(client.clock()) {}

  Result<> run(bool to_end);
  Result<> begin_run();
  void end_run();
  void wait_for_end();
  Result<> run_plans(bool to_end);
  Result<> run_plan(bool to_end);
  Result<> start(bool to_end);
  Result<> make_plan();
  Result<> forget(const std::string& topic, std::int32_t partitions, log::Admin& admin);
  Result<> open_files();
  bool keeps_state_on_disk() const;
  Result<> work_on_threads();
  void stop();
  int run_with_signals(bool to_end);
  void work(Worker& worker);
  void look_for_topics();
  void plan_anew();
  void end_with(Error error);
  void fail(Error error);
  Statistics counted() const WEIR_REQUIRES(mutex);
  std::vector<RestoreReport> restored_by_now() const WEIR_REQUIRES(mutex);
  void report();
  void give_hints();
  Statistics total() const;

  const Topology topology;
  log::Client client;
  AppOptions options;

  Plan plan;
  mutable Mutex mutex;
  // Changed under the mutex, by the thread that runs; that one, and the threads between, read it without.
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<EndTracker> ends;   // of a bounded run
  std::unique_ptr<TopicWatch> watch;  // of one that goes on; of the first worker's thread
  std::optional<Error> failure WEIR_GUARDED_BY(mutex);
  // An input could not be read; it may be gone, and then the run goes on without it.
  std::optional<Error> doubt WEIR_GUARDED_BY(mutex);
  Statistics finished WEIR_GUARDED_BY(mutex);                  // of runs before
  std::vector<RestoreReport> restored WEIR_GUARDED_BY(mutex);  // by the last run, when it is over
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> is_planning_anew{false};  // topics came or went
  bool has_hinted = false;                    // of the thread that runs, which is the first worker's
  std::int64_t next_hint_ms = 0;              // of the same
  int open_files_of_database = 0;
  Mutex running;
  Condition ended WEIR_GUARDED_BY(running);  // the run is over
  bool is_running WEIR_GUARDED_BY(running) = false;
  std::shared_ptr<state::RocksMemory> rocks;  // shared by the workers' databases
};

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Tasks of one stage go to different workers, so that a stage has all threads.
std::vector<std::vector<TaskId>> shares(const std::vector<TaskId>& tasks, std::size_t workers) {
  std::vector<std::vector<TaskId>> shares(workers);
  for (std::size_t i = 0; i < tasks.size(); ++i) shares[i % workers].push_back(tasks[i]);
  return shares;
}

}  // namespace

App::App(Topology topology, log::Client client, AppOptions options)
    : impl_(std::make_shared<Impl>(std::move(topology), std::move(client), std::move(options))) {
  AppOptions& chosen = impl_->options;
  auto wrong = [](const std::string& what) {
    throw std::invalid_argument("AppOptions: " + what);
  };
  if (!is_legal_name(chosen.application_id)) wrong("application_id '" + chosen.application_id + "' is no legal name");
  if (chosen.threads < 1) wrong("threads must be at least 1");
  check(chosen.errors);
  if (auto names = impl_->topology.depending_on_order(); !names.empty()) {
    throw TopologyError(
        "the topology has data under names that depend on the order of equal operators: " + joined(names) +
        ": give the operators above a name ({.name = ...}), or the stores ({.store = ...})");
  }
  if (chosen.commit_interval.count() < 1) wrong("commit_interval must be at least 1 ms");
  const Millis transaction_timeout = log::ProducerOptions{}.transaction_timeout;
  if (chosen.guarantee == exactly_once && chosen.commit_interval >= transaction_timeout) {
    wrong("with exactly_once commit_interval must be less than " + std::to_string(transaction_timeout.count()) +
          " ms, after which the log aborts a transaction");
  }
  check_async_waits(impl_->topology, chosen, transaction_timeout);
  if (chosen.state_directory.empty()) {
    if (impl_->client.directory().empty()) wrong("state_directory is needed where the log is not embedded");
    chosen.state_directory = impl_->client.directory() + "/streams/" + chosen.application_id;
  }
}

App::~App() {
  impl_->stop();
  impl_->wait_for_end();
}

// A topic was deleted. Its positions may have been committed once more after that; another one of that name begins
// anew.
Result<> App::Impl::forget(const std::string& topic, std::int32_t partitions, log::Admin& admin) {
  std::vector<log::TopicPartition> all;
  for (std::int32_t p = 0; p < partitions; ++p) all.push_back({topic, log::PartitionIndex(p)});
  auto forgotten = admin.delete_group_offsets(options.application_id, all);
  if (!forgotten && forgotten.error().code == ErrorCode::group_id_not_found) return {};  // nothing is committed
  return forgotten;
}

// The first of a run, or one with other topics than before.
Result<> App::Impl::make_plan() {
  auto admin = client.admin();
  WEIR_TRY_VAR(made, plan_with_topics(topology, options.application_id, *admin, options.missing_topics));
  const bool is_first = plan.topology == nullptr;
  std::optional<Error> doubted;
  {
    MutexLock lock(mutex);
    doubted = std::exchange(doubt, {});
  }
  if (!is_first) {
    if (doubted && made.topics_of_sources == plan.topics_of_sources) return weir::fail(*doubted);
    made.came_while_running = plan.came_while_running;
    for (const auto& [topic, partitions] : made.partitions) {
      if (!plan.partitions.contains(topic)) made.came_while_running.insert(topic);
    }
    for (const auto& [topic, partitions] : plan.partitions) {
      if (!made.partitions.contains(topic)) WEIR_TRY(forget(topic, partitions, *admin));
    }
  }
  plan = std::move(made);
  return {};
}

bool App::Impl::keeps_state_on_disk() const {
  auto is_on_disk = [](const auto& store) {
    return !store.second.in_memory && store.second.kind != StoreKind::custom;
  };
  return std::any_of(topology.stores().begin(), topology.stores().end(), is_on_disk) ||
         std::any_of(topology.global_tables().begin(), topology.global_tables().end(),
                     [](const auto& table) { return table.second.is_on_disk(); });
}

// Of every RocksDB: a task's, and a thread's for its global tables.
Result<> App::Impl::open_files() {
  std::size_t databases = 0;
  for (const TaskId& task : plan.tasks()) {
    const auto& stores = topology.stages()[task.stage].stores;
    databases += std::any_of(stores.begin(), stores.end(), [this](const std::string& name) {
      const StoreSpec& spec = topology.stores().at(name);
      return !spec.in_memory && spec.kind != StoreKind::custom;
    });
  }
  if (!topology.global_tables().empty()) databases += static_cast<std::size_t>(options.threads);
  if (databases == 0) return {};
  WEIR_TRY_VAR(of_each, open_files_of_each(databases, raise_descriptor_limit()));
  open_files_of_database = of_each;
  return {};
}

Result<> App::Impl::start(bool to_end) {
  WEIR_TRY(make_plan());
  WEIR_TRY(open_files());
  rocks = state::RocksMemory::make(MemoryShares::of(options.memory_limit, options.threads).databases);
  auto count = std::min<std::size_t>(static_cast<std::size_t>(options.threads), plan.tasks().size());
  auto all = shares(plan.tasks(), std::max<std::size_t>(count, 1));
  std::vector<std::unique_ptr<Worker>> started;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const WorkerPlace place{static_cast<int>(i), open_files_of_database, rocks};
    started.push_back(std::make_unique<Worker>(plan, client, options, place, std::move(all[i])));
    WEIR_TRY(started.back()->start());
  }
  ends = to_end ? std::make_unique<EndTracker>(plan, ClosesWindows(options.close_windows_at_end)) : nullptr;
  if (ends) WEIR_TRY(ends->start(started.front()->consumer()));
  watch.reset();
  if (!to_end) {
    watch = std::make_unique<TopicWatch>(plan, client.admin(), options.topics_interval, client.clock().monotonic_ms());
  }
  MutexLock lock(mutex);
  workers = std::move(started);
  restored.clear();
  failure.reset();
  return {};
}

void App::Impl::fail(Error error) {
  MutexLock lock(mutex);
  if (!failure) failure = std::move(error);
  is_stopping = true;
  for (const auto& worker : workers) worker->wake();
}

// Every worker commits what it has and ends; then the run begins anew with the topics that are there.
void App::Impl::plan_anew() {
  is_planning_anew = true;
  MutexLock lock(mutex);
  for (const auto& worker : workers) worker->wake();
}

void App::Impl::look_for_topics() {
  const std::int64_t now_ms = client.clock().monotonic_ms();
  if (now_ms >= next_hint_ms) {
    next_hint_ms = saturated_sum(now_ms, kHintIntervalMs);
    give_hints();
  }
  auto changes = watch->look_if_due(now_ms);
  if (!changes) {
    log_line::warn("{}: its topics could not be looked at: {}", options.application_id, changes.error().to_string());
    return;
  }
  if (changes->empty()) return;
  log_line::info("{}: {}: it goes on with what is there now", options.application_id, joined(*changes));
  plan_anew();
}

void App::Impl::end_with(Error error) {
  const bool may_be_gone = error.code == ErrorCode::unknown_topic_or_partition && watch && reads_patterns(topology);
  if (!may_be_gone) return fail(std::move(error));
  log_line::warn("{}: {}: it goes on with the topics that match now", options.application_id, error.to_string());
  {
    MutexLock lock(mutex);
    if (!doubt) doubt = std::move(error);
  }
  plan_anew();
}

void App::Impl::work(Worker& worker) {
  constexpr Millis kPatience{100};
  constexpr Millis kPatienceToEnd{5};  // a stage's end may be a marker, which wakes nobody
  const bool is_watching = watch != nullptr && &worker == workers.front().get();
  while (!is_stopping && !is_planning_anew && !(ends && ends->all_done())) {
    if (auto done = worker.step(ends ? kPatienceToEnd : kPatience, ends.get()); !done) return end_with(done.error());
    if (is_watching) look_for_topics();
  }
  if (auto closed = worker.close(); !closed) end_with(closed.error());
}

// The lock comes before everything: who comes second disturbs nobody.
Result<> App::Impl::run(bool to_end) {
  WEIR_TRY(begin_run());
  auto outcome = [&]() -> Result<> {
    WEIR_TRY_VAR(lock, AppLock::take(client.transport(), options.application_id,
                                     keeps_state_on_disk() ? options.state_directory : std::string()));
    return run_plans(to_end);
  }();
  // What was under way when it was stopped ended early because of that.
  if (!outcome && outcome.error().code == ErrorCode::closed && is_stopping) outcome = {};
  is_stopping = false;
  end_run();
  return outcome;
}

Result<> App::Impl::begin_run() {
  MutexLock lock(running);
  if (is_running) return weir::fail(ErrorCode::wrong_state, "the application is running");
  is_running = true;
  return {};
}

void App::Impl::end_run() {
  MutexLock lock(running);
  is_running = false;
  ended.notify_all();
}

void App::Impl::wait_for_end() {
  MutexLock lock(running);
  while (is_running) ended.wait(running);
}

Result<> App::Impl::run_plans(bool to_end) {
  plan = {};
  {
    MutexLock lock(mutex);
    doubt.reset();
  }
  Result<> outcome;
  do {
    is_planning_anew = false;
    outcome = run_plan(to_end);
  } while (outcome && is_planning_anew && !is_stopping);
  report();
  return outcome;
}

// The first worker on the caller's thread. Where no thread is to be had, those that run end.
Result<> App::Impl::work_on_threads() {
  std::vector<std::unique_ptr<Thread>> threads;
  for (std::size_t i = 1; i < workers.size(); ++i) {
    auto started = client.clock().start_thread("weir-worker-" + std::to_string(i), [this, i] { work(*workers[i]); });
    if (!started) {
      fail(started.error().at("thread " + std::to_string(i + 1) + " of " + std::to_string(workers.size())));
      break;
    }
    threads.push_back(*std::move(started));
  }
  work(*workers.front());
  threads.clear();  // their ends are waited for
  MutexLock lock(mutex);
  return failure ? Result<>(weir::fail(*failure)) : Result<>();
}

Result<> App::Impl::run_plan(bool to_end) {
  auto outcome = start(to_end);
  if (outcome) outcome = work_on_threads();
  MutexLock lock(mutex);
  finished = counted();
  restored = restored_by_now();
  workers.clear();
  return outcome;
}

Statistics App::Impl::counted() const {
  Statistics total = finished;
  for (const auto& worker : workers) {
    for (const auto& counters : worker->counters()) total.add(*counters);
  }
  return total;
}

// Stores are restored while others run.
std::vector<RestoreReport> App::Impl::restored_by_now() const {
  std::vector<RestoreReport> all = restored;
  for (const auto& worker : workers) {
    for (RestoreReport& report : worker->restored()) all.push_back(std::move(report));
  }
  return all;
}

// What was left out is never silent.
Statistics App::Impl::total() const {
  MutexLock lock(mutex);
  return counted();
}

void App::Impl::report() {
  const Statistics all = total();
  for (const CounterRow& row : counter_rows()) {
    const std::uint64_t count = all.*row.total;
    if (count > 0 && !row.loss.empty()) log_line::warn("{}: {} {}", options.application_id, count, row.loss);
  }
  give_hints();
}

// Each once in the life of the application: as soon as there is enough to tell, and not again.
void App::Impl::give_hints() {
  if (has_hinted) return;
  for (const std::string& hint : hints(total())) {
    log_line::warn("{}: {}", options.application_id, hint);
    has_hinted = true;
  }
}

void App::Impl::stop() {
  is_stopping = true;
  MutexLock lock(mutex);
  for (const auto& worker : workers) worker->wake();
}

Result<> App::run() {
  const auto impl = impl_;  // stays until the run is over, whatever becomes of this
  return impl->run(false);
}

Result<> App::run_to_end() {
  const auto impl = impl_;
  return impl->run(true);
}

void App::stop() {
  impl_->stop();
}

int App::Impl::run_with_signals(bool to_end) {
  try {
    SignalWatch watch([this] { stop(); });
    auto done = run(to_end);
    if (done) return 0;
    log_line::error("{}: {}", options.application_id, done.error().to_string());
  } catch (const std::exception& error) {  // no thread for the watch
    log_line::error("{}: {}", options.application_id, error.what());
  }
  return 1;
}

int App::run_until_signal() {
  const auto impl = impl_;
  return impl->run_with_signals(false);
}

int App::run_until_end() {
  const auto impl = impl_;
  return impl->run_with_signals(true);
}

Statistics App::statistics() const {
  return impl_->total();
}

std::vector<Metric> App::metrics() const {
  MutexLock lock(impl_->mutex);
  Levels now;
  for (const auto& worker : impl_->workers) now += worker->levels();
  return metrics_of(impl_->options.application_id, impl_->counted(), now);
}

std::vector<RestoreReport> App::restored() const {
  MutexLock lock(impl_->mutex);
  return impl_->restored_by_now();
}

}  // namespace weir::streams
