#include "log/broker/handlers/group_admin.h"

#include <algorithm>
#include <cctype>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// No filter lets everything through; states and types are compared without regard to case (KIP-518, KIP-848).
bool passes(const std::vector<std::string>& filter, std::string_view word) {
  return filter.empty() ||
         std::ranges::any_of(filter, [&](const std::string& wanted) { return is_same_word(wanted, word); });
}

}  // namespace

wire::DescribeGroupsResponse describe_groups(RequestContext context, wire::DescribeGroupsRequest& request) {
  context.broker.refresh_if_read_only();
  GroupService& groups = context.broker.coordinators().groups();
  wire::DescribeGroupsResponse response;
  for (const auto& group : request.groups) response.groups.push_back(groups.describe(group));
  return response;
}

wire::ConsumerGroupDescribeResponse describe_consumer_groups(RequestContext context,
                                                             wire::ConsumerGroupDescribeRequest& request) {
  context.broker.refresh_if_read_only();
  wire::ConsumerGroupDescribeResponse response;
  for (auto& group : request.group_ids) {
    auto described = context.broker.coordinators().groups().describe_consumer(group);
    if (described) {
      response.groups.push_back(*std::move(described));
      continue;
    }
    auto& answer = response.groups.emplace_back();
    answer.group_id = std::move(group);
    answer.error_code = wire_code(described.error());
    answer.error_message = wire_message(described.error());
  }
  return response;
}

wire::ListGroupsResponse list_groups(RequestContext context, wire::ListGroupsRequest& request) {
  context.broker.refresh_if_read_only();
  wire::ListGroupsResponse response;
  for (auto& group : context.broker.coordinators().groups().list()) {
    const bool is_wanted =
        passes(request.states_filter, group.group_state) && passes(request.types_filter, group.group_type);
    if (is_wanted) response.groups.push_back(std::move(group));
  }
  return response;
}

Task<wire::DeleteGroupsResponse> delete_groups(RequestContext context, wire::DeleteGroupsRequest request) {
  wire::DeleteGroupsResponse response;
  for (auto& group : request.groups_names) {
    const auto removed = co_await context.broker.coordinators().groups().remove_group(group, context.executor);
    response.results.push_back({std::move(group), wire_code(removed)});
  }
  co_return response;
}

Task<wire::OffsetDeleteResponse> delete_offsets(RequestContext context, wire::OffsetDeleteRequest request) {
  wire::OffsetDeleteResponse response;
  std::vector<TopicPartition> partitions;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) partitions.push_back({topic.name, partition.partition_index});
  }
  auto outcomes =
      co_await context.broker.coordinators().groups().remove(request.group_id, std::move(partitions), context.executor);
  if (!outcomes) {
    response.error_code = wire_code(outcomes.error());
    co_return response;
  }
  auto outcome = outcomes->begin();
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      answer.partitions.push_back({partition.partition_index, wire_code(*outcome++)});
    }
  }
  co_return response;
}

}  // namespace weir::log::broker
