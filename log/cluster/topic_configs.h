// The configs that a topic may have: their names and which values are legal. Names and meanings are Apache Kafka's.
#pragma once

#include <string>

#include "log/base/result.h"

namespace weir::log::cluster {

// invalid_config, with what is wrong and what would be right.
Result<> check_topic_config(const std::string& name, const std::string& value);

}  // namespace weir::log::cluster
