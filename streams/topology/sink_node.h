// SinkNode: encodes records and writes them to a topic.
#pragma once

#include <memory>
#include <string>

#include "streams/state/type_ops.h"
#include "streams/topology/node.h"

namespace weir::streams {

struct SinkTypes {
  const TypeOps* key = nullptr;  // nullptr: keys are not written
  const TypeOps* value = nullptr;
  bool takes_null_keys = false;  // of a topic of the application's own: else the key decides who gets a record
};

class SinkNode : public Node {
 public:
  SinkNode(std::string topic, TopicOwner owner, SinkTypes types)
      : topic_(std::move(topic)), owner_(owner), types_(types) {}

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 protected:
  // False: the record is left out. Valid until the next call.
  bool encode(const Record& record, NullableBytes& key, NullableBytes& value);
  void failed(const Error& error);
  Output& output() { return *output_; }
  const SinkTypes& types() const { return types_; }
  void count_sent() { scope_->counters().sent.add(); }

 private:
  const std::string topic_;
  const TopicOwner owner_;
  const SinkTypes types_;
  TaskScope* scope_ = nullptr;
  Output* output_ = nullptr;
  OwnedBytes key_scratch_;
  OwnedBytes value_scratch_;
};

// Of keys in windows: the key alone decides about the partition, so that its windows lie where it does.
class WindowedKeySinkNode final : public SinkNode {
 public:
  using SinkNode::SinkNode;
  void process(const Record& record) override;
};

// The sink that writes keys of that type.
std::unique_ptr<SinkNode> make_sink(const std::string& topic, TopicOwner owner, SinkTypes types);

// The same to a partition that the user chooses for each record.
class PartitionedSinkNode : public SinkNode {
 public:
  void process(const Record& record) final;

 protected:
  using SinkNode::SinkNode;

  virtual std::int32_t partition_of(const Record& record, std::int32_t partitions) = 0;
};

}  // namespace weir::streams
