// ProtocolSession: a part in a group of any protocol type, to which metadata and assignments are bytes: for who shares
// other things than partitions, such as Kafka Connect's workers. When to join, what to do after each answer and how to
// tell that one lives are as of consumers (MemberState, Pulse).
//
// Stepped, and never waits for other members. One owner thread; `on_news` is called when there is something to go on
// with, from any thread and under locks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "log/client/client.h"
#include "log/client/membership/heartbeats.h"
#include "log/client/membership/member_state.h"

namespace weir::log {

struct ProtocolSessionOptions {
  std::string group_id;
  std::string protocol_type;       // "connect"
  Millis session_timeout{10'000};  // one that is not heard of for so long is dropped
  Millis heartbeat_interval{3'000};
  Millis rebalance_timeout{60'000};  // how long others wait for it to join again
  Millis request_timeout{30'000};
};

class ProtocolSession {
 public:
  // What is asked of the owner, on its thread, in `step`.
  struct Asks {
    // The names of the protocols that it speaks, the preferred one first, each with what it says in it.
    std::function<std::vector<std::pair<std::string, OwnedBytes>>()> says;
    // As the leader: what each member is told, by what they say in the protocol that was agreed on. An error makes all
    // join again, after a pause.
    std::function<Result<std::map<std::string, OwnedBytes>>(const std::string& protocol,
                                                            const std::map<std::string, OwnedBytes>& members)>
        assign;
    std::function<void()> before_join;  // the generation is over soon
  };
  struct Assigned {
    OwnedBytes told;
    std::string protocol;
    bool is_leader = false;
  };
  struct Lost {};  // this is no member any more: what it had may be others' already
  using Event = std::variant<Assigned, Lost>;

  ProtocolSession(const Client& client, ProtocolSessionOptions options, Asks asks, std::function<void()> on_news);
  ~ProtocolSession();

  // Goes on as far as that is possible now: the next event, nullopt if there is none. Errors may be asked again: the
  // next try is after a pause.
  Result<std::optional<Event>> step();
  // When there may be something to do though nothing came (monotonic).
  std::int64_t next_step_ns() const;
  // The owner lives, though it has no time for the group.
  void polled();
  // Wants another rebalance.
  void rejoin();
  // Once: waits a little for the answer.
  void leave();

  const GroupMetadata& who() const { return state_.who(); }
  const Result<>& started() const { return started_; }  // io_error: there is no thread for its heartbeats

 private:
  void take(MemberState::Outcome outcome);
  void take_joined(Result<wire::JoinGroupResponse> response);
  void take_synced(Result<wire::SyncGroupResponse> response);
  Result<> lead(const wire::JoinGroupResponse& joined, wire::SyncGroupRequest& request);
  void start_join();
  void start_sync(const wire::JoinGroupResponse& joined, bool leads);
  void beat_if_due();
  void start(Task<Result<>> task);
  Task<Result<>> join(wire::JoinGroupRequest request, std::uint64_t attempt);
  Task<Result<>> sync(wire::SyncGroupRequest request, std::uint64_t attempt);
  Task<Result<>> beat(GroupMetadata who);
  std::int64_t now_ns() const { return connection_.clock.monotonic_ns(); }

  const ProtocolSessionOptions options_;
  const Asks asks_;
  const std::shared_ptr<Client> client_;  // shared: its transport lives in it
  Connection connection_;
  ClusterView view_;
  Heartbeats heartbeats_;
  Result<> started_;
  const std::shared_ptr<Pulse> pulse_;  // shared: with heartbeats_
  MemberState state_;
  std::vector<Event> events_;
  std::optional<Error> error_;
  std::int64_t not_before_ns_ = 0;  // the next try to join
  std::uint64_t attempt_ = 0;       // the last one to join or to sync
  bool is_waiting_ = false;         // for its answer
  std::optional<Result<wire::JoinGroupResponse>> joined_;
  std::optional<Result<wire::SyncGroupResponse>> synced_;
  std::vector<Task<Result<>>> on_the_way_;
};

}  // namespace weir::log
