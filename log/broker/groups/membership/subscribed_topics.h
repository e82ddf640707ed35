// subscribed_topics: what a consumer's metadata in JoinGroup says that it reads. The coordinator needs it to tell
// whether offsets are in use; nothing else of the metadata concerns it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "log/base/bytes.h"

namespace weir::log::broker {

// Nothing if the bytes are no subscription.
std::optional<std::set<std::string>> subscribed_topics(Bytes metadata);

}  // namespace weir::log::broker
