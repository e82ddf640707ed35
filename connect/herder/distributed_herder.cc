#include "connect/herder/distributed_herder.h"

#include <algorithm>

#include "connect/herder/offsets.h"
#include "log/base/log_line.h"
#include "log/base/saturate.h"

namespace weir::connect {

namespace {

constexpr Millis kLongestTurn{1'000};
constexpr Millis kAgain{500};          // after an error of the log
constexpr Millis kFencedPause{5'000};  // before a task that was fenced, and is still this worker's, begins again
constexpr Millis kReadUp{3'000};       // what a member knows of the config topic and the leader does not yet

std::string without_scheme(const std::string& url) {
  const auto scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

// What is left of a deadline; not below 0.
Millis until(std::int64_t deadline_ns, std::int64_t now_ns) {
  const std::int64_t left_ns = saturated_sum(saturated_difference(deadline_ns, now_ns), 999'999);
  return Millis(std::max<std::int64_t>(left_ns / 1'000'000, 0));
}

}  // namespace

DistributedHerder::DistributedHerder(log::Client client, const ConnectorWorld& world, HerderOptions options)
    : client_(std::move(client)),
      world_(world),
      options_(std::move(options)),
      worker_id_(without_scheme(options_.url)),
      pause_(client_.clock().make_parker()),
      topics_(
          client_, {options_.group_id, options_.config_topic, options_.status_topic},
          {[this](std::string_view key, NullableBytes value, std::int64_t offset) { take_config(key, value, offset); },
           [this](std::string_view key, NullableBytes value) {
             if (auto applied = status_.apply(key, value); !applied) {
               log_line::warn("{}: {}", options_.status_topic, applied.error().to_string());
             }
             has_changed_ = true;
           }}),
      worker_(client_, world_, [this](const ConnectorTaskId&, const TaskStatus&) { topics_.wakeup(); }),
      answered_(client_.clock()),
      shown_config_(std::make_shared<ConfigState>()),
      shown_status_(std::make_shared<StatusState>()) {}

Result<std::unique_ptr<DistributedHerder>> DistributedHerder::start(log::Client client, const ConnectorWorld& world,
                                                                    HerderOptions options) {
  if (options.group_id.empty()) return fail(ErrorCode::invalid_argument, "group.id must be set");
  if (options.url.empty()) return fail(ErrorCode::invalid_argument, "rest.advertised.url must be set");
  if (options.session_timeout <= options.heartbeat_interval) {
    return fail(ErrorCode::invalid_argument, "session.timeout.ms must be more than heartbeat.interval.ms");
  }
  std::unique_ptr<DistributedHerder> herder(new DistributedHerder(std::move(client), world, std::move(options)));
  WEIR_TRY(herder->topics_.begin());
  const HerderOptions& chosen = herder->options_;
  herder->session_ = std::make_unique<log::ProtocolSession>(
      herder->client_,
      log::ProtocolSessionOptions{.group_id = chosen.group_id,
                                  .protocol_type = "connect",
                                  .session_timeout = chosen.session_timeout,
                                  .heartbeat_interval = chosen.heartbeat_interval,
                                  .rebalance_timeout = chosen.rebalance_timeout},
      log::ProtocolSession::Asks{
          [here = herder.get()] { return here->says(); },
          [here = herder.get()](const auto& protocol, const auto& members) { return here->assign(protocol, members); },
          [] {
          }},
      [here = herder.get()] { here->topics_.wakeup(); });
  WEIR_TRY(herder->session_->started());
  WEIR_TRY_VAR(thread, herder->client_.clock().start_thread("weir-herder", [here = herder.get()] { here->run(); }));
  herder->thread_ = std::move(thread);
  return herder;
}

DistributedHerder::~DistributedHerder() {
  stop();
}

void DistributedHerder::stop() {
  is_stopping_ = true;
  pause_->unpark();
  if (thread_ != nullptr) topics_.wakeup();
  thread_.reset();
}

// --- requests, from any thread ---

template <class T>
Result<T> DistributedHerder::ask(std::function<Result<T>()> what) {
  auto answer = std::make_shared<std::optional<Result<T>>>();
  auto request = std::make_shared<Request>();
  request->attempt = [answer, what = std::move(what)] {
    *answer = what();
    return (*answer)->has_value() || (*answer)->error().code != ErrorCode::would_block;
  };
  request->refuse = [answer](Error error) {
    *answer = Result<T>(fail(std::move(error)));
  };
  request->deadline_ns = client_.clock().deadline_ns(options_.request_timeout);
  MutexLock lock(mutex_);
  if (is_stopping_) return fail(ErrorCode::closed, "the worker stops");
  requests_.push_back(request);
  topics_.wakeup();
  while (!request->is_done) answered_.wait(mutex_);
  return **answer;
}

void DistributedHerder::serve_requests() {
  {
    MutexLock lock(mutex_);
    while (!requests_.empty()) {
      kept_.push_back(std::move(requests_.front()));
      requests_.pop_front();
    }
  }
  const std::int64_t now_ns = client_.clock().monotonic_ns();
  for (auto& request : std::exchange(kept_, {})) {
    bool is_done = request->attempt();
    if (!is_done && now_ns >= request->deadline_ns) {
      request->refuse({ErrorCode::timed_out, "the workers did not agree on who does what in time"});
      is_done = true;
    }
    if (!is_done) {
      kept_.push_back(request);
      continue;
    }
    MutexLock lock(mutex_);
    request->is_done = true;
    answered_.notify_all();
  }
}

std::vector<std::string> DistributedHerder::connectors() {
  MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, entry] : shown_config_->connectors()) names.push_back(name);
  return names;
}

Result<ConnectorInfo> DistributedHerder::info(const std::string& connector) {
  MutexLock lock(mutex_);
  const ConnectorEntry* entry = shown_config_->find(connector);
  if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
  return info_of(connector, *entry);
}

Result<ConnectorStatus> DistributedHerder::status(const std::string& connector) {
  MutexLock lock(mutex_);
  const ConnectorEntry* entry = shown_config_->find(connector);
  if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
  return status_of(connector, *entry, *shown_status_);
}

Result<std::vector<ConfigMap>> DistributedHerder::task_settings(const std::string& connector) {
  MutexLock lock(mutex_);
  const ConnectorEntry* entry = shown_config_->find(connector);
  if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
  return entry->tasks;
}

Health DistributedHerder::health() {
  MutexLock lock(mutex_);
  return health_;
}

Result<std::pair<ConnectorInfo, bool>> DistributedHerder::put(const std::string& connector, const ConfigMap& config,
                                                              Replaces replaces, std::optional<TargetState> initial) {
  using Answer = std::pair<ConnectorInfo, bool>;
  return ask<Answer>([this, connector, config, replaces, initial]() -> Result<Answer> {
    WEIR_TRY(must_lead());
    const ConnectorEntry* before = config_.find(connector);
    const bool is_new = before == nullptr;
    if (!is_new && replaces == Replaces::no) {
      return fail(ErrorCode::already_exists, "Connector " + connector + " already exists");
    }
    ConfigMap settings = is_new ? config : with_hidden_of(config, before->config, world_);
    settings["name"] = connector;
    std::vector<Error> problems;
    if (!check_settings(effective(connector, settings, 0, 1).config, world_, problems)) {
      std::string text;
      for (const Error& problem : problems) text += (text.empty() ? "" : "\n") + problem.detail;
      return fail(ErrorCode::invalid_config, std::move(text));
    }
    if (!is_new && !initial && settings == before->config) return Answer{info_of(connector, *before), false};
    std::vector<ConfigRecord> records;
    if (initial) records.push_back(target_record(connector, *initial));
    records.push_back(connector_record(connector, settings));
    WEIR_TRY(write_as_leader(records));
    if (auto led = lead(); !led) log_line::warn("connector {}: {}", connector, led.error().to_string());
    WEIR_TRY_VAR(entry, find(connector));
    return Answer{info_of(connector, *entry), is_new};
  });
}

Result<ConnectorInfo> DistributedHerder::patch(const std::string& connector,
                                               const std::map<std::string, std::optional<std::string>>& changes) {
  ConfigMap config;
  {
    MutexLock lock(mutex_);
    const ConnectorEntry* entry = shown_config_->find(connector);
    if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
    config = entry->config;
  }
  for (const auto& [name, value] : changes) {
    if (value) {
      config[name] = *value;
    } else {
      config.erase(name);
    }
  }
  WEIR_TRY_VAR(answer, put(connector, config, Replaces::yes, std::nullopt));
  return std::move(answer.first);
}

Result<> DistributedHerder::remove(const std::string& connector) {
  return ask<void>([this, connector]() -> Result<> {
    WEIR_TRY(must_lead());
    WEIR_TRY(find(connector));
    return write_as_leader(deletion_records(connector));
  });
}

Result<> DistributedHerder::set_target(const std::string& connector, TargetState target) {
  return ask<void>([this, connector, target]() -> Result<> {
    WEIR_TRY(must_lead());
    WEIR_TRY_VAR(entry, find(connector));
    if (entry->target == target) return {};
    WEIR_TRY(write_as_leader({target_record(connector, target)}));
    return lead();
  });
}

Result<ConnectorStatus> DistributedHerder::restart(const RestartRequest& request) {
  return ask<ConnectorStatus>([this, request]() -> Result<ConnectorStatus> {
    WEIR_TRY(must_lead());
    WEIR_TRY_VAR(entry, find(request.connector));
    ConnectorStatus status = status_of(request.connector, *entry, status_);
    const auto mark = [&](RunStatus& one) {
      if (!request.only_failed || one.state == RunState::failed) one.state = RunState::restarting;
    };
    mark(status.connector);
    if (request.include_tasks) {
      for (auto& [task, one] : status.tasks) mark(one);
    }
    WEIR_TRY(write_as_leader({restart_record(request)}));
    divisions_.erase(request.connector);  // what it is divided by may have changed outside
    if (auto divided = divide(request.connector); !divided) {
      log_line::warn("connector {}: {}", request.connector, divided.error().to_string());
    }
    return status;
  });
}

Result<> DistributedHerder::restart_task(const ConnectorTaskId& task) {
  return ask<void>([this, task]() -> Result<> {
    if (!is_assigned_) return fail(ErrorCode::would_block, "the workers rebalance");
    WEIR_TRY_VAR(entry, find(task.connector));
    if (task.task < 0 || static_cast<std::size_t>(task.task) >= entry->tasks.size()) {
      return fail(ErrorCode::not_found, "Task " + task.to_string() + " not found");
    }
    if (share_.tasks.contains(task)) {
      not_started_.erase(task);
      return worker_.status(task).state == RunState::unassigned ? Result<>{} : worker_.restart(task);
    }
    if (!is_leader_) return fail(ErrorCode::not_controller, leader_url_);
    for (const auto& [member, peer] : peers_) {
      if (peer.share.tasks.contains(task)) return fail(ErrorCode::not_controller, peer.url);
    }
    return fail(ErrorCode::would_block, "nobody runs " + task.to_string());
  });
}

Result<> DistributedHerder::set_logger(const LoggerLevel& level) {
  return ask<void>([this, level]() -> Result<> {
    WEIR_TRY(must_lead());
    return write_as_leader({logger_record(level)});
  });
}

Result<std::set<std::string>> DistributedHerder::topics(const std::string& connector) {
  if (!options_.tracks_topics) return fail(ErrorCode::permission_denied, "Topic tracking is disabled.");
  MutexLock lock(mutex_);
  if (shown_config_->find(connector) == nullptr) {
    return fail(ErrorCode::not_found, "Connector " + connector + " not found");
  }
  return shown_status_->topics_of(connector);
}

Result<> DistributedHerder::reset_topics(const std::string& connector) {
  if (!options_.tracks_topics) return fail(ErrorCode::permission_denied, "Topic tracking is disabled.");
  if (!options_.resets_topics) return fail(ErrorCode::permission_denied, "Topic tracking reset is disabled.");
  return ask<void>([this, connector]() -> Result<> {
    WEIR_TRY(find(connector));
    std::vector<ConfigRecord> records;
    for (const auto& topic : status_.topics_of(connector)) records.push_back(forgotten_topic_record(connector, topic));
    return topics_.write_status(records);
  });
}

// --- of requests ---

Result<> DistributedHerder::must_lead() const {
  if (!is_assigned_) return fail(ErrorCode::would_block, "the workers rebalance");
  if (!is_leader_) return fail(ErrorCode::not_controller, leader_url_);
  return topics_.is_claimed() ? Result<>{} : Result<>(fail(ErrorCode::would_block, "the leader begins"));
}

Result<const ConnectorEntry*> DistributedHerder::find(const std::string& connector) const {
  const ConnectorEntry* entry = config_.find(connector);
  if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
  return entry;
}

ConnectorInfo DistributedHerder::info_of(const std::string& connector, const ConnectorEntry& entry) const {
  ConnectorInfo info{connector, entry.config, {}, type_of(entry.config, world_)};
  for (std::size_t i = 0; i < entry.tasks.size(); ++i) info.tasks.push_back({connector, static_cast<std::int32_t>(i)});
  return info;
}

ConnectorStatus DistributedHerder::status_of(const std::string& connector, const ConnectorEntry& entry,
                                             const StatusState& statuses) const {
  ConnectorStatus status{
      connector, statuses.connector(connector).value_or(RunStatus{}), {}, type_of(entry.config, world_)};
  for (std::size_t i = 0; i < entry.tasks.size(); ++i) {
    const auto task = static_cast<std::int32_t>(i);
    status.tasks[task] = statuses.task({connector, task}).value_or(RunStatus{});
  }
  return status;
}

// A task's settings as they count here; index and count of the whole connector are 0 and how many it has.
TaskConfig DistributedHerder::effective(const std::string& connector, const ConfigMap& config, std::int32_t index,
                                        std::int32_t count) const {
  TaskConfig task{index, count, ConnectorConfig::of(config)};
  task.config.values["name"].text = connector;
  const bool has_own = task.config.values.contains("offsets.storage.topic");
  if (!options_.offset_topic.empty() && !has_own && is_source(task.config, world_)) {
    task.config.values["offsets.storage.topic"].text = options_.offset_topic;
  }
  return task;
}

// The tasks' settings as the connector's class divides it, once for each configuration.
const Result<std::vector<ConfigMap>>& DistributedHerder::division_of(const std::string& connector,
                                                                     const ConnectorEntry& entry) {
  const auto known = divisions_.find(connector);
  if (known != divisions_.end() && known->second.first == entry.config_offset) return known->second.second;
  const auto divided = [&]() -> Result<std::vector<ConfigMap>> {
    WEIR_TRY_VAR(tasks, task_configs(ConnectorConfig::of(entry.config), world_));
    std::vector<ConfigMap> settings;
    for (const TaskConfig& task : tasks) {
      ConfigMap& one = settings.emplace_back();
      for (const auto& [name, value] : task.config.values) one[name] = value.text;
    }
    return settings;
  };
  auto& place = divisions_[connector];
  place = {entry.config_offset, divided()};
  return place.second;
}

// No worker that is there says that it runs one of its tasks.
Result<> DistributedHerder::must_be_at_rest(const std::string& connector) const {
  WEIR_TRY_VAR(entry, find(connector));
  if (entry->target != TargetState::stopped) {
    return fail(ErrorCode::wrong_state,
                "Connectors must be in the STOPPED state before their offsets can be modified.");
  }
  for (const auto& [id, status] : status_.tasks()) {
    if (id.connector != connector || status.state == RunState::unassigned) continue;
    const bool is_there =
        std::ranges::any_of(peers_, [&](const auto& peer) { return without_scheme(peer.second.url) == status.worker; });
    if (is_there) return fail(ErrorCode::would_block, "task " + id.to_string() + " has not ended yet");
  }
  return {};
}

// --- its thread ---

void DistributedHerder::run() {
  while (!is_stopping_) {
    auto turned = turn();
    publish();
    if (turned) {
      last_trouble_.clear();
      continue;
    }
    const std::string trouble = turned.error().to_string();
    if (trouble != last_trouble_) log_line::warn("connect worker {}: {}", worker_id_, trouble);
    last_trouble_ = trouble;
    serve_requests();
    (void)pause_->park(client_.clock().deadline_ns(kAgain));
  }
  end();
}

Result<> DistributedHerder::turn() {
  if (!is_open_) {
    WEIR_TRY(topics_.open());
    is_open_ = true;
    is_live_ = true;
  }
  WEIR_TRY(follow_group());
  serve_requests();
  if (is_leader_) WEIR_TRY(lead());
  settle();
  WEIR_TRY(tell_statuses());
  rejoin_if_due();
  publish();
  return topics_.poll(is_stopping_ ? Millis(0) : time_to_wait());
}

Millis DistributedHerder::time_to_wait() const {
  const std::int64_t now_ns = client_.clock().monotonic_ns();
  Millis wait = std::min(kLongestTurn, until(session_->next_step_ns(), now_ns));
  if (rejoin_ns_) wait = std::min(wait, until(*rejoin_ns_, now_ns));
  if (!stopping_.empty() || !giving_up_.empty() || !kept_.empty()) wait = std::min(wait, Millis(50));
  return wait;
}

// What waits is refused; what runs is ended, told, and left to the others.
void DistributedHerder::end() {
  share_ = {};
  settle();
  std::vector<ConnectorTaskId> all;
  for (const auto& [id, status] : worker_.tasks()) all.push_back(id);
  const std::int64_t deadline_ns = client_.clock().deadline_ns(options_.rebalance_timeout);
  while (!worker_.wait_until_stopped(all, client_.clock().deadline_ns(Millis(500)))) {
    session_->polled();
    if (client_.clock().monotonic_ns() >= deadline_ns) break;
  }
  if (is_open_) (void)tell_statuses();
  session_->leave();
  std::deque<std::shared_ptr<Request>> left;
  MutexLock lock(mutex_);
  left.swap(requests_);
  left.insert(left.end(), kept_.begin(), kept_.end());
  for (auto& request : left) {
    request->refuse({ErrorCode::closed, "the worker stops"});
    request->is_done = true;
  }
  answered_.notify_all();
}

void DistributedHerder::publish() {
  std::shared_ptr<const ConfigState> config;
  std::shared_ptr<const StatusState> status;
  if (has_changed_) {
    config = std::make_shared<const ConfigState>(config_);
    status = std::make_shared<const StatusState>(status_);
    has_changed_ = false;
  }
  MutexLock lock(mutex_);
  if (config != nullptr) shown_config_ = std::move(config);
  if (status != nullptr) shown_status_ = std::move(status);
  health_ = {is_open_ && is_assigned_, !last_trouble_.empty() ? last_trouble_
                                       : is_assigned_ ? "Worker has completed startup and is ready to handle requests."
                                                      : Health{}.message};
}

// --- the group ---

Result<> DistributedHerder::follow_group() {
  for (;;) {
    WEIR_TRY_VAR(event, session_->step());
    if (!event) return {};
    if (const auto* assigned = std::get_if<log::ProtocolSession::Assigned>(&*event)) {
      WEIR_TRY(take_assigned(*assigned));
    } else {
      lose();
    }
  }
}

// What it had may be others' by now.
void DistributedHerder::lose() {
  log_line::warn("connect worker {}: is no member of the group any more, and gives its tasks up", worker_id_);
  share_ = {};
  giving_up_ = {};
  is_assigned_ = false;
  is_leader_ = false;
  assignor_.reset();
  topics_.give_up_claim();
  settle();
}

std::vector<std::pair<std::string, OwnedBytes>> DistributedHerder::says() {
  said_ = share_;
  for (const auto& [id, status] : worker_.tasks()) said_.tasks.insert(id);  // also what has not ended yet
  if (options_.protocol == GroupProtocol::eager) {
    share_ = {};
    settle();
    std::vector<ConnectorTaskId> all(said_.tasks.begin(), said_.tasks.end());
    (void)worker_.wait_until_stopped(all, client_.clock().deadline_ns(options_.rebalance_timeout / 2));
    reap();
    said_ = {};
  }
  const WorkerSaid said{options_.url, config_.end() - 1, said_};
  std::vector<std::pair<std::string, OwnedBytes>> protocols;
  for (int protocol = static_cast<int>(options_.protocol); protocol >= 0; --protocol) {
    const auto one = static_cast<GroupProtocol>(protocol);
    protocols.emplace_back(name_of(one), to_bytes(said, one));
  }
  return protocols;
}

Result<std::map<std::string, OwnedBytes>> DistributedHerder::assign(const std::string& protocol_name,
                                                                    const std::map<std::string, OwnedBytes>& members) {
  const auto protocol = group_protocol_named(protocol_name).value_or(GroupProtocol::eager);
  std::map<std::string, WorkAssignor::Member> said;
  std::int64_t latest = config_.end() - 1;
  for (const auto& [id, bytes] : members) {
    WEIR_TRY_VAR(one, parse_worker_said(bytes));
    latest = std::max(latest, one.config_offset);
    said[id] = {one.url, std::move(one.has)};
  }
  if (latest >= config_.end()) WEIR_TRY(topics_.read_to_end(kReadUp));
  configured_ = config_.to_run();
  peers_.clear();
  WorkerTold told;
  told.leader = session_->who().member_id;
  told.leader_url = options_.url;
  told.config_offset = config_.end() - 1;
  std::map<std::string, OwnedBytes> answers;
  if (protocol == GroupProtocol::eager) {
    for (auto& [id, share] : assign_in_turn(configured_, said)) {
      told.gets = share;
      answers[id] = to_bytes(told, protocol);
      peers_[id] = {said[id].url, std::move(share)};
    }
    return answers;
  }
  if (!assignor_) assignor_.emplace(options_.max_delay);
  const auto decision = assignor_->assign(configured_, said, client_.clock().monotonic_ms());
  told.delay_ms = saturated_int32(decision.delay_ms);
  for (const auto& [id, change] : decision.changes) {
    told.gets = change.gets;
    told.gives_up = change.gives_up;
    answers[id] = to_bytes(told, protocol);
    Peer& peer = peers_[id] = {said[id].url, said[id].has.without(change.gives_up)};
    peer.share.add(change.gets);
  }
  return answers;
}

Result<> DistributedHerder::take_assigned(const log::ProtocolSession::Assigned& assigned) {
  WEIR_TRY_VAR(told, parse_worker_told(assigned.told));
  const bool is_eager = assigned.protocol == name_of(GroupProtocol::eager);
  share_ = is_eager ? told.gets : said_.without(told.gives_up);
  share_.add(told.gets);
  giving_up_ = told.gives_up;
  generation_ = session_->who().generation;
  leader_url_ = told.leader_url;
  is_assigned_ = true;
  if (is_leader_ && !assigned.is_leader) topics_.give_up_claim();
  is_leader_ = assigned.is_leader;
  if (!is_leader_) assignor_.reset();
  rejoin_ns_.reset();
  if (is_leader_ && told.delay_ms > 0) rejoin_ns_ = client_.clock().deadline_ns(Millis(told.delay_ms));
  log_line::info("connect worker {}: generation {}, {} connectors, {} tasks{}", worker_id_, generation_,
                 share_.connectors.size(), share_.tasks.size(), is_leader_ ? ", leads" : "");
  settle();
  return {};
}

// When what waits is to be given away, what is to run is another, or what goes to others is given up.
void DistributedHerder::rejoin_if_due() {
  if (!is_assigned_) return;
  const bool is_over = rejoin_ns_ && client_.clock().monotonic_ns() >= *rejoin_ns_;
  const bool is_changed = is_leader_ && config_.to_run() != configured_;
  bool is_given_up = !giving_up_.empty();
  for (const auto& task : giving_up_.tasks) is_given_up = is_given_up && !started_.contains(task);
  if (!is_over && !is_changed && !is_given_up) return;
  rejoin_ns_.reset();
  if (is_given_up) giving_up_ = {};
  session_->rejoin();
}

// --- what is read ---

void DistributedHerder::take_config(std::string_view key, NullableBytes value, std::int64_t offset) {
  has_changed_ = true;
  auto events = config_.apply(key, value, offset);
  if (!events) {
    log_line::warn("{}, offset {}: {}", options_.config_topic, offset, events.error().to_string());
    return;
  }
  if (!is_live_) return;
  if (events->restart) restart_own(*events->restart);
  if (events->logger) {
    if (const auto level = log_level_of(events->logger->level)) set_log_level(*level);
  }
}

void DistributedHerder::restart_own(const RestartRequest& request) {
  divisions_.erase(request.connector);
  if (!request.include_tasks) return;
  for (const auto& task : share_.tasks) {
    if (task.connector != request.connector) continue;
    if (request.only_failed && status_here(task).state != RunState::failed) continue;
    not_started_.erase(task);
    (void)worker_.restart(task);
  }
}

// --- the leader ---

Result<> DistributedHerder::write_as_leader(const std::vector<ConfigRecord>& records) {
  auto written = topics_.write_config(records);
  has_changed_ = true;
  if (written || written.error().code != ErrorCode::producer_fenced) {
    publish();
    return written;
  }
  is_leader_ = false;  // another one leads; who, the group says
  session_->rejoin();
  return fail(ErrorCode::would_block, "another worker leads");
}

Result<> DistributedHerder::lead() {
  if (!topics_.is_claimed()) {
    WEIR_TRY(topics_.claim());
    WEIR_TRY(topics_.read_to_end(Millis(30'000)));
  }
  for (const std::string& connector : connectors()) {
    WEIR_TRY(divide(connector));
    WEIR_TRY(fence(connector));
  }
  return tidy_statuses();
}

// So that its tasks are those of its class, or none while it is stopped.
Result<> DistributedHerder::divide(const std::string& connector) {
  const ConnectorEntry* entry = config_.find(connector);
  if (entry == nullptr) return {};
  if (entry->target == TargetState::stopped) {
    return entry->has_tasks && entry->tasks.empty() ? Result<>{} : write_as_leader(task_records(connector, {}));
  }
  const bool is_known = entry->has_tasks && !entry->tasks.empty() && divisions_.contains(connector);
  if (is_known && divisions_.at(connector).first == entry->config_offset) return {};
  const auto& division = division_of(connector, *entry);
  if (!division) return {};  // its owner tells
  if (entry->has_tasks && *division == entry->tasks) return {};
  return write_as_leader(task_records(connector, *division));
}

// Before the tasks of a source start: none of those that ran before it was divided writes any more.
Result<> DistributedHerder::fence(const std::string& connector) {
  const ConnectorEntry* entry = config_.find(connector);
  if (entry == nullptr || !entry->awaits_fencing || entry->tasks.empty()) return {};
  const auto count = static_cast<std::int32_t>(entry->tasks.size());
  const TaskConfig first = effective(connector, entry->tasks.front(), 0, count);
  if (!is_source(first.config, world_)) return {};
  const std::int64_t now_ns = client_.clock().monotonic_ns();
  if (const auto again = fence_again_ns_.find(connector); again != fence_again_ns_.end() && now_ns < again->second) {
    return {};
  }
  const auto fenced = [&]() -> Result<> {
    WEIR_TRY_VAR(options, source_options(first, world_));
    return begin_generation(client_, options, count);
  };
  if (auto done = fenced(); !done) {
    log_line::warn("connector {}: its tasks wait: those before cannot be fenced: {}", connector,
                   done.error().to_string());
    fence_again_ns_[connector] = client_.clock().deadline_ns(kAgain);
    return {};
  }
  fence_again_ns_.erase(connector);
  return write_as_leader({fencing_record(connector, count)});
}

// What no worker tells any more: of workers that are gone, of connectors and tasks that are.
Result<> DistributedHerder::tidy_statuses() {
  const auto is_there = [this](const RunStatus& status) {
    return std::ranges::any_of(peers_,
                               [&](const auto& peer) { return without_scheme(peer.second.url) == status.worker; });
  };
  const auto unassigned = [](RunStatus status) {
    status.state = RunState::unassigned;
    status.trace.clear();
    return status;
  };
  std::vector<ConfigRecord> records;
  const auto tidy = [&](const auto& id, const RunStatus& status, bool is_configured) {
    const bool is_at_rest = status.state == RunState::unassigned;
    if (!is_configured && (is_at_rest || !is_there(status))) records.push_back(status_record(id, std::nullopt));
    if (is_configured && !is_at_rest && !is_there(status)) records.push_back(status_record(id, unassigned(status)));
  };
  for (const auto& [name, status] : status_.connectors()) tidy(name, status, config_.find(name) != nullptr);
  for (const auto& [id, status] : status_.tasks()) {
    const ConnectorEntry* entry = config_.find(id.connector);
    tidy(id, status, entry != nullptr && static_cast<std::size_t>(id.task) < entry->tasks.size());
  }
  return topics_.write_status(records);
}

// --- its tasks ---

bool DistributedHerder::is_wanted(const ConnectorTaskId& id) const {
  if (!share_.tasks.contains(id)) return false;
  const ConnectorEntry* entry = config_.find(id.connector);
  return entry != nullptr && entry->has_tasks && entry->target != TargetState::stopped &&
         static_cast<std::size_t>(id.task) < entry->tasks.size();
}

void DistributedHerder::settle() {
  for (const auto& [id, status] : worker_.tasks()) {
    const ConnectorEntry* entry = config_.find(id.connector);
    const auto started = started_.find(id);
    const bool is_current = entry != nullptr && started != started_.end() && started->second == entry->tasks_offset;
    if (!is_wanted(id) || !is_current) {
      worker_.stop(id);
      stopping_.insert(id);
    } else if (entry->target == TargetState::paused) {
      worker_.pause(id);
    } else {
      worker_.resume(id);
    }
  }
  reap();
  start_missing();
  restart_fenced();
}

void DistributedHerder::reap() {
  const std::vector<ConnectorTaskId> all(stopping_.begin(), stopping_.end());
  if (all.empty()) return;
  (void)worker_.wait_until_stopped(all, client_.clock().monotonic_ns());
  const auto left = worker_.tasks();
  for (const auto& id : all) {
    if (left.contains(id)) continue;
    stopping_.erase(id);
    started_.erase(id);
    fenced_until_ns_.erase(id);
  }
}

void DistributedHerder::start_missing() {
  for (const auto& id : share_.tasks) {
    if (started_.contains(id) || !is_wanted(id)) continue;
    start_task(id, *config_.find(id.connector));
  }
}

void DistributedHerder::start_task(const ConnectorTaskId& id, const ConnectorEntry& entry) {
  const auto index = static_cast<std::size_t>(id.task);
  TaskPlan plan;
  plan.config = effective(id.connector, entry.tasks[index], id.task, static_cast<std::int32_t>(entry.tasks.size()));
  if (is_source(plan.config.config, world_) && entry.awaits_fencing) return;
  plan.is_paused = entry.target == TargetState::paused;
  const auto policy = restart_policy(plan.config, world_);
  if (policy) plan.restart = *policy;
  auto started = policy ? worker_.start(std::move(plan)) : Result<>(fail(policy.error()));
  if (started) {
    not_started_.erase(id);
    started_[id] = entry.tasks_offset;
  } else {
    not_started_.insert_or_assign(id, started.error());
  }
}

// One that was fenced and is this worker's all the same: whoever fenced it is not any more.
void DistributedHerder::restart_fenced() {
  const std::int64_t now_ns = client_.clock().monotonic_ns();
  for (const auto& [id, status] : worker_.tasks()) {
    const bool is_fenced = status.state == RunState::failed && !status.result &&
                           (status.result.error().code == ErrorCode::producer_fenced ||
                            status.result.error().code == ErrorCode::invalid_producer_epoch);
    if (!is_fenced || !is_wanted(id) || stopping_.contains(id)) continue;
    auto [again, is_new] = fenced_until_ns_.emplace(id, client_.clock().deadline_ns(kFencedPause));
    if (is_new || now_ns < again->second) continue;
    fenced_until_ns_.erase(again);
    (void)worker_.restart(id);
  }
}

// --- what it tells ---

RunStatus DistributedHerder::status_here(const ConnectorTaskId& id) const {
  RunStatus told{RunState::unassigned, {}, worker_id_, generation_};
  if (const auto failed = not_started_.find(id); failed != not_started_.end()) {
    told.state = RunState::failed;
    told.trace = failed->second.to_string();
    return told;
  }
  if (stopping_.contains(id)) return told;
  const TaskStatus status = worker_.status(id);
  told.state = status.state;
  const bool has_trace = status.state == RunState::failed || status.state == RunState::restarting;
  if (has_trace && !status.result) told.trace = status.result.error().to_string();
  return told;
}

RunStatus DistributedHerder::connector_status_here(const std::string& connector, const ConnectorEntry& entry) {
  RunStatus told{RunState::running, {}, worker_id_, generation_};
  if (entry.target == TargetState::paused) told.state = RunState::paused;
  if (entry.target == TargetState::stopped) told.state = RunState::stopped;
  if (entry.target == TargetState::stopped) return told;
  if (const auto& division = division_of(connector, entry); !division) {
    told.state = RunState::failed;
    told.trace = division.error().to_string();
  }
  return told;
}

Result<> DistributedHerder::tell_statuses() {
  std::vector<ConfigRecord> records;
  const auto tell = [&](const auto& id, const std::optional<RunStatus>& known, const RunStatus& now) {
    const bool is_told = known && known->state == now.state && known->trace == now.trace && known->worker == now.worker;
    if (!is_told) records.push_back(status_record(id, now));
  };
  const RunStatus nobodys{RunState::unassigned, {}, worker_id_, generation_};
  for (const auto& name : share_.connectors) {
    const ConnectorEntry* entry = config_.find(name);
    if (entry != nullptr) tell(name, status_.connector(name), connector_status_here(name, *entry));
  }
  for (const auto& id : share_.tasks) {
    if (!is_wanted(id)) continue;
    const RunStatus now = status_here(id);
    tell(id, status_.task(id), now);
    const bool is_running = now.state == RunState::running;
    if (!options_.tracks_topics || !is_running) continue;
    const auto known = status_.topics_of(id.connector);
    for (const auto& topic : topics_used_by(id)) {
      if (!known.contains(topic) && told_topics_.insert({id.connector, topic}).second) {
        records.push_back(topic_record(id, topic, client_.clock().wall_ms()));
      }
    }
  }
  // What it said before, of what it has no more.
  for (const auto& [name, status] : status_.connectors()) {
    const bool is_own = share_.connectors.contains(name) && config_.find(name) != nullptr;
    if (status.worker == worker_id_ && !is_own) tell(name, status, nobodys);
  }
  for (const auto& [id, status] : status_.tasks()) {
    if (status.worker == worker_id_ && !is_wanted(id) && !started_.contains(id)) tell(id, status, nobodys);
  }
  return topics_.write_status(records);
}

// By its settings.
std::set<std::string> DistributedHerder::topics_used_by(const ConnectorTaskId& id) const {
  const ConnectorEntry& entry = *config_.find(id.connector);
  const auto task = effective(id.connector, entry.tasks[static_cast<std::size_t>(id.task)], id.task,
                              static_cast<std::int32_t>(entry.tasks.size()));
  std::set<std::string> topics;
  if (is_source(task.config, world_)) {
    if (auto options = source_options(task, world_); options && !options->topic.empty()) topics.insert(options->topic);
  } else if (auto options = sink_options(task, world_); options) {
    topics.insert(options->topics.begin(), options->topics.end());
  }
  return topics;
}

// --- where connectors have come to ---

Result<std::vector<ConnectorOffset>> DistributedHerder::offsets(const std::string& connector) {
  ConfigMap config;
  {
    MutexLock lock(mutex_);
    const ConnectorEntry* entry = shown_config_->find(connector);
    if (entry == nullptr) return fail(ErrorCode::not_found, "Connector " + connector + " not found");
    config = entry->config;
  }
  const TaskConfig whole = effective(connector, config, 0, 1);
  if (is_source(whole.config, world_)) {
    WEIR_TRY_VAR(options, source_options(whole, world_));
    return source_offsets(client_, options);
  }
  WEIR_TRY_VAR(options, sink_options(whole, world_));
  return sink_offsets(client_, options);
}

Result<> DistributedHerder::alter_offsets(const std::string& connector,
                                          const std::optional<std::vector<ConnectorOffset>>& offsets) {
  return ask<void>([this, connector, offsets]() -> Result<> {
    WEIR_TRY(must_lead());
    WEIR_TRY(must_be_at_rest(connector));
    const TaskConfig whole = effective(connector, config_.find(connector)->config, 0, 1);
    if (is_source(whole.config, world_)) {
      WEIR_TRY_VAR(options, source_options(whole, world_));
      return alter_source_offsets(client_, options, offsets);
    }
    WEIR_TRY_VAR(options, sink_options(whole, world_));
    return alter_sink_offsets(client_, options, offsets);
  });
}

}  // namespace weir::connect
