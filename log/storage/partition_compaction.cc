// How a partition's closed segments are compacted; see compaction.h.
#include <algorithm>

#include "log/storage/format.h"
#include "log/storage/partition_log.h"

namespace weir::log::storage {

Result<Cleanable> PartitionLog::cleanable(const CompactionPolicy& policy, std::int64_t now_ms) {
  std::vector<SegmentFacts> facts;
  if (stopped_) return Cleanable{};
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
    Segment& segment = *segments_[i];
    WEIR_TRY_VAR(index, segment.index());
    facts.push_back({segment.base_offset(), segment.next_offset(), segment.size(),
                     age_time(segment, index->first_timestamp(), now_ms),
                     age_time(segment, index->max_timestamp(), now_ms)});
  }
  return find_cleanable(facts, cleaned_to_, last_stable_offset(), policy, now_ms);
}

Result<CompactionPlan> PartitionLog::plan_compaction(const Cleanable& cleanable) {
  CompactionPlan plan;
  plan.directory = directory_;
  plan.first_dirty = cleanable.first_dirty;
  plan.segment_bytes = options_.segment_bytes;
  for (std::size_t i = 0; i < std::min(cleanable.end, segments_.size() - 1); ++i) {
    Segment& segment = *segments_[i];
    WEIR_TRY_VAR(file, segment.file());
    plan.segments.push_back(
        {std::move(file), segment.path(), segment.base_offset(), segment.next_offset(), segment.size()});
  }
  if (plan.segments.empty()) return fail(ErrorCode::wrong_state, directory_ + " has nothing to compact");
  plan.aborted = state_.aborted_between(plan.segments.front().base, plan.segments.back().next);
  plan.last = state_.producers.last_batches();
  return plan;
}

Result<> PartitionLog::adopt(const CompactionPlan& plan, Compacted compacted) {
  end_replacing();
  auto first = std::find_if(segments_.begin(), segments_.end(),
                            [&](const auto& segment) { return segment->base_offset() == plan.segments.front().base; });
  const auto left = static_cast<std::size_t>(segments_.end() - first);
  const bool is_whole = !stopped_ && left > plan.segments.size() &&
                        std::equal(plan.segments.begin(), plan.segments.end(), first,
                                   [](const CompactionPlan::Input& input, const std::unique_ptr<Segment>& segment) {
                                     return input.base == segment->base_offset() && input.size == segment->size();
                                   });
  if (!is_whole) {
    discard(cache_.files(), compacted);
    return fail(ErrorCode::would_block, directory_ + " has changed since its compaction began");
  }
  if (auto left = leave_journal(); !left) {
    discard(cache_.files(), compacted);
    return fail(left.error());
  }

  superseded_.directory = directory_;
  const std::size_t shift = static_cast<std::size_t>(first - segments_.begin());
  // From the last on, so that the places of the others stay as they are.
  for (auto output = compacted.segments.rbegin(); output != compacted.segments.rend(); ++output) {
    auto fresh = std::make_unique<Segment>(cache_, directory_, output->base, output->next, output->size,
                                           std::move(output->index));
    if (auto renamed = cache_.files().rename(output->temporary, fresh->path()); !renamed) {
      discard(cache_.files(), compacted);
      return renamed;
    }
    (void)fresh->save_index();  // derived
    const auto from = segments_.begin() + static_cast<std::ptrdiff_t>(shift + output->first);
    const auto to = segments_.begin() + static_cast<std::ptrdiff_t>(shift + output->end);
    for (auto old = from + 1; old != to; ++old) {
      superseded_.paths.push_back((*old)->path());
      superseded_.paths.push_back(directory_ + "/" + file_name((*old)->base_offset(), kIndexSuffix));
    }
    *from = std::move(fresh);
    segments_.erase(from + 1, to);
  }
  cleaned_to_ = std::max(cleaned_to_, compacted.cleaned_to);
  return {};
}

void PartitionLog::removed(const Superseded& superseded) {
  std::erase_if(superseded_.paths, [&](const std::string& path) {
    return std::find(superseded.paths.begin(), superseded.paths.end(), path) != superseded.paths.end();
  });
  (void)save_snapshot();  // the others went before the files were replaced
}

}  // namespace weir::log::storage
