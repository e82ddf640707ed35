// Targets: the topics that a source writes to: made when the first record for one comes, how large a record each of
// them takes, and the shortest way into it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "log/base/result.h"
#include "log/client/client.h"

namespace weir::connect {

struct Target {
  std::size_t most_bytes = 0;           // of a batch (max.message.bytes)
  log::Producer::Lane* only = nullptr;  // of a topic with one partition; else the producer chooses
};

class Targets {
 public:
  Targets(log::Client client, std::int32_t partitions) : client_(std::move(client)), partitions_(partitions) {}

  // What was learnt is asked for again: with another producer, or after a failure.
  void begin(log::Producer* producer) {
    producer_ = producer;
    targets_.clear();
    last_ = nullptr;
  }
  // Partitions may have been added since: of those with one only, look again.
  void look_again();

  // Precondition: begin. The topic is there.
  Result<const Target*> of(const std::string& topic) {
    if (last_ != nullptr && last_->first == topic) return &last_->second;
    return look_up(topic);
  }
  Result<> make(const std::string& topic);

 private:
  Result<const Target*> look_up(const std::string& topic);

  log::Client client_;
  std::int32_t partitions_;  // of topics that are made
  log::Producer* producer_ = nullptr;
  std::map<std::string, Target> targets_;
  const std::pair<const std::string, Target>* last_ = nullptr;  // of those, that was asked for
};

}  // namespace weir::connect
