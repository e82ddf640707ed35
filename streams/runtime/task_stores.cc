#include "streams/runtime/task_stores.h"

#include <algorithm>

#include "streams/state/key_value_store.h"
#include "streams/state/window_store.h"

namespace weir::streams {

namespace {

// Of stores whose changes stand in a source's topic already, or nowhere.
class NoChangelog final : public state::ChangeSink {
 public:
  Result<> change(Bytes, NullableBytes, std::int64_t) override { return {}; }
  bool takes_changes() const override { return false; }
};

}  // namespace

// --- opening ---

bool TaskStores::is_on_disk(const std::string& name) const {
  const StoreSpec& spec = plan_.topology->stores().at(name);
  return has_directory_ && !spec.in_memory && spec.kind != StoreKind::custom;
}

Result<> TaskStores::open(const std::string& directory, const state::RocksOptions& rocks) {
  has_directory_ = !directory.empty();
  WEIR_TRY(open_database(directory, rocks));
  for (const std::string& name : plan_.topology->stages()[id_.stage].stores) {
    WEIR_TRY_VAR(store, open_store(name));
    all_.push_back(std::move(store));
  }
  return {};
}

// Named by a store, not by the stage's number, which changes when the topology does.
Result<> TaskStores::open_database(const std::string& directory, const state::RocksOptions& rocks) {
  std::vector<std::string> on_disk;
  for (const std::string& name : plan_.topology->stages()[id_.stage].stores) {
    if (is_on_disk(name)) on_disk.push_back(name);
  }
  if (on_disk.empty()) return {};
  const std::string path = directory + "/" + on_disk.front() + "-" + std::to_string(id_.partition.value());
  WEIR_TRY_VAR(database, state::RocksDatabase::open(path, on_disk, rocks));
  database_ = std::move(database);
  return {};
}

Result<TaskStore> TaskStores::open_store(const std::string& name) const {
  const StoreSpec& spec = plan_.topology->stores().at(name);
  TaskStore store{&spec, nullptr, nullptr, plan_.changelog_of(name, id_.partition)};
  std::unique_ptr<state::Backing> backing;
  if (is_on_disk(name)) backing = state::RocksDatabase::backing(database_, name);
  switch (spec.kind) {
    case StoreKind::key_value:
      store.rows = std::make_unique<state::KeyValueStore>(name, *spec.value, std::move(backing));
      break;
    case StoreKind::window:
      store.rows = std::make_unique<state::WindowStore>(name, *spec.value, spec.retention_ms, std::move(backing));
      break;
    case StoreKind::custom:
      store.rows = spec.make(name);
      break;
  }
  if (!store.writes_changelog()) {
    store.changelog = std::make_unique<NoChangelog>();
  } else {
    WEIR_TRY_VAR(changelog, collector_.changelog(store.changelog_partition));
    store.changelog = std::move(changelog);
  }
  return store;
}

state::Store* TaskStores::find(const std::string& name) const {
  auto found = std::find_if(all_.begin(), all_.end(), [&](const TaskStore& s) { return s.spec->name == name; });
  return found == all_.end() ? nullptr : found->rows.get();
}

// --- the way of a commit ---

Result<> TaskStores::write_changes() {
  for (TaskStore& store : all_) {
    if (auto written = store.rows->write_changes(*store.changelog); !written) {
      return fail(written.error().at("store " + store.spec->name));
    }
  }
  return {};
}

void TaskStores::note_written(OffsetMetadata::Written& written) const {
  for (const TaskStore& store : all_) {
    if (!store.writes_changelog()) continue;
    const auto end = collector_.written(store.changelog_partition);
    // This producer may have written to it before others did.
    auto& known = written.changelogs[short_hash(store.spec->name)];
    if (known.offset <= end.offset) known = end;
  }
}

log::OffsetAndEpoch TaskStores::end_of(const TaskStore& store) const {
  const auto written = collector_.written(store.changelog_partition);
  return written.offset > store.end.offset ? written : store.end;
}

void TaskStores::committed() {
  for (TaskStore& store : all_) store.rows->committed();
}

void TaskStores::undo() {
  for (TaskStore& store : all_) store.rows->undo();
}

// --- an attempt ---

void TaskStores::set_savepoint() {
  for (TaskStore& store : all_) store.rows->set_savepoint();
}

void TaskStores::roll_back() {
  for (TaskStore& store : all_) store.rows->roll_back();
}

void TaskStores::release_savepoint() {
  for (TaskStore& store : all_) store.rows->release_savepoint();
}

// --- times and memory ---

void TaskStores::add_times(OffsetMetadata::Times& times) const {
  for (const TaskStore& store : all_) {
    if (store.spec->keeps_time) times["/" + store.spec->name] = store.rows->observed_time_ms();
  }
}

void TaskStores::restore_times(const OffsetMetadata::Times& times) {
  for (TaskStore& store : all_) {
    if (!store.spec->keeps_time) continue;
    if (auto time = times.find("/" + store.spec->name); time != times.end()) store.rows->restore_time(time->second);
  }
}

void TaskStores::measure() {
  for (TaskStore& store : all_) store.rows->measure();
}

TaskUsage TaskStores::usage() const {
  TaskUsage usage;
  for (const TaskStore& store : all_) {
    usage.row_bytes += store.rows->memory_bytes();
    usage.pending_bytes += store.rows->pending_bytes();
    usage.dirty_rows += store.rows->dirty_rows();
  }
  return usage;
}

}  // namespace weir::streams
