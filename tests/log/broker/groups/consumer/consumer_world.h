// GroupCoordinator as tests of the new protocol drive it: a clock that stands still, topics that come and go, and a log
// of encoded batches that is written at once, later or never.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "log/broker/groups/coordinator.h"
#include "log/broker/groups/records.h"

namespace weir::log::broker {

class FakeTopics final : public TopicsView {
 public:
  static TopicId id_of(const std::string& name, std::uint8_t incarnation = 0) {
    TopicId id;
    for (std::size_t i = 0; i < name.size() && i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(name[i]);
    id.bytes[15] = incarnation;
    return id;
  }
  void set(const std::string& name, std::int32_t partitions) {
    auto [topic, is_new] = topics_.try_emplace(name);
    if (is_new) topic->second.id = id_of(name, ++incarnations_[name]);
    topic->second.name = name;
    topic->second.partitions = partitions;
    ++version_;
  }
  void remove(const std::string& name) {
    topics_.erase(name);
    ++version_;
  }

  std::optional<Topic> find(const std::string& name) const override {
    const auto found = topics_.find(name);
    return found == topics_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Topic> find(const TopicId& id) const override {
    for (const auto& [name, topic] : topics_) {
      if (topic.id == id) return topic;
    }
    return std::nullopt;
  }
  void for_each(const std::function<void(const Topic&)>& visit) const override {
    for (const auto& [name, topic] : topics_) visit(topic);
  }
  std::uint64_t version() const override { return version_; }

 private:
  std::map<std::string, Topic> topics_;
  std::map<std::string, std::uint8_t> incarnations_;
  std::uint64_t version_ = 1;
};

class ConsumerWorld {
 public:
  using Request = ConsumerGroup::Request;
  using Answer = Result<ConsumerGroup::Response>;

  static Request joining(std::string member_id, std::vector<std::string> topics) {
    Request request;
    request.group_id = "g";
    request.member_id = std::move(member_id);
    request.rebalance_timeout_ms = 20'000;
    request.subscribed_topic_names = std::move(topics);
    request.topic_partitions.emplace();
    return request;
  }
  static Request beating(std::string member_id, std::int32_t epoch) {
    Request request;
    request.group_id = "g";
    request.member_id = std::move(member_id);
    request.member_epoch = epoch;
    return request;
  }

  // Decided, and written.
  Answer beat(const Request& request) {
    auto answer = decide(request);
    write(groups.take_changes());
    return answer;
  }
  Answer decide(const Request& request, std::int16_t version = 1) {
    WEIR_TRY(ConsumerGroup::check(request, version));
    return groups.consumer_heartbeat(request, {"fresh-" + std::to_string(++last_id_), "client", "host"}, topics,
                                     time());
  }
  void write(const std::vector<GroupCoordinator::ConsumerChange>& changes) {
    if (changes.empty()) return;
    auto batch = encode_changes(changes, 0).value();
    batch.header.base_offset = Offset(static_cast<std::int64_t>(log.size()) * 1'000);
    log.push_back(std::move(batch));
    for (const auto& change : changes) groups.settled(change, GroupCoordinator::IsWritten::yes);
  }
  void advance(std::int64_t by_ms) {
    now_ms += by_ms;
    GroupActions out;
    groups.run_due(time(), out);
  }
  // The coordinator goes, and another one reads the log.
  void reload() {
    groups = GroupCoordinator(limits);
    for (const auto& batch : log) ASSERT_TRUE(apply_groups(groups, batch, time()));
  }

  const ConsumerGroup* group() const { return groups.find_consumer("g"); }
  GroupCoordinator::Now time() const { return {now_ms, now_ms + 1'700'000'000'000}; }
  static ErrorCode code_of(const Answer& answer) { return answer ? ErrorCode::none : answer.error().code; }
  static std::size_t count_in(const ConsumerGroup::Response& response) {
    return response.assignment ? count_of(partitions_in(response.assignment->topic_partitions)) : 0;
  }

  GroupLimits limits;
  FakeTopics topics;
  GroupCoordinator groups{limits};
  std::int64_t now_ms = 1'000;
  std::vector<RecordBatch> log;

 private:
  int last_id_ = 0;
};

}  // namespace weir::log::broker
