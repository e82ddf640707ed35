// Short ways to the values of a vector's line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "log/base/bytes.h"
#include "log/model/ids.h"

namespace weir::vectors {

using Object = boost::json::object;

inline std::string text_of(const Object& object, const char* name) {
  return std::string(object.at(name).as_string());
}
inline std::int64_t number_of(const boost::json::value& value) {
  return value.is_uint64() ? static_cast<std::int64_t>(value.as_uint64()) : value.as_int64();
}
inline std::int64_t number_of(const Object& object, const char* name) {
  return number_of(object.at(name));
}
inline bool is_null(const Object& object, const char* name) {
  return !object.contains(name) || object.at(name).is_null();
}
inline OwnedBytes bytes_of(const boost::json::value& hex) {
  return from_hex(std::string(hex.as_string())).value();
}
inline OwnedBytes bytes_of(const Object& object, const char* name) {
  return bytes_of(object.at(name));
}
inline std::optional<OwnedBytes> nullable_bytes_of(const boost::json::value& hex) {
  if (hex.is_null()) return std::nullopt;
  return bytes_of(hex);
}
// [[topic, partition], ...]
inline std::vector<log::TopicPartition> partitions_of(const boost::json::value& pairs) {
  std::vector<log::TopicPartition> all;
  for (const auto& pair : pairs.as_array()) {
    log::PartitionIndex partition(static_cast<std::int32_t>(number_of(pair.at(1))));
    all.push_back({std::string(pair.at(0).as_string()), partition});
  }
  return all;
}

}  // namespace weir::vectors
