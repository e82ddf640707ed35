#include "log/broker/groups/topics_now.h"

namespace weir::log::broker {

namespace {

std::optional<TopicsView::Topic> shown(const cluster::Topic* topic) {
  if (topic == nullptr) return std::nullopt;
  return TopicsView::Topic{topic->id, topic->name, topic->partitions};
}

}  // namespace

std::optional<TopicsView::Topic> TopicsNow::find(const std::string& name) const {
  return shown(metadata_->find(name));
}

std::optional<TopicsView::Topic> TopicsNow::find(const TopicId& id) const {
  return shown(metadata_->find(id));
}

void TopicsNow::for_each(const std::function<void(const Topic&)>& visit) const {
  for (const auto& [name, topic] : metadata_->topics()) {
    if (!topic->is_internal) visit(*shown(topic.get()));
  }
}

}  // namespace weir::log::broker
