#include "log/storage/compaction.h"

#include <algorithm>

#include "log/base/saturate.h"
#include "log/model/for_each_record.h"
#include "log/storage/batch_scan.h"
#include "log/storage/compaction_output.h"
#include "log/storage/format.h"

namespace weir::log::storage {

Cleanable find_cleanable(const std::vector<SegmentFacts>& segments, Offset cleaned_to, Offset last_stable,
                         const CompactionPolicy& policy, std::int64_t now_ms) {
  Cleanable found;
  std::uint64_t clean = 0;
  std::uint64_t dirty = 0;
  std::int64_t oldest_ms = INT64_MAX;
  for (const auto& segment : segments) {
    if (segment.next > last_stable) break;
    if (policy.min_lag_ms > 0 && segment.max_timestamp_ms > saturated_difference(now_ms, policy.min_lag_ms)) break;
    ++found.end;
    if (segment.next <= cleaned_to) {
      clean += segment.bytes;
      found.first_dirty = found.end;
    } else {
      dirty += segment.bytes;
      oldest_ms = std::min(oldest_ms, segment.first_timestamp_ms);
    }
  }
  if (dirty == 0) return found;
  found.dirty_ratio = static_cast<double>(dirty) / static_cast<double>(clean + dirty);
  const bool is_overdue = policy.max_lag_ms < now_ms && oldest_ms < saturated_difference(now_ms, policy.max_lag_ms);
  found.is_due = found.dirty_ratio >= policy.min_dirty_ratio || is_overdue;
  return found;
}

namespace {

class Compaction {
 public:
  Compaction(FileSystem& files, const CompactionPlan& plan, const CompactionRun& run)
      : files_(files), plan_(plan), run_(run), keys_(run.key_memory), aborted_(plan.aborted) {}

  Task<Result<Compacted>> run() {
    WEIR_CO_TRY(co_await note_keys());
    CompactionFilter filter(keys_, result_.cleaned_to, aborted_, plan_.last, run_.rules);
    next_ = plan_.segments.front().base;
    for (std::size_t i = 0; i < plan_.segments.size(); ++i) WEIR_CO_TRY(co_await filter_segment(i, filter));
    WEIR_CO_TRY(finish_output());
    result_.records_removed = filter.records_removed();
    co_return std::move(result_);
  }

 private:
  // The scanner checks every batch: what is wrong must not be written again under a checksum that is right.
  Result<bool> next_batch(BatchScanner& scanner, const CompactionPlan::Input& input) {
    WEIR_TRY_VAR(found, scanner.next());
    if (found == BatchScanner::Found::end) return false;
    if (found != BatchScanner::Found::batch) {
      return fail(ErrorCode::corrupt_message, input.path + ", byte " + std::to_string(scanner.position()) +
                                                  ": a batch does not check; the log is not compacted");
    }
    step_ += scanner.header().size_bytes();
    return true;
  }

  // Awaited only where a step is over: a coroutine for each batch would cost something.
  bool has_done_a_step() const { return step_ >= run_.pace.step_bytes; }
  Task<Result<>> rest() {
    step_ = 0;
    return run_.pace.rest();
  }

  Task<Result<>> note_keys() {
    result_.cleaned_to = plan_.segments.front().base;
    for (std::size_t i = 0; i < plan_.segments.size(); ++i) {
      const auto& input = plan_.segments[i];
      if (i < plan_.first_dirty || input.next <= result_.cleaned_to) {
        result_.cleaned_to = std::max(result_.cleaned_to, input.next);
        continue;
      }
      BatchScanner scanner(*input.file, 0, input.size, CheckCrc::yes);
      for (;;) {
        WEIR_CO_TRY_VAR(more, next_batch(scanner, input));
        if (!more) break;
        if (keys_.is_full()) co_return Result<>{};
        WEIR_CO_TRY(note_keys_of(scanner));
        result_.cleaned_to = scanner.header().next_offset();
        if (has_done_a_step()) WEIR_CO_TRY(co_await rest());
      }
    }
    co_return Result<>{};
  }

  Result<> note_keys_of(BatchScanner& scanner) {
    const BatchHeader& header = scanner.header();
    if (header.is_control() || header.count == 0 || aborted_.contain(header)) return {};
    WEIR_TRY_VAR(batch, scanner.load());
    return for_each_record(batch, [&](const RecordView& record) {
      if (record.key) keys_.note(*record.key, record.offset);
    });
  }

  Task<Result<>> filter_segment(std::size_t at, CompactionFilter& filter) {
    const auto& input = plan_.segments[at];
    result_.bytes_before += input.size;
    // An earlier compaction wrote what is here into the segment before, and was stopped before it removed this one.
    if (input.base < next_) {
      output_->cover(at + 1);
      co_return Result<>{};
    }
    if (output_ && output_->size() > 0 && output_->size() + input.size > plan_.segment_bytes)
      WEIR_CO_TRY(finish_output());
    if (!output_) {
      WEIR_CO_TRY_VAR(output, CompactionOutput::create(files_, plan_.directory, input.base, at));
      output_ = std::move(output);
    }
    output_->cover(at + 1);
    BatchScanner scanner(*input.file, 0, input.size, CheckCrc::yes);
    for (;;) {
      WEIR_CO_TRY_VAR(more, next_batch(scanner, input));
      if (!more) co_return Result<>{};
      if (scanner.header().base_offset != next_) {
        co_return fail(ErrorCode::corrupt_message, input.path + ", byte " + std::to_string(scanner.position()) +
                                                       ": offsets do not follow; the log is not compacted");
      }
      next_ = scanner.header().next_offset();
      WEIR_CO_TRY_VAR(batch, scanner.load());
      WEIR_CO_TRY_VAR(left, filter.filter(batch));
      if (left) {
        WEIR_CO_TRY(output_->add(*left, left->bytes.data() == batch.bytes.data() ? IsAsBefore::yes : IsAsBefore::no));
        step_ += left->bytes.size();
      } else {
        WEIR_CO_TRY(output_->leave_out(scanner.header()));
      }
      if (has_done_a_step()) WEIR_CO_TRY(co_await rest());
    }
  }

  Result<> finish_output() {
    if (!output_) return {};
    WEIR_TRY_VAR(segment, output_->finish(next_));
    result_.bytes_after += output_->size();
    output_.reset();
    if (!segment) return {};
    result_.segments.push_back(*std::move(segment));
    return {};
  }

  FileSystem& files_;
  const CompactionPlan& plan_;
  const CompactionRun& run_;
  KeyOffsets keys_;
  const AbortedTransactions aborted_;
  Compacted result_;
  std::unique_ptr<CompactionOutput> output_;
  Offset next_{0};        // expected
  std::size_t step_ = 0;  // bytes since the last rest
};

// Files that were begun and are not to stay.
class Unfinished {
 public:
  Unfinished(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (is_finished_) return;
    auto names = files_.list(directory_);
    if (names) (void)remove_unfinished(files_, directory_, *names);
  }
  void finish() { is_finished_ = true; }

 private:
  FileSystem& files_;
  const std::string directory_;
  bool is_finished_ = false;
};

}  // namespace

Task<Result<Compacted>> compact(FileSystem& files, CompactionPlan plan, CompactionRun run) {
  Unfinished unfinished(files, plan.directory);
  Compaction compaction(files, plan, run);
  auto compacted = co_await compaction.run();
  if (compacted) unfinished.finish();
  co_return compacted;
}

namespace {

// A snapshot lets recovery pass over everything before it: also over what tells that a file is superseded. And in a
// segment that is written anew the place where it lets recovery begin is another.
Result<> remove_misleading(FileSystem& files, const CompactionPlan& plan, const Compacted& compacted) {
  WEIR_TRY_VAR(names, files.list(plan.directory));
  for (const auto& name : names) {
    const auto index = offset_in_name(name, kIndexSuffix);
    const bool misleads = offset_in_name(name, kStateSuffix) ||
                          (index && std::any_of(compacted.segments.begin(), compacted.segments.end(),
                                                [&](const auto& segment) { return segment.base == *index; }));
    if (misleads) WEIR_TRY(files.remove(plan.directory + "/" + name));
  }
  return files.sync_directory(plan.directory);
}

}  // namespace

Result<> make_way(FileSystem& files, const CompactionPlan& plan, const Compacted& compacted) {
  auto made = remove_misleading(files, plan, compacted);
  if (!made) discard(files, compacted);
  return made;
}

void discard(FileSystem& files, const Compacted& compacted) {
  for (const auto& output : compacted.segments) (void)files.remove(output.temporary);  // opening does it otherwise
}

Result<> remove(FileSystem& files, const Superseded& superseded) {
  for (const auto& path : superseded.paths) {
    auto removed = files.remove(path);
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  }
  return files.sync_directory(superseded.directory);
}

}  // namespace weir::log::storage
