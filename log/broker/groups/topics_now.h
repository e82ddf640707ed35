// TopicsNow: the topics of this node as the groups of the new protocol are shown them: those of one moment.
#pragma once

#include <memory>

#include "log/broker/groups/consumer/topics_view.h"
#include "log/cluster/metadata.h"

namespace weir::log::broker {

class TopicsNow final : public TopicsView {
 public:
  TopicsNow(std::shared_ptr<const cluster::Metadata> metadata, std::uint64_t version)
      : metadata_(std::move(metadata)), version_(version) {}

  std::optional<Topic> find(const std::string& name) const override;
  std::optional<Topic> find(const TopicId& id) const override;
  void for_each(const std::function<void(const Topic&)>& visit) const override;
  std::uint64_t version() const override { return version_; }

 private:
  std::shared_ptr<const cluster::Metadata> metadata_;  // shared: a state that never changes
  std::uint64_t version_;
};

}  // namespace weir::log::broker
