#include "streams/app.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <stdexcept>
#include <utility>

#include "log/base/condition.h"
#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "log/base/signal_watch.h"
#include "log/log.h"
#include "streams/runtime/app_lock.h"
#include "streams/runtime/async_limits.h"
#include "streams/runtime/descriptors.h"
#include "streams/runtime/own_topics.h"
#include "streams/runtime/sharing/identity.h"
#include "streams/runtime/sharing/instance.h"
#include "streams/runtime/sharing/others_ends.h"
#include "streams/runtime/topic_watch.h"
#include "streams/runtime/worker.h"

namespace weir::streams {

namespace {
constexpr std::int64_t kHintIntervalMs = 5'000;
constexpr std::int64_t kForgetIntervalMs = 100;
constexpr int kMostFences = 3;  // one after another, without a commit: somebody else has this instance's name

// By others' doing: what this instance had when it committed was not its own any more.
bool is_loss(ErrorCode code) {
  return code == ErrorCode::illegal_generation || code == ErrorCode::unknown_member_id ||
         code == ErrorCode::rebalance_in_progress || code == ErrorCode::producer_fenced;
}
}  // namespace

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
  Result<> forget(const log::TopicPartition& partition, log::Admin& admin);
  Result<> open_files();
  bool keeps_state_on_disk() const;
  bool is_embedded() const { return !client.directory().empty(); }
  // Its members outlive this process, and others may be of other processes.
  bool is_shared() const { return !is_embedded() || !log::listening_on(client).empty(); }
  std::string usual_directory() const;
  Result<> begin_instance(bool to_end);
  void lose(const Error& why);
  void forget_what_is_gone();
  Result<> work_on_threads();
  void stop();
  int run_with_signals(bool to_end);
  void work(Worker& worker);
  void look_for_topics();
  void plan_anew();
  void end_with(Error error);
  void fail(Error error);
  Statistics counted() const WEIR_REQUIRES(mutex);
  Statistics counted_by_workers() const WEIR_REQUIRES(mutex);
  std::vector<RestoreReport> restored_by_now() const WEIR_REQUIRES(mutex);
  void report();
  void give_hints();
  Statistics total() const;

  const Topology topology;
  log::Client client;
  AppOptions options;

  Plan plan;
  std::unique_ptr<Instance> instance;          // of a run; of the thread that runs, and the workers'
  std::vector<log::TopicPartition> to_forget;  // of topics that are gone; of the thread that runs
  std::int64_t next_forget_ms = 0;
  Counters own;  // of the application, not of a task
  mutable Mutex mutex;
  // Changed under the mutex, by the thread that runs; that one, and the threads between, read it without.
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<EndTracker> ends;                       // of a bounded run
  std::unique_ptr<OthersEnds> others_ends;                // likewise; of the first worker's thread
  std::map<log::TopicPartition, log::Offset> outer_ends;  // of a bounded run, as they were when it began
  std::unique_ptr<TopicWatch> watch;                      // of one that goes on; of the first worker's thread
  std::optional<Error> failure WEIR_GUARDED_BY(mutex);
  // An input could not be read; it may be gone, and then the run goes on without it.
  std::optional<Error> doubt WEIR_GUARDED_BY(mutex);
  Statistics finished WEIR_GUARDED_BY(mutex);                  // of runs before
  std::vector<RestoreReport> restored WEIR_GUARDED_BY(mutex);  // by the last run, when it is over
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> is_planning_anew{false};  // topics came or went
  std::atomic<bool> is_lost{false};           // what its workers have is others', who begin where it was committed
  std::atomic<int> fences{0};                 // of its producers, since the last commit
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
  if (chosen.session_timeout.count() < 2) wrong("session_timeout must be at least 2 ms");
  if (chosen.rebalance_timeout.count() < 1 || chosen.rebalance_timeout >= transaction_timeout) {
    wrong("rebalance_timeout must be 1 ms to less than " + std::to_string(transaction_timeout.count()) +
          " ms, after which the log aborts a transaction");
  }
  if (chosen.group_instance_id && chosen.group_instance_id->empty()) wrong("group_instance_id is empty");
  if (chosen.state_directory.empty()) {
    if (!impl_->is_embedded()) wrong("state_directory is needed where the log is not embedded");
    chosen.state_directory = impl_->usual_directory();
  }
}

App::~App() {
  impl_->stop();
  impl_->wait_for_end();
}

std::string App::Impl::usual_directory() const {
  return is_embedded() ? client.directory() + "/streams/" + options.application_id : std::string();
}

// A topic was deleted. Its positions may have been committed once more after that; another one of that name begins
// anew.
Result<> App::Impl::forget(const log::TopicPartition& partition, log::Admin& admin) {
  auto forgotten = admin.delete_group_offsets(options.application_id, {&partition, 1});
  if (!forgotten && forgotten.error().code == ErrorCode::group_id_not_found) return {};  // nothing is committed
  return forgotten;
}

// As long as one of the instances still says that it reads them, the coordinator keeps them.
void App::Impl::forget_what_is_gone() {
  if (to_forget.empty()) return;
  auto admin = client.admin();
  std::erase_if(to_forget, [&](const log::TopicPartition& partition) {
    if (plan.partitions.contains(partition.topic)) return true;  // it is there again
    auto forgotten = forget(partition, *admin);
    return forgotten || forgotten.error().code != ErrorCode::group_subscribed_to_topic;
  });
}

// The first of a run, or one with other topics than before.
Result<> App::Impl::make_plan() {
  auto admin = client.admin();
  forget_what_is_gone();
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
      if (made.partitions.contains(topic)) continue;
      for (std::int32_t p = 0; p < partitions; ++p) to_forget.push_back({topic, log::PartitionIndex(p)});
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
  count = std::max<std::size_t>(count, 1);
  std::vector<std::unique_ptr<Worker>> started;
  for (std::size_t i = 0; i < count; ++i) {
    const WorkerPlace place{static_cast<int>(i), open_files_of_database, rocks};
    started.push_back(std::make_unique<Worker>(plan, client, options, place, *instance));
    WEIR_TRY(started.back()->start());
  }
  ends = to_end ? std::make_unique<EndTracker>(plan, ClosesWindows(options.close_windows_at_end)) : nullptr;
  if (ends) {
    WEIR_TRY(ends->start(started.front()->consumer(), outer_ends));
    outer_ends = ends->outer_ends();
    others_ends = std::make_unique<OthersEnds>(plan, *ends, client);
  }
  watch.reset();
  if (!to_end) {
    watch = std::make_unique<TopicWatch>(plan, client.admin(), options.topics_interval, client.clock().monotonic_ms());
  }
  {
    MutexLock lock(mutex);
    workers = std::move(started);
    restored.clear();
  }
  return instance->use(plan, count, [this] {
    MutexLock lock(mutex);
    for (const auto& worker : workers) worker->wake();
  });
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
  if (now_ms >= next_forget_ms) {
    next_forget_ms = saturated_sum(now_ms, kForgetIntervalMs);
    forget_what_is_gone();
  }
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

// Whoever runs its tasks now begins where they were committed; this instance joins the others again.
void App::Impl::lose(const Error& why) {
  if (why.code == ErrorCode::producer_fenced && ++fences > kMostFences) return fail(why);
  log_line::warn("{}: {}: its tasks may be another instance's by now; it joins again", options.application_id,
                 why.to_string());
  is_lost = true;
  if (instance) instance->refused(why.code);
  plan_anew();
}

void App::Impl::end_with(Error error) {
  if (is_loss(error.code)) return lose(error);
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
  constexpr Millis kPatience{500};     // whoever has something for a worker wakes it
  constexpr Millis kPatienceToEnd{5};  // a stage's end may be a marker, which wakes nobody
  const bool is_first = &worker == workers.front().get();
  const bool is_watching = is_first && watch != nullptr;
  while (!is_stopping && !is_planning_anew && !(ends && ends->all_done())) {
    if (auto done = worker.step(ends ? kPatienceToEnd : kPatience, ends.get()); !done) {
      worker.drop();
      return end_with(done.error());
    }
    if (is_watching) look_for_topics();
    if (is_first && ends && instance->is_shared()) {
      auto looked = others_ends->look_if_due(instance->shares(), client.clock().monotonic_ms());
      if (looked) continue;
      worker.drop();
      return end_with(looked.error());
    }
  }
  if (!is_lost) {
    if (auto closed = worker.close(); !closed && !is_lost) end_with(closed.error());
  }
  worker.drop();
}

// The lock comes before everything: who comes second disturbs nobody.
Result<> App::Impl::run(bool to_end) {
  WEIR_TRY(begin_run());
  auto outcome = [&]() -> Result<> {
    const bool is_on_disk = is_shared() || keeps_state_on_disk();
    WEIR_TRY_VAR(lock, AppLock::take(client.transport(), options.application_id, options.state_directory,
                                     is_on_disk ? AppLock::OnDisk::yes : AppLock::OnDisk::no));
    WEIR_TRY(begin_instance(to_end));
    auto done = run_plans(to_end);
    instance.reset();  // it leaves before the next one may come
    return done;
  }();
  // What was under way when it was stopped ended early because of that.
  if (!outcome && outcome.error().code == ErrorCode::closed && is_stopping) outcome = {};
  is_stopping = false;
  end_run();
  return outcome;
}

Result<> App::Impl::begin_instance(bool to_end) {
  std::random_device random;
  WEIR_TRY_VAR(identity,
               identity_of(options.application_id, options.state_directory,
                           is_shared() ? std::string() : usual_directory(), std::uint64_t{random()} << 32 | random()));
  Instance::Events events;
  events.make_plan = [this] {
    return plan_with_topics(topology, options.application_id, *client.admin(), options.missing_topics);
  };
  events.plan_differs = [this] {
    plan_anew();
  };
  events.rebalanced = [this] {
    own.rebalances.add(1);
  };
  events.lost = [this] {
    is_lost = true;
    plan_anew();
  };
  events.failed = [this](Error error) {
    fail(std::move(error));
  };
  const ClosesWindows closes_windows{to_end && options.close_windows_at_end};
  instance = std::make_unique<Instance>(client, options, std::move(identity), closes_windows, std::move(events));
  return {};
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
  to_forget.clear();
  outer_ends.clear();
  fences = 0;
  {
    MutexLock lock(mutex);
    doubt.reset();
    failure.reset();
  }
  Result<> outcome;
  do {
    is_planning_anew = is_lost = false;
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
  if (std::ranges::any_of(workers, [](const auto& worker) { return worker->has_committed(); })) fences = 0;
  std::vector<std::unique_ptr<Worker>> ended;  // they end without the lock
  {
    MutexLock lock(mutex);
    finished = counted_by_workers();
    restored = restored_by_now();
    ended = std::move(workers);
    workers.clear();
  }
  instance->set_aside();
  return outcome;
}

Statistics App::Impl::counted() const {
  Statistics total = counted_by_workers();
  total.add(own);
  return total;
}

Statistics App::Impl::counted_by_workers() const {
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
