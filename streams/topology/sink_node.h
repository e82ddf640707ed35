// SinkNode: encodes records and writes them to a topic.
#pragma once

#include "streams/state/type_ops.h"
#include "streams/topology/node.h"

namespace weir::streams {

struct SinkTypes {
  const TypeOps* key = nullptr;  // nullptr: keys are not written
  const TypeOps* value = nullptr;
};

enum class NullKeys { write, drop };  // drop: where the key decides who gets the record

class SinkNode final : public Node {
 public:
  SinkNode(std::string topic, SinkTypes types, NullKeys null_keys)
      : topic_(std::move(topic)), types_(types), null_keys_(null_keys) {}

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 private:
  const std::string topic_;
  const SinkTypes types_;
  const NullKeys null_keys_;
  TaskScope* scope_ = nullptr;
  Output* output_ = nullptr;
  OwnedBytes key_scratch_;
  OwnedBytes value_scratch_;
};

}  // namespace weir::streams
