#include "streams/runtime/sharing/instance.h"

#include <algorithm>
#include <set>

#include "log/base/file.h"
#include "log/base/log_line.h"
#include "streams/runtime/sharing/digests.h"

namespace weir::streams {

namespace {

constexpr Millis kLook{1'000};       // at what others may have asked for, though they wake it
constexpr Millis kBeat{100};         // between two looks at workers that give something up
constexpr Millis kHeartbeat{1'000};  // by which it hears that others come and go

// All that the stages read: what the coordinator keeps positions for.
std::vector<std::string> topics_of(const Plan& plan) {
  std::set<std::string> topics;
  for (const auto& [source, names] : plan.topics_of_sources) topics.insert(names.begin(), names.end());
  return {topics.begin(), topics.end()};
}

}  // namespace

Instance::Instance(log::Client client, const AppOptions& options, Identity identity, ClosesWindows closes_windows,
                   Events events)
    : client_(std::move(client)),
      options_(options),
      closes_windows_(closes_windows == ClosesWindows::yes),
      identity_(std::move(identity)),
      events_(std::move(events)),
      shares_(client_.clock()),
      gate_(client_.clock()) {}

Instance::~Instance() {
  stop();
}

// --- who runs the application ---

Result<> Instance::use(const Plan& plan, std::size_t workers, std::function<void()> wake) {
  shares_.begin(workers, std::move(wake));
  const auto topics = topics_of(plan);
  const auto knows = tasks_with_state(plan);
  MutexLock lock(mutex_);
  plan_ = std::make_shared<const Plan>(plan);
  said_.name = {identity_.name, options_.threads};
  said_.plan = digest_of(plan);
  said_.knows = knows;
  if (thread_ == nullptr) return begin(topics);
  wishes_.topics = topics;
  if (told_ && told_->plan == said_.plan) {
    shares_.want(told_->tasks);
  } else {
    ++said_.attempt;
    wishes_.rejoins = true;
  }
  session_->wakeup();
  return {};
}

Result<> Instance::begin(std::vector<std::string> topics) {
  said_.shape = shape_of(*plan_->topology);
  said_.closes_windows = closes_windows_;
  WEIR_TRY_VAR(session, client_.group_session(session_options(), std::move(topics), [this] { gate_.close(); }));
  session_ = std::move(session);
  WEIR_TRY_VAR(thread, client_.clock().start_thread("weir-instance", [this] { run(); }));
  thread_ = std::move(thread);
  return {};
}

log::ConsumerOptions Instance::session_options() {
  log::ConsumerOptions chosen;
  chosen.group_id = options_.application_id;
  chosen.group_instance_id = options_.group_instance_id;
  if (!chosen.group_instance_id && identity_.is_lasting) chosen.group_instance_id = identity_.name;
  chosen.session_timeout = options_.session_timeout;
  chosen.heartbeat_interval = std::min(kHeartbeat, std::max(Millis(1), options_.session_timeout / 3));
  chosen.max_poll_interval = options_.rebalance_timeout;
  // Shared: with the session's member.
  chosen.assignors = {std::make_shared<InstanceAssignor>(
      InstanceAssignor::Asks{[this] { return said(); }, [this](bool anew) { return plan_to_divide(anew); },
                             [this](const std::vector<InstanceName>& present) {
                               end_what_is_left(present);
                             }})};
  return chosen;
}

void Instance::set_aside() {
  {
    MutexLock lock(mutex_);
    plan_.reset();
  }
  shares_.end();
}

void Instance::refused(ErrorCode code) {
  {
    MutexLock lock(mutex_);
    if (thread_ == nullptr) return;
    wishes_.refused = code;
  }
  session_->wakeup();
}

void Instance::stop() {
  std::unique_ptr<Thread> thread;
  {
    MutexLock lock(mutex_);
    thread = std::move(thread_);
  }
  if (thread == nullptr) return;
  is_stopping_ = true;
  session_->wakeup();
  thread.reset();  // its end is waited for
}

bool Instance::is_shared() const {
  MutexLock lock(mutex_);
  return told_ && told_->instances.size() > 1;
}

// --- the session's thread ---

void Instance::run() {
  while (!is_stopping_) {
    fulfil_wishes();
    auto change = session_->next(kLook);
    Result<> done;
    if (!change) {
      done = fail(std::move(change).error());
    } else if (*change) {
      done = carry_out(**change);
    }
    if (done) continue;
    gate_.lose();
    events_.failed(std::move(done).error());
    break;
  }
  session_->leave(options_.group_instance_id ? log::InstanceToo::no : log::InstanceToo::yes);
}

void Instance::fulfil_wishes() {
  Wishes wishes;
  {
    MutexLock lock(mutex_);
    wishes = std::exchange(wishes_, {});
  }
  if (wishes.topics) session_->subscribe(*std::move(wishes.topics), log::Rejoins::no);
  if (wishes.rejoins) session_->rejoin();
  if (wishes.refused) session_->commit_refused(*wishes.refused, session_->who().generation);
}

Result<> Instance::carry_out(const log::AssignmentChange& change) {
  using Kind = log::AssignmentChange::Kind;
  switch (change.kind) {
    case Kind::assigned:
      return take_assignment();
    case Kind::revoked:
      if (session_->who().generation >= 0) gate_.open(session_->who());
      give_up(change.concerned);
      return {};
    case Kind::lost:
      lose();
      return {};
  }
  return {};
}

Result<> Instance::take_assignment() {
  InstanceTold told;
  if (const auto& bytes = session_->told()) {
    WEIR_TRY_VAR(parsed, parse_told(*bytes));
    told = std::move(parsed);
  }
  if (!told.refused.empty()) {
    return fail(ErrorCode::inconsistent_group_protocol, options_.application_id + ": " + told.refused);
  }
  events_.rebalanced();
  known_ = told.instances;
  gate_.open(session_->who());
  {
    MutexLock lock(mutex_);
    told_ = std::move(told);
    if (plan_ == nullptr) return {};
    if (told_->plan == said_.plan) {
      shares_.want(told_->tasks);
      return {};
    }
  }
  events_.plan_differs();
  return {};
}

// Those who are to have them get them when this is over.
void Instance::give_up(const std::vector<log::TopicPartition>& partitions) {
  const std::set<log::TopicPartition> gone(partitions.begin(), partitions.end());
  {
    MutexLock lock(mutex_);
    if (plan_ == nullptr) told_.reset();  // nobody runs any; the next plan's tasks are asked for again
    if (!told_) return;
    std::erase_if(told_->tasks, [&](const TaskId& task) WEIR_REQUIRES(mutex_) {
      return std::ranges::any_of(plan_->inputs_of(task),
                                 [&](const Plan::Input& input) { return gone.contains(input.partition); });
    });
    shares_.want(told_->tasks);
  }
  while (!is_stopping_ && !shares_.wait_until_given_up(client_.clock().deadline_ns(kBeat))) session_->polled();
}

void Instance::lose() {
  gate_.lose();
  {
    MutexLock lock(mutex_);
    told_.reset();
  }
  events_.lost();
  while (!is_stopping_ && !shares_.wait_until_ended(client_.clock().deadline_ns(kBeat))) session_->polled();
}

// --- what the assignor asks ---

InstanceSaid Instance::said() const {
  MutexLock lock(mutex_);
  return said_;
}

Result<std::shared_ptr<const Plan>> Instance::plan_to_divide(bool anew) {
  {
    MutexLock lock(mutex_);
    if (!anew && plan_ != nullptr) return plan_;
  }
  WEIR_TRY_VAR(made, events_.make_plan());
  return std::make_shared<const Plan>(std::move(made));
}

// Of those that were there and are not any more: their open transactions would keep others from reading for as long as
// one may be open. Who they were the leader knows, or, where it came after them, the brokers do. One that was only slow
// begins anew.
void Instance::end_what_is_left(const std::vector<InstanceName>& present) {
  if (options_.guarantee != exactly_once) return;
  const auto is_there = [&present](const std::string& id) {
    return std::ranges::any_of(present, [&id](const InstanceName& one) { return one.id == id; });
  };
  std::set<std::string> left;  // transactional ids
  for (const InstanceName& known : std::exchange(known_, present)) {
    for (int thread = 0; !is_there(known.id) && thread < known.threads; ++thread) {
      left.insert(transactional_id(options_.application_id, known.id, thread));
    }
  }
  auto listed = client_.admin()->list_transactions();  // unsupported_version: by brokers before Kafka 3.0
  for (const auto& listing : listed.value_or(std::vector<log::TransactionListing>())) {
    const std::string id = instance_in(listing.transactional_id, options_.application_id);
    if (listing.state == "Ongoing" && !id.empty() && !is_there(id)) left.insert(listing.transactional_id);
  }
  for (const std::string& id : left) {
    log::ProducerOptions options;
    options.transactional_id = id;
    auto producer = client_.producer(options);
    Result<> ended = producer ? (*producer)->init_transactions() : Result<>(fail(producer.error()));
    if (!ended) log_line::warn("{}: {}", options_.application_id, ended.error().to_string());
  }
}

// Of an earlier time with the same directory.
std::vector<TaskId> Instance::tasks_with_state(const Plan& plan) const {
  auto there = posix_files().list(options_.state_directory);
  if (!there) return {};
  const std::set<std::string> names(there->begin(), there->end());
  std::vector<TaskId> tasks;
  for (const TaskId& task : plan.tasks()) {
    const auto& stores = plan.topology->stages()[task.stage].stores;
    if (std::ranges::any_of(stores, [&](const std::string& store) {
          return names.contains(store + "-" + std::to_string(task.partition.value()));
        })) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

}  // namespace weir::streams
