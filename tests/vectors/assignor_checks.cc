#include <algorithm>
#include <set>

#include "log/client/assignors/assignor.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

using namespace weir::log;

using Assignment = std::map<std::string, std::set<TopicPartition>>;  // by member

struct Case {
  std::vector<SubscribedMember> members;
  std::map<std::string, std::set<TopicPartition>> owned;
  TopicLayouts topics;
};

std::optional<std::string> nullable_text(const boost::json::value& value) {
  if (value.is_null()) return std::nullopt;
  return std::string(value.as_string());
}

std::vector<std::string> texts_of(const boost::json::value& value) {
  std::vector<std::string> all;
  for (const auto& each : value.as_array()) all.emplace_back(each.as_string());
  return all;
}

SubscribedMember member_of(const Object& json, const Assignor& assignor) {
  SubscribedMember member{text_of(json, "id"), nullable_text(json.at("instance_id")), {}};
  member.subscription.topics = texts_of(json.at("topics"));
  member.subscription.rack = nullable_text(json.at("rack"));
  OwnedPartitions owned{partitions_of(json.at("owned")), static_cast<std::int32_t>(number_of(json, "generation"))};
  member.subscription.user_data = assignor.subscription_user_data(owned);
  if (assignor.protocols().back() == RebalanceProtocol::cooperative) {
    member.subscription.owned_partitions = owned.partitions;
    member.subscription.generation = owned.generation;
  }
  return member;
}

Case case_of(const Object& line, const Assignor& assignor) {
  Case it;
  for (const auto& [name, partitions] : line.at("topics").as_object()) {
    it.topics[name].partitions = static_cast<std::int32_t>(number_of(partitions));
  }
  if (line.contains("partition_racks")) {
    for (const auto& [name, racks] : line.at("partition_racks").as_object()) {
      for (const auto& each : racks.as_array()) it.topics[name].replica_racks.push_back(texts_of(each));
    }
  }
  for (const auto& json : line.at("members").as_array()) {
    it.members.push_back(member_of(json.as_object(), assignor));
    auto owned = partitions_of(json.at("owned"));
    it.owned[it.members.back().id] = {owned.begin(), owned.end()};
  }
  return it;
}

std::string shown(const Assignment& assignment) {
  std::string text;
  for (const auto& [member, partitions] : assignment) {
    text += member + ":";
    for (const auto& each : partitions) text += " " + each.to_string();
    text += "; ";
  }
  return text;
}

// Every partition with a subscriber goes to one member that subscribes its topic; or to nobody, if somebody owns it
// that must give it up first.
Failure not_valid(const Case& it, const Assignment& ours, bool may_withhold) {
  std::map<std::string, std::set<std::string>> subscribed;
  std::set<TopicPartition> wanted;
  std::set<TopicPartition> owned;
  for (const auto& member : it.members) {
    for (const auto& topic : member.subscription.topics) {
      subscribed[member.id].insert(topic);
      auto layout = it.topics.find(topic);
      const std::int32_t count = layout == it.topics.end() ? 0 : layout->second.partitions;
      for (std::int32_t i = 0; i < count; ++i) wanted.insert({topic, PartitionIndex(i)});
    }
    const auto& held = it.owned.at(member.id);
    owned.insert(held.begin(), held.end());
  }
  std::set<TopicPartition> given;
  for (const auto& [member, partitions] : ours) {
    for (const auto& each : partitions) {
      if (!wanted.contains(each)) return each.to_string() + " is none of the subscribed partitions";
      if (!subscribed[member].contains(each.topic)) return member + " does not subscribe " + each.to_string();
      if (!given.insert(each).second) return each.to_string() + " goes to two members";
    }
  }
  for (const auto& each : wanted) {
    if (!given.contains(each) && !(may_withhold && owned.contains(each))) return each.to_string() + " goes to nobody";
  }
  return std::nullopt;
}

// As balanced as one of Kafka's own results, with no fewer partitions that stay.
Failure worse_than_seen(const Case& it, const Assignment& ours, const Object& seen) {
  std::vector<std::int64_t> sizes;
  std::int64_t kept = 0;
  for (const auto& [member, partitions] : ours) {
    sizes.push_back(static_cast<std::int64_t>(partitions.size()));
    kept += std::ranges::count_if(partitions, [&](const auto& each) { return it.owned.at(member).contains(each); });
  }
  std::ranges::sort(sizes);
  boost::json::array shown_sizes(sizes.begin(), sizes.end());
  if (std::ranges::none_of(seen.at("sizes").as_array(), [&](const auto& each) { return each == shown_sizes; })) {
    return "sizes " + boost::json::serialize(shown_sizes) + " are not among those that Kafka gave";
  }
  if (kept >= number_of(seen, "kept_min")) return std::nullopt;
  return "only " + std::to_string(kept) + " partitions stay, not " + std::to_string(number_of(seen, "kept_min"));
}

}  // namespace

Failure check_assignor(const Object& line) {
  auto assignor = find_assignor(text_of(line, "assignor"));
  if (!assignor) return assignor.error().to_string();
  const Case it = case_of(line, **assignor);
  auto assigned = (*assignor)->assign(it.members, it.topics);
  if (!assigned) return assigned.error().to_string();
  Assignment ours;
  for (std::size_t i = 0; i < it.members.size(); ++i) {
    const auto& partitions = assigned->at(i).partitions;
    ours[it.members[i].id] = {partitions.begin(), partitions.end()};
    if (ours[it.members[i].id].size() != partitions.size()) return it.members[i].id + " gets a partition twice";
  }
  const bool may_withhold = (*assignor)->protocols().back() == RebalanceProtocol::cooperative;
  if (auto wrong = not_valid(it, ours, may_withhold)) return *wrong + " in " + shown(ours);
  if (!line.at("exact").as_bool()) {
    return line.contains("seen") ? worse_than_seen(it, ours, line.at("seen").as_object()) : std::nullopt;
  }
  Assignment theirs;
  for (const auto& [member, json] : line.at("assignment").as_object()) {
    auto partitions = partitions_of(json);
    theirs[member] = {partitions.begin(), partitions.end()};
  }
  if (ours == theirs) return std::nullopt;
  return "assigned " + shown(ours) + "not " + shown(theirs);
}

}  // namespace weir::vectors
