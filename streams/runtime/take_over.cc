#include "streams/runtime/take_over.h"

#include <algorithm>
#include <set>

#include "log/base/log_line.h"

namespace weir::streams {

namespace {

constexpr const char* kInputRemedy =
    "; the run ends, because to begin anew would count records twice. AppOptions::on_missing_input = go_on goes on "
    "without them; `weir streams reset` lets the application begin anew";
constexpr const char* kStateRemedy =
    "; the run ends, because results would be wrong. Reset the application (`weir streams reset`) to begin anew, or "
    "set "
    "AppOptions::on_missing_state = take_what_is_there";

std::set<std::string> names_written(const Plan& plan, std::size_t stage) {
  std::set<std::string> names;
  const Topology& topology = *plan.topology;
  for (const std::string& store : topology.stages()[stage].stores) {
    const StoreSpec& spec = topology.stores().at(store);
    if (spec.has_changelog && !spec.source) names.insert(changelog_topic(plan.application_id, store));
  }
  for (NodeIndex node : topology.stages()[stage].nodes) {
    const auto& sink = topology.node(node).sink;
    if (sink && sink->owner != TopicOwner::user) names.insert(plan.topic_of(*sink));
  }
  return names;
}

}  // namespace

std::map<std::uint32_t, std::string> own_topics_written(const Plan& plan, std::size_t stage) {
  std::map<std::uint32_t, std::string> written;
  std::set<std::uint32_t> twice;
  for (const std::string& name : names_written(plan, stage)) {
    if (!plan.topic_ids.contains(name)) continue;
    if (!written.emplace(short_hash(name), name).second) twice.insert(short_hash(name));
  }
  for (std::uint32_t hash : twice) written.erase(hash);
  return written;
}

Result<> TakeOver::read(std::span<const TaskId> tasks) {
  std::vector<log::TopicPartition> inputs;
  for (const TaskId& task : tasks) {
    for (const Plan::Input& input : plan_.inputs_of(task)) inputs.push_back(input.partition);
  }
  WEIR_TRY_VAR(committed, consumer_.committed(inputs));
  committed_ = std::move(committed);
  return {};
}

const log::OffsetAndMetadata* TakeOver::committed(const log::TopicPartition& input) const {
  auto found = committed_.find(input);
  return found == committed_.end() ? nullptr : &found->second;
}

// --- what is the application's own

// What the task's inputs say together: of one that was not read for a while less is known.
OffsetMetadata::Written TakeOver::written_by(const TaskId& task) const {
  OffsetMetadata::Written all;
  for (const Plan::Input& input : plan_.inputs_of(task)) {
    const auto* position = committed(input.partition);
    if (position == nullptr) continue;
    auto metadata = OffsetMetadata::parse(position->metadata);
    if (!metadata) continue;  // told where the task takes the position up
    all.topics.merge(metadata->written.topics);
    for (const auto& [store, end] : metadata->written.changelogs) {
      auto& known = all.changelogs[store];
      if (known.offset < end.offset) known = end;
    }
  }
  return all;
}

Result<> TakeOver::miss_own(const TaskId& task, Error error) {
  if (options_.on_missing_state == MissingState::stop) {
    error.detail += kStateRemedy;
    return fail(std::move(error));
  }
  going_on_without_.push_back(task);
  log_line::warn("{}: {}; it goes on with what is there (on_missing_state)", options_.application_id, error.detail);
  return {};
}

Result<> TakeOver::check_topics(const TaskId& task, const OffsetMetadata::Written& written) {
  for (const auto& [hash, name] : own_topics_written(plan_, task.stage)) {
    auto known = written.topics.find(hash);
    if (known == written.topics.end() || known->second == short_id(plan_.topic_ids.at(name))) continue;
    WEIR_TRY(
        miss_own(task, {ErrorCode::not_found, "topic " + name +
                                                  ", the application's own, was deleted since the last run, and what "
                                                  "was in it is gone: the one that is there now is another"}));
  }
  return {};
}

// A power cut may leave a change without the marker that committed it: then it is there and counts as aborted.
Result<bool> TakeOver::is_torn(const InputPosition& end) {
  if (end.offset <= log::Offset(0)) return false;
  const log::Offset last = end.offset - 1;
  WEIR_TRY_VAR(is_committed, holds(readers_.committed, end.partition, last));
  if (is_committed) return false;
  return holds(readers_.all, end.partition, last);  // else it was compacted away
}

Result<bool> TakeOver::holds(log::Consumer& reader, const log::TopicPartition& partition, log::Offset offset) {
  constexpr std::int64_t kLongestMs = 120'000;  // longer than any transaction may stay open
  WEIR_TRY_VAR(starts, reader.beginning_offsets(std::span(&partition, 1)));
  if (offset < starts.at(partition)) return false;
  WEIR_TRY(reader.assign({partition}));
  WEIR_TRY(reader.seek(partition, offset));
  const std::int64_t until_ms = clock_.monotonic_ms() + kLongestMs;
  log::BatchReader batches;
  std::vector<log::RecordView> views(64);
  while (clock_.monotonic_ms() < until_ms) {
    WEIR_TRY_VAR(polled, reader.poll(Millis(100)));
    for (const log::FetchedBatch& fetched : polled) {
      WEIR_TRY(batches.open(fetched.batch));
      for (;;) {
        WEIR_TRY_VAR(count, batches.fill(views));
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) {
          if (views[i].offset == offset) return true;
        }
      }
    }
    WEIR_TRY_VAR(position, reader.position(partition));
    if (position > offset) return false;
  }
  return fail(ErrorCode::timed_out,
              partition.to_string() + ": a transaction stays open at offset " + to_string(offset));
}

Result<> TakeOver::check_changelogs(const TaskId& task, const OffsetMetadata::Written& written) {
  for (const std::string& store : plan_.topology->stages()[task.stage].stores) {
    const StoreSpec& spec = plan_.topology->stores().at(store);
    auto known = written.changelogs.find(short_hash(store));
    if (known == written.changelogs.end() || spec.source || !spec.has_changelog) continue;
    const InputPosition position{plan_.changelog_of(store, task.partition), known->second.offset, known->second.epoch};
    WEIR_TRY_VAR(gap, find_gap(position, consumer_));
    if (!gap) {
      WEIR_TRY_VAR(is_torn, this->is_torn(position));
      if (!is_torn) continue;
      WEIR_TRY(miss_own(task, {ErrorCode::offset_out_of_range,
                               "store " + store + ": its changelog " + position.partition.to_string() +
                                   " lost the end of a transaction that was committed: its rows up to offset " +
                                   to_string(position.offset - 1) + " count as aborted"}));
      continue;
    }
    if (gap->kind != InputGap::Kind::lost) continue;
    WEIR_TRY(miss_own(
        task, {ErrorCode::offset_out_of_range, "store " + store + ": its changelog " + position.partition.to_string() +
                                                   " lost rows that were committed, offsets " + to_string(gap->from) +
                                                   " to " + to_string(gap->to - 1)}));
  }
  return {};
}

Result<> TakeOver::check_own(const TaskId& task) {
  const auto written = written_by(task);
  WEIR_TRY(check_topics(task, written));
  return check_changelogs(task, written);
}

bool TakeOver::goes_on_without(const TaskId& task) const {
  return std::find(going_on_without_.begin(), going_on_without_.end(), task) != going_on_without_.end();
}

bool TakeOver::has_position(const TaskId& task) const {
  const auto inputs = plan_.inputs_of(task);
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const Plan::Input& input) { return committed(input.partition) != nullptr; });
}

// Without transactions rows may be there before the positions; and topics that a pattern matched may all have gone.
Result<> TakeOver::check_beginning(const TaskId& task) const {
  if (options_.guarantee != exactly_once || options_.on_missing_input != MissingInput::stop) return {};
  const auto inputs = plan_.inputs_of(task);
  const bool may_change = std::any_of(inputs.begin(), inputs.end(), [&](const Plan::Input& input) {
    return plan_.topology->node(input.source).source->pattern.has_value();
  });
  if (inputs.empty() || may_change) return {};
  return fail(
      ErrorCode::not_found,
      "the committed position of " + inputs.front().partition.to_string() +
          " is gone (the topic was deleted and made anew, or the group's positions were), and the task's stores "
          "hold what came of its records" +
          kInputRemedy);
}

// --- inputs

Result<std::optional<InputGap>> TakeOver::gap_of(const log::TopicPartition& input,
                                                 const log::OffsetAndMetadata& committed) {
  const InputPosition position{input, committed.offset, committed.leader_epoch};
  auto metadata = OffsetMetadata::parse(committed.metadata);
  auto id = plan_.topic_ids.find(input.topic);
  const bool is_other = metadata && metadata->topic && id != plan_.topic_ids.end() &&
                        *metadata->topic != short_id(id->second) && committed.offset > log::Offset(0);
  if (!is_other) return find_gap(position, consumer_);
  WEIR_TRY_VAR(gap, gap_of_replaced(position, consumer_));
  return std::optional<InputGap>(std::move(gap));
}

Result<bool> TakeOver::is_topic_known(const std::string& topic) {
  std::vector<log::TopicPartition> all;
  for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) all.push_back({topic, log::PartitionIndex(p)});
  WEIR_TRY_VAR(committed, consumer_.committed(all));
  return !committed.empty();
}

Result<TakeOver::Place> TakeOver::first_place(const log::TopicPartition& input, bool starts_at_end) {
  if (starts_at_end) {
    WEIR_TRY_VAR(is_known, is_topic_known(input.topic));
    starts_at_end = !is_known;
  }
  WEIR_TRY_VAR(found, starts_at_end ? consumer_.end_offsets(std::span(&input, 1), log::Isolation::read_committed)
                                    : consumer_.beginning_offsets(std::span(&input, 1)));
  Place place;
  place.position.offset = found.at(input);
  return place;
}

Result<TakeOver::Place> TakeOver::place_behind(const InputGap& gap, const log::OffsetAndMetadata& committed) const {
  Place place{committed, true, gap.to - gap.from};
  place.position.leader_epoch = log::kNoLeaderEpoch;
  switch (options_.on_missing_input) {
    case MissingInput::stop:
      return fail(ErrorCode::offset_out_of_range, gap.to_string() + kInputRemedy);
    case MissingInput::go_on:
      place.position.offset = gap.next;
      break;
    case MissingInput::from_earliest:
      place.position.offset = gap.start;
      break;
    case MissingInput::from_latest:
      place.position.offset = gap.end;
      break;
  }
  log_line::warn("{}: {}; it goes on at offset {} (on_missing_input)", options_.application_id, gap.to_string(),
                 place.position.offset.value());
  return place;
}

Result<TakeOver::Place> TakeOver::place_of(const log::TopicPartition& input, bool starts_at_end) {
  const auto* position = committed(input);
  if (position == nullptr) return first_place(input, starts_at_end);
  WEIR_TRY_VAR(gap, gap_of(input, *position));
  if (gap) return place_behind(*gap, *position);
  return Place{*position, true, 0};
}

}  // namespace weir::streams
