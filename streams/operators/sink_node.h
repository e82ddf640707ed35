// SinkNode: encodes records and writes them to a topic.
#pragma once

#include "streams/operators/node.h"
#include "streams/operators/partitions.h"
#include "streams/state/type_ops.h"

namespace weir::streams {

struct SinkTypes {
  const TypeOps* key = nullptr;  // nullptr: keys are not written
  const TypeOps* value = nullptr;
  bool takes_null_keys = false;  // of a topic of the application's own: else the key decides who gets a record
};

class SinkNode : public Node {
 public:
  SinkNode(std::string topic, TopicOwner owner, SinkTypes types)
      : topic_(std::move(topic)),
        owner_(owner),
        types_(types),
        window_bytes_(types.key == nullptr ? 0 : types.key->window_bytes) {}

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 protected:
  // False: the record is left out. Valid until the next call.
  bool encode(const Record& record, NullableBytes& key, NullableBytes& value);
  // Of a key in a window its key decides, so that its windows lie where it does.
  void send_by_key(const Record& record, NullableBytes key, NullableBytes value);
  void failed(const Error& error);
  Output& output() { return *output_; }
  Counters& counters() { return scope_->counters(); }
  void count_sent() { sent_->add(); }

 private:
  const std::string topic_;
  const TopicOwner owner_;
  const SinkTypes types_;
  const std::size_t window_bytes_;
  RecordScope* scope_ = nullptr;
  Output* output_ = nullptr;
  Counter* sent_ = nullptr;
  OwnedBytes key_scratch_;
  OwnedBytes value_scratch_;
};

// The same to the partitions that the user chooses for each record.
class PartitionedSinkNode : public SinkNode {
 public:
  void process(const Record& record) final;

 protected:
  using SinkNode::SinkNode;

  virtual Partitions partitions_of(const Record& record, std::int32_t partitions) = 0;

 private:
  void send_to_all(std::span<const std::int32_t> partitions, const Record& record, NullableBytes key,
                   NullableBytes value);

  std::vector<std::int32_t> every_;  // partition of the topic, as soon as some record goes to all
};

}  // namespace weir::streams
