// TopicOwner: who makes a topic that a topology reads or writes.
#pragma once

namespace weir::streams {

enum class TopicOwner {
  user,         // must exist
  application,  // "<application id>-<name>-repartition", made by the application
  retry,        // "<application id>-<name>-retry", made by the application: records wait there until they are due
};

}  // namespace weir::streams
