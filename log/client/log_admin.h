// LogAdmin: the Admin over any transport. One owner thread.
#pragma once

#include <memory>

#include "log/client/admin.h"
#include "log/client/connection.h"
#include "log/wire/messages/metadata.h"

namespace weir::log {

class LogAdmin final : public Admin {
 public:
  LogAdmin(std::shared_ptr<Transport> transport, Clock& clock);

  Result<> create_topic(const NewTopic& topic) override;
  Result<> delete_topic(const std::string& name) override;
  Result<std::vector<TopicDescription>> list_topics() override;
  Result<TopicDescription> describe_topic(const std::string& name) override;
  Result<std::map<TopicPartition, Offset>> delete_records(const std::map<TopicPartition, Offset>& before) override;

 private:
  Task<Result<>> create(NewTopic topic);
  Task<Result<>> remove(std::string name);
  // All topics for nullopt.
  Task<Result<std::vector<TopicDescription>>> describe(std::optional<std::string> name);
  Task<Result<>> add_configs(std::vector<TopicDescription>& topics);

  Connection connection_;
};

}  // namespace weir::log
