// TopicsView: which topics there are, for those who decide and do not keep them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "log/model/ids.h"

namespace weir::log::broker {

class TopicsView {
 public:
  struct Topic {
    TopicId id;
    std::string name;
    std::int32_t partitions = 0;
    bool operator==(const Topic&) const = default;
  };

  virtual ~TopicsView() = default;

  virtual std::optional<Topic> find(const std::string& name) const = 0;
  virtual std::optional<Topic> find(const TopicId& id) const = 0;
  // All but internal ones.
  virtual void for_each(const std::function<void(const Topic&)>& visit) const = 0;
  // Another one wherever a topic has come, has gone or has more partitions.
  virtual std::uint64_t version() const = 0;
};

}  // namespace weir::log::broker
