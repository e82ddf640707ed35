#include "log/client/admin.h"

namespace weir::log {

Result<TopicDescription> ensure_topic(Admin& admin, const NewTopic& topic) {
  auto there = admin.describe_topic(topic.name);
  if (!there && there.error().code == ErrorCode::unknown_topic_or_partition) {
    auto created = admin.create_topic(topic);
    if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
    there = admin.describe_topic(topic.name);
  }
  if (there && there->partitions != topic.partitions) {
    return fail(ErrorCode::invalid_config, "topic " + topic.name + " has " + std::to_string(there->partitions) +
                                               " partitions, " + std::to_string(topic.partitions) + " are needed");
  }
  return there;
}

}  // namespace weir::log
