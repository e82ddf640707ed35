// SinkNode: encodes records and writes them to a topic.
#pragma once

#include "streams/state/type_ops.h"
#include "streams/topology/node.h"

namespace weir::streams {

struct SinkTypes {
  const TypeOps* key = nullptr;  // nullptr: keys are not written
  const TypeOps* value = nullptr;
  bool takes_null_keys = false;  // of a topic of the application's own: else the key decides who gets a record
};

class SinkNode final : public Node {
 public:
  SinkNode(std::string topic, TopicOwner owner, SinkTypes types)
      : topic_(std::move(topic)), owner_(owner), types_(types) {}

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 private:
  const std::string topic_;
  const TopicOwner owner_;
  const SinkTypes types_;
  TaskScope* scope_ = nullptr;
  Output* output_ = nullptr;
  OwnedBytes key_scratch_;
  OwnedBytes value_scratch_;
};

}  // namespace weir::streams
