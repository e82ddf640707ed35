#include "log/broker/handlers/log_dirs.h"

#include <map>

#include "log/broker/broker.h"

namespace weir::log::broker {

namespace {

using Wanted = std::map<std::string, std::vector<PartitionIndex>>;

Wanted wanted_by(Broker& broker, const wire::DescribeLogDirsRequest& request) {
  Wanted wanted;
  if (request.topics) {
    for (const auto& topic : *request.topics) {
      auto& partitions = wanted[topic.topic];
      partitions.insert(partitions.end(), topic.partitions.begin(), topic.partitions.end());
    }
    return wanted;
  }
  for (const auto& topic : broker.topics().list()) {
    for (std::int32_t i = 0; i < topic.partitions; ++i) wanted[topic.name].emplace_back(i);
  }
  return wanted;
}

}  // namespace

wire::DescribeLogDirsResponse describe_log_dirs(RequestContext context, wire::DescribeLogDirsRequest& request) {
  Broker& broker = context.broker;
  broker.refresh_if_read_only();
  wire::DescribeLogDirsResponse response;
  auto& directory = response.results.emplace_back();
  directory.log_dir = broker.path();
  for (const auto& [name, partitions] : wanted_by(broker, request)) {
    wire::DescribeLogDirsResponse::DescribeLogDirsTopic topic;
    topic.name = name;
    for (const auto index : partitions) {
      auto partition = broker.topics().find(name, index);
      if (!partition) continue;
      auto& told = topic.partitions.emplace_back();
      told.partition_index = index;
      told.partition_size = static_cast<std::int64_t>(
          (*partition)->with_log([](storage::PartitionLog& log) { return log.size_bytes(); }));
    }
    if (!topic.partitions.empty()) directory.topics.push_back(std::move(topic));
  }
  return response;
}

}  // namespace weir::log::broker
