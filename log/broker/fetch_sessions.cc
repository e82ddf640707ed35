#include "log/broker/fetch_sessions.h"

#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace weir::log::broker {

namespace {

constexpr std::int16_t kSessions = 7;   // the first version that knows them
constexpr std::int16_t kTopicIds = 13;  // and that which names topics by id
constexpr std::int32_t kFirst = 0;      // epochs that a request may name besides those that follow
constexpr std::int32_t kLast = -1;

std::int32_t after(std::int32_t epoch) {
  return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

std::size_t count_of(const std::vector<wire::FetchRequest::FetchTopic>& topics) {
  std::size_t count = 0;
  for (const auto& topic : topics) count += topic.partitions.size();
  return count;
}

bool has_records(const wire::FetchResponse::PartitionData& answer) {
  return answer.records && !answer.records->parts.empty();
}

}  // namespace

Result<FetchSessions::Turn> FetchSessions::begin(wire::FetchRequest& request, std::int16_t version,
                                                 std::int64_t now_ms) {
  if (version < kSessions) return Turn{};
  MutexLock lock(mutex_);
  if (request.session_epoch != kFirst && request.session_epoch != kLast) return go_on(request, version, now_ms);
  if (request.session_id != 0) remove(request.session_id);
  return request.session_epoch == kLast ? Turn{} : make(request, version, now_ms);
}

Result<FetchSessions::Turn> FetchSessions::go_on(wire::FetchRequest& request, std::int16_t version,
                                                 std::int64_t now_ms) {
  const auto found = sessions_.find(request.session_id);
  const std::string name = "fetch session " + std::to_string(request.session_id);
  if (found == sessions_.end()) return fail(ErrorCode::fetch_session_id_not_found, name);
  Session& session = found->second;
  if (request.session_epoch != session.epoch) {
    return fail(ErrorCode::invalid_fetch_session_epoch, name + " is in epoch " + std::to_string(session.epoch) +
                                                            ", not " + std::to_string(request.session_epoch));
  }
  if (session.names_ids != (version >= kTopicIds)) {
    return fail(ErrorCode::fetch_session_topic_id_error, name + " names topics the other way");
  }
  session.epoch = after(session.epoch);
  session.used_ms = now_ms;
  partitions_ -= session.partitions.size();
  session.take(request);
  partitions_ += session.partitions.size();
  request.topics.clear();
  for (const Cached& cached : session.partitions) {
    const auto& [id, topic, partition] = cached.key;
    const bool is_other =
        request.topics.empty() || request.topics.back().topic != topic || request.topics.back().topic_id != id;
    if (is_other) request.topics.push_back({topic, id, {}});
    request.topics.back().partitions.push_back(cached.wanted);
  }
  return Turn{request.session_id, true};
}

void FetchSessions::Session::take(const wire::FetchRequest& request) {
  for (const auto& topic : request.topics) {
    for (const auto& wanted : topic.partitions) {
      const Key key{topic.topic_id, topic.topic, wanted.partition};
      const auto place = places.find(key);
      if (place != places.end()) {
        place->second->wanted = wanted;
      } else {
        partitions.push_back({key, wanted});
        places.emplace(key, std::prev(partitions.end()));
      }
    }
  }
  for (const auto& topic : request.forgotten_topics_data) {
    for (const PartitionIndex partition : topic.partitions) {
      const auto place = places.find({topic.topic_id, topic.topic, partition});
      if (place == places.end()) continue;
      partitions.erase(place->second);
      places.erase(place);
    }
  }
}

FetchSessions::Turn FetchSessions::make(const wire::FetchRequest& request, std::int16_t version, std::int64_t now_ms) {
  const std::size_t count = count_of(request.topics);
  if (count == 0 || !has_room_for(count, now_ms)) return {};
  std::int32_t id = 0;
  while (id == 0 || sessions_.contains(id)) id = static_cast<std::int32_t>(random_() & 0x7fffffff);
  Session& session = sessions_[id];
  session.names_ids = version >= kTopicIds;
  session.used_ms = now_ms;
  session.take(request);
  partitions_ += session.partitions.size();
  return {id, false};
}

bool FetchSessions::has_room_for(std::size_t partitions, std::int64_t now_ms) {
  while (sessions_.size() >= limits_.sessions || partitions_ + partitions > limits_.partitions) {
    const std::pair<const std::int32_t, Session>* victim = nullptr;
    for (const auto& one : sessions_) {
      const bool is_idle = now_ms - one.second.used_ms > limits_.idle.count();
      if (is_idle) {
        victim = &one;
        break;
      }
      const bool is_smaller = one.second.partitions.size() < partitions;
      if (is_smaller && (victim == nullptr || one.second.partitions.size() < victim->second.partitions.size())) {
        victim = &one;
      }
    }
    if (victim == nullptr) return false;
    remove(victim->first);
  }
  return true;
}

void FetchSessions::remove(std::int32_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  partitions_ -= found->second.partitions.size();
  sessions_.erase(found);
}

// An error is never taken for told: what follows it is told, too.
bool FetchSessions::must_be_told(Cached& cached, const Told& answer) {
  const auto told = std::tie(cached.high_watermark, cached.last_stable_offset, cached.log_start);
  const auto now = std::tuple(answer.high_watermark, answer.last_stable_offset, answer.log_start_offset);
  const bool has_moved = told != now;
  cached.high_watermark = answer.high_watermark;
  cached.last_stable_offset = answer.last_stable_offset;
  cached.log_start = answer.log_start_offset;
  const bool is_cut = answer.diverging_epoch != decltype(answer.diverging_epoch)();
  if (answer.error_code != ErrorCode::none) cached.high_watermark = kNoOffset;
  return has_moved || has_records(answer) || answer.error_code != ErrorCode::none || is_cut;
}

void FetchSessions::end(const Turn& turn, wire::FetchResponse& response) {
  response.session_id = turn.session_id;
  if (turn.session_id == 0) return;
  MutexLock lock(mutex_);
  const auto found = sessions_.find(turn.session_id);
  if (found == sessions_.end()) return;  // its place was given away meanwhile: everything is told
  Session& session = found->second;
  for (auto& topic : response.responses) {
    std::erase_if(topic.partitions, [&](const Told& answer) {
      const auto place = session.places.find({topic.topic_id, topic.topic, answer.partition_index});
      if (place == session.places.end()) return false;
      const bool is_told = must_be_told(*place->second, answer);
      if (has_records(answer)) session.partitions.splice(session.partitions.end(), session.partitions, place->second);
      return turn.is_incremental && !is_told;
    });
  }
  std::erase_if(response.responses, [](const auto& topic) { return topic.partitions.empty(); });
}

std::size_t FetchSessions::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace weir::log::broker
