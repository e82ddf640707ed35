#include "streams/topology/sink_node.h"

namespace weir::streams {

Result<> SinkNode::open(TaskScope& scope) {
  scope_ = &scope;
  TRY_VAR(output, scope.output(topic_, owner_));
  output_ = output;
  return {};
}

void SinkNode::process(const Record& record) {
  NullableBytes key;
  if (record.encoded_key != nullptr) {
    key = record.encoded_key->bytes;
  } else if (record.key != nullptr && types_.key != nullptr) {
    key = types_.key->encode(record.key, key_scratch_);
  } else if (owner_ == TopicOwner::application && !types_.takes_null_keys) {
    scope_->counters().dropped_null_key.add();
    return;
  }
  NullableBytes value;
  if (record.value != nullptr) value = types_.value->encode(record.value, value_scratch_);
  if (auto sent = output_->send(record.timestamp_ms, key, value, record.headers); !sent) {
    scope_->fail(sent.error().at("topic " + topic_));
    return;
  }
  scope_->counters().sent.add();
}

}  // namespace weir::streams
