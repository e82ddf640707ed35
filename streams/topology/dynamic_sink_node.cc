#include "streams/topology/dynamic_sink_node.h"

#include "streams/topology/topology.h"

namespace weir::streams {

void DynamicSinkNode::process(const Record& record) {
  const std::string topic = topic_of(record);
  auto& sink = sinks_[topic];
  if (sink == nullptr) {
    if (!is_legal_name(topic))
      return scope_->fail({ErrorCode::invalid_config, name() + ": '" + topic + "' is no name of a topic"});
    sink = std::make_unique<SinkNode>(topic, TopicOwner::user, types_);
    sink->set_name(name());
    if (auto opened = sink->open(*scope_); !opened) {
      sink = nullptr;
      return scope_->fail(opened.error().at("topic " + topic));
    }
  }
  sink->process(record);
}

}  // namespace weir::streams
