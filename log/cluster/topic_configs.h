// The configs that a topic may have: their names and which values are legal. Names and meanings are Apache Kafka's,
// but for `durability` (docs/decisions/what-is-durable-when.md).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"

namespace weir::log::cluster {

// invalid_config, with what is wrong and what would be right.
Result<> check_topic_config(const std::string& name, const std::string& value);

// Those that there are, by name.
struct TopicConfig {
  enum class Kind { integer, ratio, one_of, set_of };
  std::string_view name;
  Kind kind;
  std::string_view when_unset;  // the value that counts then
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::span<const std::string_view> words = {};
};
std::span<const TopicConfig> topic_configs();

// One change of the configs that are set (KIP-339).
struct ConfigChange {
  enum class Kind : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };  // on the wire: do not renumber
  std::string name;
  Kind kind = Kind::set;
  std::optional<std::string> value{};
};
// The last two are for sets of words, whose present value is that which counts. invalid_config, invalid_request:
// without value, or two changes of one config.
Result<std::map<std::string, std::string>> changed_configs(std::map<std::string, std::string> set,
                                                           const std::vector<ConfigChange>& changes);

}  // namespace weir::log::cluster
