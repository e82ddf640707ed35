// Transform: changes records one by one on their way, in either direction, or leaves them out. Those of Kafka Connect
// are here under their names and settings:
//
//   transforms = mask, route
//   transforms.mask.type = org.apache.kafka.connect.transforms.MaskField$Value
//   transforms.mask.fields = card
//   transforms.mask.predicate = isCard
//   predicates = isCard
//   predicates.isCard.type = org.apache.kafka.connect.transforms.predicates.TopicNameMatches
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connect/data/connect_record.h"
#include "connect/settings/settings.h"
#include "log/base/result.h"

namespace weir::connect {

enum class Kept { yes, no };  // no: the record is left out, as the transform is meant to

// One owner thread.
class Transform {
 public:
  virtual ~Transform() = default;
  // invalid_record, corrupt_data: this record cannot be transformed; it may be half changed then.
  virtual Result<Kept> apply(ConnectRecord& record) = 0;
};

// The chain that a connector's settings describe, with its predicates; empty if they name none. Whatever is wrong with
// it is added to `problems` (invalid_config), each with file, line and setting.
class Transforms {
 public:
  Transforms() = default;
  static Transforms of(const ConnectorConfig& config, std::vector<Error>& problems);

  bool empty() const { return steps_.empty(); }
  // Errors say which transform: "transform mask: ...".
  Result<Kept> apply(ConnectRecord& record) const;

  // Whether a setting's name is one of transforms or predicates: those have tables of their own.
  static bool owns(std::string_view setting);

 private:
  struct Step {
    std::string name;
    std::unique_ptr<Transform> transform;
    std::function<Result<bool>(const ConnectRecord&)> when;  // empty: always
  };
  std::vector<Step> steps_;
};

}  // namespace weir::connect
