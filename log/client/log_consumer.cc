#include "log/client/log_consumer.h"

#include <algorithm>
#include <coroutine>

#include "log/client/cure.h"
#include "log/client/fetch_filter.h"
#include "log/client/offset_lookup.h"

namespace weir::log {

namespace {

// A fetch does not wait longer in the broker.
constexpr Millis kLongestWait{500};

// A fetch's tag: the assignment that it belongs to and the slot in it.
constexpr std::size_t kSlotsBits = 24;

std::size_t tag_of(std::size_t generation, std::size_t index) {
  return generation << kSlotsBits | index;
}
std::size_t index_in(std::size_t tag) {
  return tag & ((std::size_t{1} << kSlotsBits) - 1);
}

}  // namespace

LogConsumer::LogConsumer(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Heartbeats> heartbeats,
                         ConsumerOptions options)
    : options_(std::move(options)),
      connection_{std::move(transport), clock, options_.request_timeout},
      view_(connection_),
      heartbeats_(std::move(heartbeats)),
      auto_commit_ns_(next_auto_commit_ns()),
      fetcher_(connection_, view_, options_) {}

LogConsumer::~LogConsumer() {
  is_ending_ = true;
  callbacks_ = {};
  for (auto& commit : commits_) commit.done = {};
  (void)close();
}

Result<> LogConsumer::assign(std::vector<TopicPartition> partitions) {
  if (member_) return fail(ErrorCode::wrong_state, "assign: this consumer has subscribed");
  std::vector<std::string> topics;
  for (const auto& partition : partitions) topics.push_back(partition.topic);
  WEIR_TRY(connection_.loop.run(view_.learn(std::move(topics))));
  for (const auto& partition : partitions) {
    if (view_.find(partition) == nullptr) return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
  }
  set_assignment(std::move(partitions));
  return {};
}

void LogConsumer::set_assignment(std::vector<TopicPartition> partitions) {
  std::vector<Slot> slots;
  std::unordered_map<TopicPartition, std::size_t> places;
  for (const auto& partition : partitions) {
    auto before = places_.find(partition);
    places.emplace(partition, slots.size());
    Slot& slot = slots.emplace_back();
    if (before != places_.end()) slot = slots_[before->second];
    slot.fetching = kNoOffset;
  }
  places_ = std::move(places);
  assignment_ = std::move(partitions);
  slots_ = std::move(slots);
  ++generation_;
  first_ = 0;
}

// --- the group

Result<> LogConsumer::subscribe(std::vector<std::string> topics, RebalanceCallbacks callbacks) {
  return follow(Subscription::to(std::move(topics)), std::move(callbacks));
}

Result<> LogConsumer::subscribe_matching(std::string regex, RebalanceCallbacks callbacks) {
  WEIR_TRY_VAR(subscription, Subscription::matching(regex));
  return follow(std::move(subscription), std::move(callbacks));
}

Result<> LogConsumer::follow(Subscription subscription, RebalanceCallbacks callbacks) {
  if (!options_.group_id) return fail(ErrorCode::invalid_group_id, "subscribe: this consumer has no group_id");
  if (!member_ && !assignment_.empty()) {
    return fail(ErrorCode::wrong_state, "subscribe: this consumer was assigned partitions by hand");
  }
  callbacks_ = std::move(callbacks);
  if (member_) {
    member_->subscribe(std::move(subscription));
  } else {
    auto member = std::make_unique<GroupMember>(connection_, view_, options_, heartbeats_, std::move(subscription));
    WEIR_TRY(member->started());
    member_ = std::move(member);
  }
  return {};
}

Result<> LogConsumer::unsubscribe() {
  if (!member_) return {};
  auto_commit_now(assignment_);
  if (!assignment_.empty() && callbacks_.revoked) callbacks_.revoked(assignment_);
  wait_for_commits();
  set_assignment({});
  callbacks_ = {};
  member_->leave();
  given_up_.push_back(std::move(member_));
  return {};
}

GroupMetadata LogConsumer::group_metadata() const {
  if (member_) return member_->who();
  return {.group_id = options_.group_id.value_or("")};
}

Result<> LogConsumer::follow_group() {
  if (!member_) return {};
  member_->polled();
  for (;;) {
    WEIR_TRY_VAR(change, member_->step());
    if (!change) return {};
    carry_out(*change);
  }
}

void LogConsumer::carry_out(const AssignmentChange& change) {
  using Kind = AssignmentChange::Kind;
  auto call = [&](const RebalanceCallbacks::Call& callback) {
    if (callback) callback(change.concerned);
  };
  if (change.kind == Kind::assigned) {
    std::vector<std::string> topics;
    for (const auto& partition : change.concerned) topics.push_back(partition.topic);
    // A topic that is gone by now has no leader to be asked; the group will notice, too.
    if (!topics.empty()) (void)connection_.loop.run(view_.learn_again(std::move(topics)));
    auto known = change.assignment;
    std::erase_if(known, [this](const TopicPartition& partition) { return view_.find(partition) == nullptr; });
    set_assignment(std::move(known));
    call(callbacks_.assigned);
    return;
  }
  if (change.kind == Kind::revoked) auto_commit_now(change.concerned);
  const bool is_lost = change.kind == Kind::lost && callbacks_.lost;
  call(is_lost ? callbacks_.lost : callbacks_.revoked);
  set_assignment(change.assignment);
}

Result<> LogConsumer::close() {
  if (!member_) auto_commit_now(assignment_);
  wait_for_commits();
  return unsubscribe();
}

// --- positions

Result<LogConsumer::Slot*> LogConsumer::slot_of(const TopicPartition& partition) {
  auto found = places_.find(partition);
  if (found == places_.end()) return fail(ErrorCode::wrong_state, partition.to_string() + " is not assigned");
  return &slots_[found->second];
}

Result<> LogConsumer::seek(const TopicPartition& partition, Offset offset) {
  if (offset.value() < 0) return fail(ErrorCode::invalid_argument, "a position below 0 in " + partition.to_string());
  WEIR_TRY_VAR(slot, slot_of(partition));
  slot->position = offset;
  slot->epoch = kNoLeaderEpoch;
  slot->is_unchecked = slot->was_reset = false;
  return {};
}

Result<> LogConsumer::seek(const TopicPartition& partition, OffsetAndEpoch position) {
  WEIR_TRY(seek(partition, position.offset));
  WEIR_TRY_VAR(slot, slot_of(partition));
  slot->epoch = position.epoch;
  slot->is_unchecked = position.epoch != kNoLeaderEpoch;
  return {};
}

Result<Offset> LogConsumer::position(const TopicPartition& partition) {
  WEIR_TRY_VAR(slot, slot_of(partition));
  if (slot->position == kNoOffset) WEIR_TRY(set_positions());
  return slot->position;
}

std::optional<Offset> LogConsumer::fetched_end(std::size_t assignment_index) const {
  const Offset end = slots_[assignment_index].end;
  return end == kNoOffset ? std::nullopt : std::optional(end);
}

Result<OffsetAndEpoch> LogConsumer::position_and_epoch(const TopicPartition& partition) {
  WEIR_TRY_VAR(offset, position(partition));
  WEIR_TRY_VAR(slot, slot_of(partition));
  return OffsetAndEpoch{offset, slot->epoch};
}

Result<> LogConsumer::set_positions() {
  auto unset = [&] {
    std::vector<std::size_t> indexes;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].position == kNoOffset) indexes.push_back(i);
    }
    return indexes;
  };
  auto indexes = unset();
  if (indexes.empty()) return check_positions();
  if (options_.group_id) WEIR_TRY(use_committed(indexes));
  WEIR_TRY(reset(unset(), options_.offset_reset));
  return check_positions();
}

// A log that lost its end, and was written again from there, may hold the offset and not what was read before it: the
// records of the position's epoch end below it then (KIP-101, KIP-320).
Result<> LogConsumer::check_positions() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.is_unchecked) continue;
    WEIR_TRY_VAR(end, epoch_end(assignment_[i], slot.epoch));
    slot.is_unchecked = false;
    if (end.offset == kNoOffset || end.offset >= slot.position) continue;
    const std::string place = assignment_[i].to_string() + ": what was read up to offset " +
                              std::to_string(slot.position.value()) + ", in epoch " +
                              std::to_string(slot.epoch.value()) + ", is not there any more: that ends at offset " +
                              std::to_string(end.offset.value());
    if (options_.out_of_range == OffsetReset::none) {
      slot.is_unchecked = true;
      return fail(ErrorCode::offset_out_of_range, place + "; set the group's offsets anew to go on");
    }
    slot.position = end.offset;
    slot.epoch = end.epoch;
  }
  return {};
}

Result<> LogConsumer::take_up_out_of_range(std::size_t index, const Error& error) {
  Slot& slot = slots_[index];
  slot.knows_committed = true;
  if (!slot.was_reset && options_.out_of_range == OffsetReset::none) return fail(error);
  const bool is_beyond_reset = slot.was_reset && options_.out_of_range == OffsetReset::none;
  return reset({index}, is_beyond_reset ? options_.offset_reset : options_.out_of_range);
}

Result<> LogConsumer::use_committed(const std::vector<std::size_t>& unset) {
  std::vector<TopicPartition> unknown;
  for (std::size_t i : unset) {
    if (!slots_[i].knows_committed) unknown.push_back(assignment_[i]);
  }
  if (unknown.empty()) return {};
  WEIR_TRY_VAR(found, committed(unknown));
  for (std::size_t i : unset) {
    if (std::exchange(slots_[i].knows_committed, true)) continue;
    auto position = found.find(assignment_[i]);
    if (position == found.end()) continue;
    slots_[i].position = position->second.offset;
    slots_[i].epoch = position->second.leader_epoch;
    slots_[i].is_unchecked = slots_[i].epoch != kNoLeaderEpoch;
    slots_[i].was_reset = false;
  }
  return {};
}

Result<> LogConsumer::reset(const std::vector<std::size_t>& unset, OffsetReset reset) {
  if (unset.empty()) return {};
  std::vector<TopicPartition> partitions;
  for (std::size_t i : unset) partitions.push_back(assignment_[i]);
  if (reset == OffsetReset::none) {
    return fail(ErrorCode::offset_out_of_range, partitions.front().to_string() + " has no position");
  }
  const bool is_earliest = reset == OffsetReset::earliest;
  WEIR_TRY_VAR(found, offsets_at(partitions, is_earliest ? kEarliestOffset : kLatestOffset, options_.isolation));
  for (std::size_t i : unset) {
    auto offset = found.find(assignment_[i]);
    if (offset == found.end()) return fail(ErrorCode::offset_not_available, assignment_[i].to_string());
    slots_[i].position = offset->second;
    slots_[i].epoch = kNoLeaderEpoch;
    slots_[i].is_unchecked = false;
    slots_[i].was_reset = true;
  }
  return {};
}

// --- polling

Result<std::vector<FetchedBatch>> LogConsumer::poll(Millis timeout) {
  const std::int64_t deadline_ns = connection_.clock.deadline_ns(timeout);
  auto_commit_if_due();
  for (;;) {
    finish_commits();
    WEIR_TRY(follow_group());
    WEIR_TRY(set_positions());
    auto left = std::chrono::nanoseconds(std::max<std::int64_t>(0, deadline_ns - connection_.clock.monotonic_ns()));
    start_fetches(std::min(std::chrono::ceil<Millis>(left), kLongestWait));
    if (!fetcher_.is_idle()) (void)connection_.loop.resume_ready(std::chrono::nanoseconds(0));
    WEIR_TRY_VAR(batches, take_answers());
    if (!batches.empty()) {
      has_passed_over_ = false;
      // What follows is on its way while these are dealt with.
      if (connection_.transport->takes_time()) start_fetches(kLongestWait);
      return batches;
    }
    if (is_woken_.exchange(false)) return std::vector<FetchedBatch>{};
    if (left.count() == 0 || std::exchange(has_passed_over_, false)) return std::vector<FetchedBatch>{};
    // Something can be asked for again: a wait in the broker is over, or an error was cured.
    bool has_progress = std::any_of(slots_.begin(), slots_.end(),
                                    [](const Slot& slot) { return !slot.is_paused && slot.fetching == kNoOffset; });
    if (has_progress || fetcher_.has_answers()) continue;
    (void)connection_.loop.resume_ready(time_to_wait(left));
  }
}

// A member may have something to do before the time is over.
std::chrono::nanoseconds LogConsumer::time_to_wait(std::chrono::nanoseconds left) const {
  if (!member_) return left;
  const std::int64_t until_step = member_->next_step_ns() - connection_.clock.monotonic_ns();
  return std::min(left, std::chrono::nanoseconds(std::max<std::int64_t>(until_step, 0)));
}

void LogConsumer::start_fetches(Millis max_wait) {
  std::vector<Fetcher::Wanted> wanted;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    std::size_t index = (first_ + i) % slots_.size();
    Slot& slot = slots_[index];
    if (slot.is_paused || slot.fetching == slot.position) continue;
    slot.fetching = slot.position;
    wanted.push_back({tag_of(generation_, index), &assignment_[index], slot.position});
  }
  if (wanted.empty()) return;
  first_ = (first_ + 1) % slots_.size();
  fetcher_.start(wanted, max_wait);
}

Result<std::vector<FetchedBatch>> LogConsumer::take_answers() {
  std::vector<FetchedBatch> batches;
  Result<> outcome;
  auto note = [&](Result<> taken) {
    if (!taken && outcome) outcome = std::move(taken);
  };
  take_kept(batches, note);
  for (const auto& answer : fetcher_.take_answers()) {
    std::vector<std::string> topics;
    for (const auto& asked : answer.asked) {
      std::size_t index = index_in(asked.tag);
      if (asked.tag != tag_of(generation_, index)) continue;  // of an earlier assignment
      Slot& slot = slots_[index];
      const auto* data = answer.response ? answer.of(asked) : nullptr;
      const bool is_wanted = slot.position == asked.offset;
      if (slot.is_paused && is_wanted && data != nullptr && data->records && !data->records->parts.empty()) {
        kept_.push_back({asked, *data});
        continue;
      }
      if (slot.fetching == asked.offset) slot.fetching = kNoOffset;
      if (slot.is_paused || !is_wanted) continue;
      topics.push_back(asked.partition.topic);
      if (data != nullptr) note(take(asked, *data, batches));
    }
    if (!answer.response && !topics.empty()) note(cure(std::move(topics), answer.response.error()));
  }
  // Positions that did not move will meet the error again.
  if (!outcome && batches.empty()) return fail(std::move(outcome).error());
  return batches;
}

void LogConsumer::take_kept(std::vector<FetchedBatch>& batches, const std::function<void(Result<>)>& note) {
  for (auto& [asked, answer] : std::exchange(kept_, {})) {
    const std::size_t index = index_in(asked.tag);
    if (asked.tag != tag_of(generation_, index)) continue;  // of an earlier assignment
    Slot& slot = slots_[index];
    const bool is_wanted = slot.position == asked.offset;
    if (slot.is_paused && is_wanted) {
      kept_.push_back({std::move(asked), std::move(answer)});
      continue;
    }
    if (slot.fetching == asked.offset) slot.fetching = kNoOffset;
    if (is_wanted) note(take(asked, answer, batches));
  }
}

Result<> LogConsumer::take(const Fetcher::Asked& asked, const wire::FetchResponse::PartitionData& answer,
                           std::vector<FetchedBatch>& batches) {
  std::size_t index = index_in(asked.tag);
  Slot& slot = slots_[index];
  if (answer.error_code == ErrorCode::none) {
    retry_.reset();
    const bool is_stable = options_.isolation == Isolation::read_committed;
    slot.end = is_stable ? answer.last_stable_offset : answer.high_watermark;
    const std::size_t before = batches.size();
    WEIR_TRY_VAR(taken, take_batches(answer, {asked.partition, index, asked.offset, options_.isolation}, batches));
    if (batches.size() == before && taken.offset > slot.position) has_passed_over_ = true;
    if (taken.offset > slot.position) slot.was_reset = false;
    slot.position = taken.offset;
    if (taken.epoch != kNoLeaderEpoch) slot.epoch = taken.epoch;
    return {};
  }
  const std::string place = asked.partition.to_string() + ", offset " + std::to_string(asked.offset.value());
  const Error error = Error{answer.error_code, answer.error_message.value_or("")}.at(place);
  if (answer.error_code == ErrorCode::offset_out_of_range) return take_up_out_of_range(index, error);
  return cure({asked.partition.topic}, error);
}

Result<> LogConsumer::cure(std::vector<std::string> topics, Error error) {
  Cure cure = cure_of(error.code);
  if (!retry_) retry_.emplace(connection_.retry());
  if (!connection_.loop.run(retry_->again_if(cure != Cure::none))) {
    retry_.reset();
    return fail(std::move(error));
  }
  if (cure == Cure::new_metadata) return connection_.loop.run(view_.learn_again(std::move(topics)));
  return {};
}

void LogConsumer::wakeup() {
  is_woken_.store(true);
  connection_.loop.post(std::noop_coroutine());
}

}  // namespace weir::log
