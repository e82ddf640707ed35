#include "streams/runtime/restorer.h"

#include <algorithm>

namespace weir::streams {

Result<> Restorer::add(Task& task, Task::Store& store, std::optional<log::Offset> committed) {
  auto added = std::make_unique<Restoration>(task, store, plan_);
  if (auto begun = added->begin(reader_.consumer(), committed, clock_.wall_ms()); !begun) {
    return fail(added->named(begun.error()));
  }
  all_.push_back({std::move(added)});
  return {};
}

Result<> Restorer::begin(std::size_t most_bytes) {
  std::vector<ChangelogReader::Reading> readings;
  for (Entry& entry : all_) {
    if (entry.is_done) continue;
    if (entry.is_begun) {
      auto reading = entry.store->reading();
      WEIR_TRY_VAR(position, reader_.position(reading.partition));
      reading.from = position.offset;
      readings.push_back(std::move(reading));
      continue;
    }
    if (!entry.store->is_to_be_read()) {
      entry.store->finish();
      entry.is_done = true;
      continue;
    }
    entry.is_begun = true;
    // A store of windows that knows all of its rows need not look below for each key that comes.
    const std::size_t left = most_bytes - std::min(most_bytes, memory_bytes());
    if (auto loaded = entry.store->store().rows->preload(left / 2); !loaded) {
      return fail(entry.store->named(loaded.error()));
    }
    readings.push_back(entry.store->reading());
  }
  WEIR_TRY(reader_.begin(readings));
  return finish_done();
}

Result<bool> Restorer::step(Millis patience, std::size_t most_bytes) {
  WEIR_TRY_VAR(has_moved, reader_.step(patience));
  if (!has_moved) return false;
  WEIR_TRY(keep_within(most_bytes));
  WEIR_TRY(finish_done());
  return true;
}

Result<> Restorer::finish_done() {
  for (Entry& entry : all_) {
    if (entry.is_done) continue;
    WEIR_TRY_VAR(position, reader_.position(entry.store->store().changelog_partition));
    if (position.offset < entry.store->report().to) continue;
    entry.store->finish();
    entry.is_done = true;
  }
  return {};
}

// What can be had again from below goes when all together is too much.
Result<> Restorer::keep_within(std::size_t most_bytes) {
  std::size_t pending = 0;
  for (Entry& entry : all_) pending += entry.store->store().rows->pending_bytes();
  const std::size_t held = memory_bytes();
  const bool is_full = held > most_bytes && pending > 0;
  if (!is_full && pending <= shares_.pending) return {};
  for (Entry& entry : all_) {
    if (entry.store->store().rows->pending_rows() > 0) WEIR_TRY(entry.store->write_down(reader_));
  }
  // Twice: what was used since the last look stays at the first.
  for (int look = 0; look < 2 && is_full; ++look) {
    const std::size_t used = memory_bytes();
    if (used <= most_bytes / 2) break;
    const double part = static_cast<double>(used - most_bytes / 2) / static_cast<double>(used);
    for (Entry& entry : all_) {
      state::Store& rows = *entry.store->store().rows;
      rows.evict(static_cast<std::size_t>(part * static_cast<double>(rows.memory_bytes())));
    }
  }
  return {};
}

bool Restorer::is_restored(const Task& task) const {
  return std::all_of(all_.begin(), all_.end(),
                     [&](const Entry& entry) { return entry.is_done || &entry.store->task() != &task; });
}

std::vector<RestoreReport> Restorer::take(const Task& task) {
  std::vector<RestoreReport> reports;
  for (const Entry& entry : all_) {
    if (&entry.store->task() == &task) reports.push_back(entry.store->report());
  }
  std::erase_if(all_, [&](const Entry& entry) { return &entry.store->task() == &task; });
  return reports;
}

std::size_t Restorer::memory_bytes() const {
  std::size_t total = 0;
  for (const Entry& entry : all_) total += entry.store->store().rows->memory_bytes();
  return total;
}

Result<> Restorer::write_down() {
  for (Entry& entry : all_) {
    if (entry.store->store().rows->pending_rows() > 0) WEIR_TRY(entry.store->write_down(reader_));
  }
  return {};
}

Result<> Restorer::remove(const std::vector<TaskId>& tasks, std::size_t most_bytes) {
  auto goes = [&](const Entry& entry) {
    return std::ranges::find(tasks, entry.store->task().id()) != tasks.end();
  };
  for (Entry& entry : all_) {
    const bool has_rows = entry.is_begun && entry.store->store().rows->pending_rows() > 0;
    if (goes(entry) && has_rows) WEIR_TRY(entry.store->write_down(reader_));
  }
  if (std::erase_if(all_, goes) == 0) return {};
  return begin(most_bytes);
}

void Restorer::clear() {
  all_.clear();
}

}  // namespace weir::streams
