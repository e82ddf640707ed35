// TopicLimits: the topics that a source writes to: made when the first record for one comes, and how large a record
// each of them takes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "log/base/result.h"
#include "log/client/client.h"

namespace weir::connect {

class TopicLimits {
 public:
  TopicLimits(log::Client client, std::int32_t partitions) : client_(std::move(client)), partitions_(partitions) {}

  // What was learnt is asked for again: after a failure.
  void forget() {
    most_bytes_.clear();
    last_ = nullptr;
  }
  // The topic is there, and a batch of it takes this many bytes (max.message.bytes).
  Result<std::size_t> most_bytes(const std::string& topic) {
    if (last_ != nullptr && last_->first == topic) return last_->second;
    return look_up(topic);
  }

 private:
  Result<std::size_t> look_up(const std::string& topic);

  log::Client client_;
  std::int32_t partitions_;  // of topics that are made
  std::map<std::string, std::size_t> most_bytes_;
  const std::pair<const std::string, std::size_t>* last_ = nullptr;  // of those, that was asked for
};

}  // namespace weir::connect
