// DistributedHerder: one worker of a group that shares connectors and tasks. On a thread of its own it is a member of
// the group (ProtocolSession, WorkAssignor), reads what is wanted in the config topic and does it, as far as it is its
// share, with the tasks' threads of its Worker, and tells in the status topic what they are at. Who leads also writes
// the config topic: what it is asked for, into which tasks connectors are divided, and that the tasks before are
// fenced.
//
// What is to be done follows from what is read, anew in each turn (`settle`, `lead`), not from events: so it does not
// matter who died in between. A task runs only if it is this worker's, its settings are those of the last commit and,
// of a source, what ran before that is fenced; it is given up before the leader gives it away.
//
// Thread-safe; all but reading is done on its thread, one request after another. Requests wait while the workers
// rebalance.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <set>

#include "connect/herder/group_messages.h"
#include "connect/herder/herder.h"
#include "connect/herder/work_assignor.h"
#include "connect/herder/worker_topics.h"
#include "connect/runtime/worker.h"
#include "log/client/membership/protocol_session.h"

namespace weir::connect {

struct HerderOptions {
  std::string group_id{};                             // group.id
  std::string url{};                                  // rest.advertised.url: where its REST is reached
  std::string config_topic = "connect-configs";       // config.storage.topic
  std::string status_topic = "connect-status";        // status.storage.topic
  std::string offset_topic{};                         // offset.storage.topic; empty: each source has one of its own
  GroupProtocol protocol = GroupProtocol::sessioned;  // connect.protocol
  Millis session_timeout{10'000};                     // session.timeout.ms
  Millis heartbeat_interval{1'000};                   // heartbeat.interval.ms
  Millis rebalance_timeout{60'000};                   // rebalance.timeout.ms
  Millis max_delay{3'000};                            // scheduled.rebalance.max.delay.ms
  Millis request_timeout{90'000};                     // how long what is asked may wait for a rebalance
  bool tracks_topics = true;                          // topic.tracking.enable
  bool resets_topics = true;                          // topic.tracking.allow.reset
};

class DistributedHerder final : public Herder {
 public:
  // `world` outlives it. invalid_argument; io_error: there is no thread.
  static Result<std::unique_ptr<DistributedHerder>> start(log::Client client, const ConnectorWorld& world,
                                                          HerderOptions options);
  ~DistributedHerder() override;  // stops
  // Gives up its tasks, and leaves the group; what is asked from then on is refused (closed).
  void stop();

  std::vector<std::string> connectors() override;
  Result<ConnectorInfo> info(const std::string& connector) override;
  Result<ConnectorStatus> status(const std::string& connector) override;
  Result<std::vector<ConfigMap>> task_settings(const std::string& connector) override;
  Result<std::pair<ConnectorInfo, bool>> put(const std::string& connector, const ConfigMap& config, Replaces replaces,
                                             std::optional<TargetState> initial) override;
  Result<ConnectorInfo> patch(const std::string& connector,
                              const std::map<std::string, std::optional<std::string>>& changes) override;
  Result<> remove(const std::string& connector) override;
  Result<> set_target(const std::string& connector, TargetState target) override;
  Result<ConnectorStatus> restart(const RestartRequest& request) override;
  Result<> restart_task(const ConnectorTaskId& task) override;
  Result<std::vector<ConnectorOffset>> offsets(const std::string& connector) override;
  Result<> alter_offsets(const std::string& connector,
                         const std::optional<std::vector<ConnectorOffset>>& offsets) override;
  Result<std::set<std::string>> topics(const std::string& connector) override;
  Result<> reset_topics(const std::string& connector) override;
  Result<> set_logger(const LoggerLevel& level) override;
  Health health() override;
  std::vector<Metric> metrics() const override { return worker_.metrics(); }
  const ConnectorWorld& world() const override { return world_; }

 private:
  struct Request {
    std::function<bool()> attempt;  // on the herder's thread: whether it is answered
    std::function<void(Error)> refuse;
    std::int64_t deadline_ns = 0;
    bool is_done = false;
  };
  // What is known of the others, by the leader.
  struct Peer {
    std::string url;
    Share share;
  };

  DistributedHerder(log::Client client, const ConnectorWorld& world, HerderOptions options);
  template <class T>
  Result<T> ask(std::function<Result<T>()> what) WEIR_EXCLUDES(mutex_);

  // --- the herder's thread
  void run();
  Result<> turn();
  void end();
  Millis time_to_wait() const;

  Result<> follow_group();
  void lose();
  Result<> take_assigned(const log::ProtocolSession::Assigned& assigned);
  std::vector<std::pair<std::string, OwnedBytes>> says();
  Result<std::map<std::string, OwnedBytes>> assign(const std::string& protocol,
                                                   const std::map<std::string, OwnedBytes>& members);

  void take_config(std::string_view key, NullableBytes value, std::int64_t offset);
  void restart_own(const RestartRequest& request);
  void publish() WEIR_EXCLUDES(mutex_);
  void serve_requests() WEIR_EXCLUDES(mutex_);

  Result<> lead();
  Result<> write_as_leader(const std::vector<ConfigRecord>& records);
  Result<> divide(const std::string& connector);
  Result<> fence(const std::string& connector);
  Result<> tidy_statuses();
  void rejoin_if_due();

  void settle();
  bool is_wanted(const ConnectorTaskId& id) const;
  void reap();
  void start_missing();
  void start_task(const ConnectorTaskId& id, const ConnectorEntry& entry);
  void restart_fenced();
  Result<> tell_statuses();
  std::set<std::string> topics_used_by(const ConnectorTaskId& id) const;
  RunStatus status_here(const ConnectorTaskId& id) const;
  RunStatus connector_status_here(const std::string& connector, const ConnectorEntry& entry);

  // --- of requests, on the herder's thread
  Result<> must_lead() const;
  Result<const ConnectorEntry*> find(const std::string& connector) const;
  Result<> must_be_at_rest(const std::string& connector) const;
  ConnectorInfo info_of(const std::string& connector, const ConnectorEntry& entry) const;
  ConnectorStatus status_of(const std::string& connector, const ConnectorEntry& entry,
                            const StatusState& statuses) const;
  TaskConfig effective(const std::string& connector, const ConfigMap& config, std::int32_t index,
                       std::int32_t count) const;
  const Result<std::vector<ConfigMap>>& division_of(const std::string& connector, const ConnectorEntry& entry);

  log::Client client_;
  const ConnectorWorld& world_;
  const HerderOptions options_;
  const std::string worker_id_;  // host and port of the url
  const std::unique_ptr<Parker> pause_;

  // Of the herder's thread.
  WorkerTopics topics_;
  Worker worker_;  // may wake the topics
  std::unique_ptr<log::ProtocolSession> session_;
  std::optional<WorkAssignor> assignor_;  // while it leads
  ConfigState config_;
  StatusState status_;
  bool is_open_ = false;
  bool is_live_ = false;      // what is read is not of before it began
  bool has_changed_ = true;   // since it was published
  bool is_assigned_ = false;  // it is a member, and knows its share
  bool is_leader_ = false;
  std::int32_t generation_ = -1;
  std::string leader_url_;
  Share share_;
  Share said_;       // that it had when it joined
  Share giving_up_;  // until it is given up, and told
  std::set<ConnectorTaskId> stopping_;
  std::map<ConnectorTaskId, std::int64_t> started_;  // of which commit it runs
  std::map<ConnectorTaskId, Error> not_started_;
  std::map<ConnectorTaskId, std::int64_t> fenced_until_ns_;  // when it is tried again
  std::map<std::string, Peer> peers_;                        // by member id
  Share configured_;                                         // that was shared out last
  std::optional<std::int64_t> rejoin_ns_;
  std::map<std::string, std::int64_t> fence_again_ns_;                                        // after it failed
  std::map<std::string, std::pair<std::int64_t, Result<std::vector<ConfigMap>>>> divisions_;  // by the config's offset
  std::set<std::pair<std::string, std::string>> told_topics_;                                 // that a connector used
  std::string last_trouble_;
  std::vector<std::shared_ptr<Request>> kept_;  // that wait for a rebalance

  std::atomic<bool> is_stopping_{false};
  mutable Mutex mutex_;
  Condition answered_;
  std::deque<std::shared_ptr<Request>> requests_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<const ConfigState> shown_config_ WEIR_GUARDED_BY(mutex_);  // shared: with who reads it
  std::shared_ptr<const StatusState> shown_status_ WEIR_GUARDED_BY(mutex_);
  Health health_ WEIR_GUARDED_BY(mutex_);
  std::unique_ptr<Thread> thread_;
};

}  // namespace weir::connect
