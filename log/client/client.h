// Client: what every user of a log holds: a way to its brokers. Made by log::open (embedded), later log::connect
// (remote) or a simulator; producers, consumers and admins are made from it and are the same over each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/client/admin.h"
#include "log/client/consumer.h"
#include "log/client/producer.h"

namespace weir {
class Runner;  // log/base/runner.h
}

namespace weir::log {

class Transport;      // log/wire/transport.h
class Heartbeats;     // log/client/membership/heartbeats.h
class GroupSession;   // log/client/membership/group_session.h
class SecurityAdmin;  // log/client/security_admin.h

class Client {
 public:
  // `runner` does its work in the background; null: one of its own does.
  Client(std::shared_ptr<Transport> transport, Clock& clock, std::string directory = {},
         std::shared_ptr<Runner> runner = nullptr);

  Result<std::unique_ptr<Producer>> producer(ProducerOptions options = {}) const;
  Result<std::unique_ptr<Consumer>> consumer(ConsumerOptions options = {}) const;
  std::unique_ptr<Admin> admin() const;
  std::unique_ptr<SecurityAdmin> security_admin() const;  // users, rules, quotas
  // A part in a group that is apart from who reads and commits. What it takes of the options is what is for
  // `subscribe`. io_error: there is no thread for its heartbeats.
  Result<std::unique_ptr<GroupSession>> group_session(ConsumerOptions options, std::vector<std::string> topics,
                                                      std::function<void()> before_join) const;

  Clock& clock() const { return *clock_; }
  // Where an embedded log lies; empty if the log is elsewhere.
  const std::string& directory() const { return directory_; }
  Transport& transport() const { return *transport_; }

 private:
  std::shared_ptr<Transport> transport_;    // shared: producers and consumers may outlive the Client
  std::shared_ptr<Heartbeats> heartbeats_;  // shared: by the Client's consumers
  std::shared_ptr<Runner> lingers_;         // shared: by the Client's producers; their steps may wait for brokers
  Clock* clock_;
  std::string directory_;
};

}  // namespace weir::log
