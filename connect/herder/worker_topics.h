// WorkerTopics: what the workers of a group keep in the log: the config topic, of one partition, which only the leader
// writes, in transactions of one transactional id, so that an earlier leader can write no more; and the status topic.
// Both are compacted, and made if they are not there.
//
// One owner thread but for `wakeup`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connect/herder/config_state.h"
#include "log/client/client.h"

namespace weir::connect {

class WorkerTopics {
 public:
  struct Names {
    std::string group{};  // of the workers: the leader's transactional id is made of it
    std::string config{};
    std::string status{};
  };
  // What was read, in order; a value that is null is a deletion.
  struct Read {
    std::function<void(std::string_view key, NullableBytes value, std::int64_t offset)> config;
    std::function<void(std::string_view key, NullableBytes value)> status;
  };

  WorkerTopics(log::Client client, Names names, Read read);
  ~WorkerTopics();

  // Before anything else, and before other threads know of it.
  Result<> begin();
  // Makes the topics and reads them to their ends; again after an error. invalid_config: the config topic has several
  // partitions.
  Result<> open();
  // What comes within `timeout`.
  Result<> poll(Millis timeout);
  // Until all that is in both now is read; timed_out.
  Result<> read_to_end(Millis at_most);

  // From now on this is who writes the config topic; it may be claimed again.
  Result<> claim();
  void give_up_claim() { leader_.reset(); }
  bool is_claimed() const { return leader_ != nullptr; }
  // All of them or none, and reads them back. producer_fenced: another one claimed it; wrong_state: it is not claimed.
  Result<> write_config(const std::vector<ConfigRecord>& records);
  // The same, by anybody.
  Result<> write_status(const std::vector<ConfigRecord>& records);

  // Makes a running or the next `poll` return early. From any thread, and under locks.
  void wakeup();

 private:
  Result<> send(log::Producer& producer, const std::string& topic, const std::vector<ConfigRecord>& records);

  log::Client client_;
  const Names names_;
  const Read read_;
  std::unique_ptr<log::Consumer> consumer_;
  std::unique_ptr<log::Producer> leader_;
  std::unique_ptr<log::Producer> writer_;
  log::BatchReader reader_;
};

}  // namespace weir::connect
