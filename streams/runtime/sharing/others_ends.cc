#include "streams/runtime/sharing/others_ends.h"

#include <algorithm>
#include <set>

#include "log/base/saturate.h"

namespace weir::streams {

namespace {
constexpr std::int64_t kIntervalMs = 50;
constexpr Millis kPatience{20};  // for an answer to a look behind a position
}  // namespace

Result<> OthersEnds::open() {
  if (group_ != nullptr) return {};
  log::ConsumerOptions of_group;
  of_group.group_id = plan_.application_id;
  of_group.offset_reset = log::OffsetReset::none;
  WEIR_TRY_VAR(group, client_.consumer(of_group));
  log::ConsumerOptions reading;
  reading.max_bytes = reading.max_partition_bytes = 1;  // one batch tells
  WEIR_TRY_VAR(reader, client_.consumer(reading));
  group_ = std::move(group);
  reader_ = std::move(reader);
  return {};
}

// What waits there is taken up by the next run.
bool OthersEnds::is_delayed(const std::string& topic) const {
  return std::ranges::any_of(plan_.topics_of_sources, [&](const auto& entry) {
    return plan_.topology->node(entry.first).source->owner == TopicOwner::retry && entry.second.front() == topic;
  });
}

Result<> OthersEnds::look_if_due(const Shares& shares, std::int64_t now_ms) {
  if (now_ms < next_ms_) return {};
  next_ms_ = saturated_sum(now_ms, kIntervalMs);
  std::map<log::TopicPartition, log::Offset> open = ends_.open_inputs();
  for (const TaskId& task : plan_.tasks()) {
    if (!shares.is_wanted(task)) continue;
    for (const Plan::Input& input : plan_.inputs_of(task)) open.erase(input.partition);
  }
  if (open.empty()) return {};
  WEIR_TRY(this->open());
  std::vector<log::TopicPartition> inputs, done;
  for (const auto& [input, end] : open) inputs.push_back(input);
  WEIR_TRY_VAR(committed, group_->committed(inputs));
  for (const auto& [input, end] : open) {
    std::optional<log::Offset> at;
    if (auto found = committed.find(input); found != committed.end()) at = found->second.offset;
    WEIR_TRY_VAR(is_done, is_at_end(input, at, end));
    if (is_done) done.push_back(input);
  }
  return done.empty() ? Result<>() : ends_.done(done, *reader_);
}

// Behind a position that moves there are records.
Result<bool> OthersEnds::is_at_end(const log::TopicPartition& input, std::optional<log::Offset> committed,
                                   log::Offset end) {
  if (is_delayed(input.topic) || (committed && *committed >= end)) return true;
  auto seen = seen_.find(input);
  const bool stands = seen != seen_.end() && seen->second == committed;
  seen_[input] = committed;
  if (!stands) return false;
  WEIR_TRY(reader_->assign({input}));
  auto from = committed;
  if (!from) {
    WEIR_TRY_VAR(begins, reader_->beginning_offsets({&input, 1}));
    from = begins.at(input);
  }
  WEIR_TRY(reader_->seek(input, *from));
  for (;;) {
    WEIR_TRY_VAR(position, reader_->position(input));
    if (position >= end) return true;
    WEIR_TRY_VAR(batches, reader_->poll(kPatience));
    WEIR_TRY_VAR(now, reader_->position(input));
    if (!batches.empty() || now == position) return false;
  }
}

}  // namespace weir::streams
