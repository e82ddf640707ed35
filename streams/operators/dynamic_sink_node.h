// DynamicSinkNode: writes each record to the topic that it chooses. A topic is opened when the first record chooses it.
#pragma once

#include <map>
#include <memory>

#include "streams/operators/sink_node.h"

namespace weir::streams {

class DynamicSinkNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    return {};
  }
  void process(const Record& record) override;

 protected:
  DynamicSinkNode() = default;

  virtual std::string topic_of(const Record& record) = 0;
  virtual std::unique_ptr<SinkNode> sink_of(const std::string& topic) = 0;

 private:
  void failed(const Error& error);

  TaskScope* scope_ = nullptr;
  std::map<std::string, std::unique_ptr<SinkNode>, std::less<>> sinks_;
};

}  // namespace weir::streams
