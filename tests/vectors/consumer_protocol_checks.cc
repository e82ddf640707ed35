#include <algorithm>

#include "log/client/assignors/sticky_user_data.h"
#include "log/wire/consumer_protocol.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

using namespace weir::log;
using namespace weir::log::wire;

std::optional<OwnedBytes> nullable_bytes(const Object& json, const char* name) {
  return json.contains(name) ? nullable_bytes_of(json.at(name)) : std::nullopt;
}

ConsumerSubscription subscription_of(const Object& json) {
  ConsumerSubscription subscription;
  for (const auto& topic : json.at("topics").as_array()) subscription.topics.emplace_back(topic.as_string());
  subscription.user_data = nullable_bytes(json, "user_data_hex");
  subscription.owned_partitions = partitions_of(json.at("owned_partitions"));
  subscription.generation = static_cast<std::int32_t>(number_of(json, "generation"));
  if (!is_null(json, "rack")) subscription.rack = text_of(json, "rack");
  return subscription;
}

ConsumerAssignment assignment_of(const Object& json) {
  return {partitions_of(json.at("partitions")), nullable_bytes(json, "user_data_hex")};
}

Failure bytes_differ(const char* what, const OwnedBytes& ours, const OwnedBytes& theirs) {
  if (ours == theirs) return std::nullopt;
  return std::string(what) + " gave " + to_hex(ours) + ", not " + to_hex(theirs);
}

template <class Value>
Failure check_value(const Object& line, Result<Value> (*parse)(Bytes), Value (*of)(const Object&),
                    Result<OwnedBytes> (*bytes)(const Value&, std::int16_t)) {
  const OwnedBytes theirs = bytes_of(line, "hex");
  auto read = parse(theirs);
  if (!read) return "reading: " + read.error().to_string();
  if (*read != of(line.at("decoded").as_object())) return "what is read is not what was written";
  if (!bytes) return std::nullopt;
  auto ours = bytes(of(line), static_cast<std::int16_t>(number_of(line, "version")));
  if (!ours) return "writing: " + ours.error().to_string();
  return bytes_differ("writing", *ours, theirs);
}

// The order of topics means nothing where there are several.
Failure check_sticky_user_data(const Object& line) {
  OwnedPartitions owned{partitions_of(line.at("partitions")), static_cast<std::int32_t>(number_of(line, "generation"))};
  auto read = parse_sticky_user_data(bytes_of(line, "hex"));
  if (!read) return "reading: " + read.error().to_string();
  std::ranges::sort(read->partitions);
  std::ranges::sort(owned.partitions);
  if (read->partitions != owned.partitions || read->generation != owned.generation) return "what is read is another";
  if (number_of(line, "topics") <= 1) return bytes_differ("writing", sticky_user_data(owned), bytes_of(line, "hex"));
  auto again = parse_sticky_user_data(sticky_user_data(owned));
  if (!again || again->partitions != owned.partitions) return "what was written is read otherwise";
  return std::nullopt;
}

Failure check_cooperative_user_data(const Object& line) {
  const auto generation = static_cast<std::int32_t>(number_of(line, "generation"));
  auto read = parse_cooperative_sticky_user_data(bytes_of(line, "hex"));
  if (!read || *read != generation) return "the generation that is read is another";
  return bytes_differ("writing", cooperative_sticky_user_data(generation), bytes_of(line, "hex"));
}

}  // namespace

Failure check_consumer_protocol(const Object& line) {
  const std::string kind = text_of(line, "kind");
  if (kind == "sticky_user_data") return check_sticky_user_data(line);
  if (kind == "cooperative_sticky_user_data") return check_cooperative_user_data(line);
  if (kind == "subscription_newer") {
    return check_value<ConsumerSubscription>(line, parse_subscription, subscription_of, nullptr);
  }
  if (kind == "subscription") {
    if (auto wrong = check_value<ConsumerSubscription>(line, parse_subscription, subscription_of, subscription_bytes)) {
      return wrong;
    }
    return check_versioned_message(line, "ConsumerProtocolSubscription");
  }
  if (auto wrong = check_value<ConsumerAssignment>(line, parse_assignment, assignment_of, assignment_bytes)) {
    return wrong;
  }
  return check_versioned_message(line, "ConsumerProtocolAssignment");
}

}  // namespace weir::vectors
