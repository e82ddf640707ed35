#include "streams/operators/dynamic_sink_node.h"

#include "streams/operators/operator_error.h"
#include "streams/topology/topology.h"

namespace weir::streams {

void DynamicSinkNode::process(const Record& record) {
  const std::string topic = topic_of(record);
  auto& sink = sinks_[topic];
  if (sink == nullptr) {
    if (!is_legal_name(topic)) return failed({ErrorCode::invalid_config, "'" + topic + "' is no name of a topic"});
    sink = sink_of(topic);
    sink->set_name(name());
    sink->set_guard(guard());
    if (auto opened = sink->open(*scope_); !opened) {
      sink = nullptr;
      return failed(opened.error().at("topic " + topic));
    }
  }
  sink->process(record);
}

void DynamicSinkNode::failed(const Error& error) {
  if (guard() != nullptr) throw OperatorError(name(), error.to_string());
  scope_->fail(error.at(name()));
}

}  // namespace weir::streams
