#include "streams/runtime/global_tables.h"

#include <algorithm>

namespace weir::streams {

GlobalTables::GlobalTables(const ErrorPolicy& decode_errors)
    : skips_undecodable_(decode_errors.kind() != ErrorPolicy::Kind::fail) {}

Result<std::unique_ptr<GlobalTables>> GlobalTables::open(const Plan& plan, const GlobalTablesOptions& options) {
  std::unique_ptr<GlobalTables> all(new GlobalTables(options.decode_errors));
  std::vector<std::string> on_disk;
  for (const auto& [name, spec] : plan.topology->global_tables()) {
    if (spec.is_on_disk() && !options.directory.empty()) on_disk.push_back(name);
  }
  std::shared_ptr<state::RocksDatabase> database;  // shared with the backings, which hold it open
  if (!on_disk.empty()) {
    WEIR_TRY_VAR(opened, state::RocksDatabase::open(options.directory, on_disk, options.rocks));
    database = std::move(opened);
  }
  for (const auto& [name, spec] : plan.topology->global_tables()) {
    std::unique_ptr<state::Backing> backing;
    if (std::find(on_disk.begin(), on_disk.end(), name) != on_disk.end()) {
      backing = state::RocksDatabase::backing(database, name);
    }
    GlobalStore::Source source{{}, plan.partitions.at(spec.topic)};
    if (auto known = plan.global_topics.find(spec.topic); known != plan.global_topics.end()) {
      source.topic = known->second.id;
    }
    auto store = std::make_unique<GlobalStore>(spec, source, std::move(backing));
    if (auto opened = store->open(); !opened) return fail(opened.error().at("global store " + name));
    all->stores_.emplace(name, std::move(store));
  }
  return all;
}

std::vector<GlobalStore*> GlobalTables::stores() const {
  std::vector<GlobalStore*> all;
  for (const auto& [name, store] : stores_) all.push_back(store.get());
  return all;
}

std::vector<GlobalStore*> GlobalTables::stores_of(const std::string& topic) const {
  std::vector<GlobalStore*> readers = stores();
  std::erase_if(readers, [&](const GlobalStore* store) { return store->spec().topic != topic; });
  return readers;
}

std::vector<std::string> GlobalTables::topics() const {
  std::vector<std::string> topics;
  for (const auto& [name, store] : stores_) topics.push_back(store->spec().topic);
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

GlobalStore* GlobalTables::find(const std::string& name) const {
  auto found = stores_.find(name);
  return found == stores_.end() ? nullptr : found->second.get();
}

Result<> GlobalTables::take(const log::FetchedBatch& fetched) {
  ++taken_;
  for (const auto& [name, store] : stores_) {
    if (store->spec().topic == fetched.partition.topic) WEIR_TRY(store->take(fetched, skips_undecodable_, *counters_));
  }
  return {};
}

Result<> GlobalTables::apply(std::int64_t now_ms) {
  for (const auto& [name, store] : stores_) WEIR_TRY(store->apply(now_ms));
  return {};
}

std::size_t GlobalTables::memory_bytes() const {
  std::size_t total = 0;
  for (const auto& [name, store] : stores_) {
    if (store->is_on_disk()) total += store->rows().memory_bytes();
  }
  return total;
}

std::size_t GlobalTables::pending_bytes() const {
  std::size_t total = 0;
  for (const auto& [name, store] : stores_) {
    if (store->is_on_disk()) total += store->rows().pending_bytes();
  }
  return total;
}

std::size_t GlobalTables::evict(std::size_t bytes) {
  std::size_t freed = 0;
  for (const auto& [name, store] : stores_) {
    if (freed < bytes && store->is_on_disk()) freed += store->rows().evict(bytes - freed);
  }
  return freed;
}

}  // namespace weir::streams
