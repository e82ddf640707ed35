#include "streams/state/window_store.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "log/base/cursor.h"
#include "log/base/saturate.h"

namespace weir::streams::state {

namespace {

constexpr std::size_t kWindowSuffix = 12;  // start (8), sequence (4)
constexpr std::size_t kBucketPrefix = 8;
constexpr std::int64_t kMostBuckets = 16;  // that are asked for one after the other, whether there is something or not
constexpr std::int64_t kParts = 256;       // of a bucket, in memory

void append_int64(OwnedBytes& out, std::int64_t value) {
  Writer(out).int64(value);
}

OwnedBytes bucket_start(std::int64_t bucket) {
  OwnedBytes key;
  append_int64(key, bucket);
  return key;
}

struct WindowKey {
  Bytes key;
  std::int64_t start_ms;
  std::uint32_t sequence;
};

// The order of a key's rows.
bool comes_before(const Row& row, std::int64_t start_ms, std::uint32_t sequence) {
  return row.window_start_ms() != start_ms ? row.window_start_ms() < start_ms : row.sequence() < sequence;
}

WindowKey split_window_key(Bytes bytes) {
  std::size_t key_size = bytes.size() - kWindowSuffix;
  const char* suffix = bytes.data() + key_size;
  return {bytes.substr(0, key_size), load_big_endian<std::int64_t>(suffix), load_big_endian<std::uint32_t>(suffix + 8)};
}

}  // namespace

WindowStore::WindowStore(std::string name, const TypeOps& value_type, std::int64_t retention_ms,
                         std::unique_ptr<Backing> backing)
    : WriteBehind(std::move(name), value_type, std::move(backing)),
      retention_ms_(retention_ms),
      bucket_ms_(std::max<std::int64_t>(1, retention_ms / 4)),
      part_ms_(std::max<std::int64_t>(1, bucket_ms_ / kParts)),
      knows_keys_below_(holds_everything_) {}

// In the order in which rows came, which is about that of memory.
WindowStore::~WindowStore() {
  for (const auto& [number, rows] : buckets_) {
    for (auto [keyed, row] : rows) {
      if (row != nullptr) release_with_store(row, false);
    }
  }
  table_.each([this](Entry* entry) {
    auto* keyed = static_cast<Keyed*>(entry);
    const std::size_t size = sizeof(Keyed) + keyed->key_size;
    keyed->~Keyed();
    if (!Arena::has_chunk(size)) arena_.free(keyed, size);
  });
}

std::size_t WindowStore::index_bytes() const {
  constexpr std::size_t kTreeNode = 4 * sizeof(void*);
  constexpr std::size_t kPart = heap_block(kTreeNode + sizeof(decltype(buckets_)::value_type));
  constexpr std::size_t kFilter = heap_block(kTreeNode + sizeof(decltype(keys_below_)::value_type));
  std::size_t filters = keys_below_.size() * kFilter;
  for (const auto& [number, filter] : keys_below_) filters += filter.memory_bytes();
  return table_.memory_bytes() + list_bytes_ + buckets_.size() * kPart + filters;
}

// --- finding ---

WindowStore::Keyed& WindowStore::keyed(Bytes key, std::uint64_t hash) {
  if (Entry* found = table_.find(key, hash)) return static_cast<Keyed&>(*found);
  Keyed* keyed = new_keyed(key, hash);
  if (!holds_everything_) load_windows(*keyed);
  return *keyed;
}

WindowStore::Keyed* WindowStore::find(Bytes key, std::uint64_t hash) {
  if (Entry* found = table_.find(key, hash)) return static_cast<Keyed*>(found);
  return holds_everything_ ? nullptr : &keyed(key, hash);
}

Row* WindowStore::find(Keyed& keyed, std::int64_t window_start_ms) {
  if (window_start_ms < first_live_start(observed_time_ms_)) return nullptr;
  // The newest windows are the ones that are asked for.
  for (auto at = keyed.windows.rbegin(); at != keyed.windows.rend() && (*at)->window_start_ms() >= window_start_ms;
       ++at) {
    if ((*at)->window_start_ms() == window_start_ms) {
      mark_used(**at);
      return (*at)->exists() ? *at : nullptr;
    }
  }
  return nullptr;
}

Row& WindowStore::at_older(Keyed& keyed, std::int64_t window_start_ms) {
  for (auto at = keyed.windows.rbegin(); at != keyed.windows.rend() && (*at)->window_start_ms() >= window_start_ms;
       ++at) {
    if ((*at)->window_start_ms() == window_start_ms) {
      mark_used(**at);
      return **at;
    }
  }
  return insert(keyed, window_start_ms, 0);
}

Row& WindowStore::add(Keyed& keyed, std::int64_t window_start_ms) {
  if (keyed.windows.empty() || keyed.newest()->window_start_ms() < window_start_ms) {
    return insert(keyed, window_start_ms, 0);  // most come in order: the others need not be touched
  }
  auto behind = std::partition_point(keyed.windows.begin(), keyed.windows.end(),
                                     [&](const Row* row) { return row->window_start_ms() <= window_start_ms; });
  const bool is_first = behind == keyed.windows.begin() || (*std::prev(behind))->window_start_ms() != window_start_ms;
  return insert(keyed, window_start_ms, is_first ? 0 : (*std::prev(behind))->sequence() + 1);
}

std::span<Row* const> WindowStore::between(const Keyed& keyed, std::int64_t from_start_ms,
                                           std::int64_t to_start_ms) const {
  from_start_ms = std::max(from_start_ms, first_live_start(observed_time_ms_));
  auto first = std::partition_point(keyed.windows.begin(), keyed.windows.end(),
                                    [&](const Row* row) { return row->window_start_ms() < from_start_ms; });
  auto last = std::partition_point(first, keyed.windows.end(),
                                   [&](const Row* row) { return row->window_start_ms() <= to_start_ms; });
  return {first, last};
}

Row& WindowStore::insert(Keyed& keyed, std::int64_t window_start_ms, std::uint32_t sequence) {
  Row* row = new_row_sharing_key(keyed);
  row->window_start_ms_ = window_start_ms;
  row->sequence_ = sequence;
  put_into_order(keyed, row);
  return *row;
}

// Into the lists of its key and of its time.
void WindowStore::put_into_order(Keyed& keyed, Row* row) {
  list_bytes_ -= bytes_of(keyed.windows);
  auto place = keyed.windows.end();
  while (place != keyed.windows.begin() && !comes_before(**std::prev(place), row->window_start_ms_, row->sequence_)) {
    --place;
  }
  keyed.windows.insert(place, row);
  list_bytes_ += bytes_of(keyed.windows);
  put_into_part(keyed, *row);
}

void WindowStore::put_into_part(Keyed& keyed, Row& row) {
  PartRows& rows = buckets_[part(row.window_start_ms_)];
  list_bytes_ -= bytes_of(rows);
  row.place_ = static_cast<std::uint32_t>(rows.size());
  rows.emplace_back(&keyed, &row);
  list_bytes_ += bytes_of(rows);
}

Row& WindowStore::move(Keyed& keyed, Row& row, std::int64_t window_start_ms) {
  if (row.window_start_ms_ == window_start_ms) return row;
  const bool stays_newest = &row == keyed.newest() && window_start_ms > row.window_start_ms_;
  if (!is_free(row)) return at(keyed, window_start_ms);
  if (!stays_newest && find_row(keyed, window_start_ms, 0) != nullptr) return at(keyed, window_start_ms);
  buckets_.at(part(row.window_start_ms_))[row.place_] = {};
  row.window_start_ms_ = window_start_ms;
  mark_used(row);
  if (stays_newest) {
    put_into_part(keyed, row);
  } else {
    Row** place = std::find(keyed.windows.begin(), keyed.windows.end(), &row);
    keyed.windows.erase(place, place + 1);
    put_into_order(keyed, &row);
  }
  return row;
}

Row* WindowStore::find_row(const Keyed& keyed, std::int64_t window_start_ms, std::uint32_t sequence) {
  auto place = std::partition_point(keyed.windows.begin(), keyed.windows.end(),
                                    [&](const Row* row) { return comes_before(*row, window_start_ms, sequence); });
  if (place == keyed.windows.end()) return nullptr;
  const bool is_it = (*place)->window_start_ms() == window_start_ms && (*place)->sequence() == sequence;
  return is_it ? *place : nullptr;
}

WindowStore::Keyed* WindowStore::new_keyed(Bytes key, std::uint64_t hash) {
  void* block = arena_.allocate(sizeof(Keyed) + key.size());
  Keyed* keyed = new (block) Keyed;
  char* copy = static_cast<char*>(block) + sizeof(Keyed);
  std::memcpy(copy, key.data(), key.size());
  keyed->hash = hash;
  keyed->key_data = copy;
  keyed->key_size = static_cast<std::uint32_t>(key.size());
  table_.insert(keyed);
  return keyed;
}

// Precondition: no window is left, or the whole store goes.
void WindowStore::free_keyed(Keyed* keyed) {
  std::size_t size = sizeof(Keyed) + keyed->key_size;
  list_bytes_ -= bytes_of(keyed->windows);
  keyed->~Keyed();
  arena_.free(keyed, size);
}

void WindowStore::scan(std::int64_t from_start_ms, std::int64_t to_start_ms, const Visit& visit) {
  scan_closed(std::max(from_start_ms, first_live_start(observed_time_ms_)), to_start_ms, visit);
}

void WindowStore::scan_closed(std::int64_t from_start_ms, std::int64_t to_start_ms, const Visit& visit) {
  from_start_ms = std::max<std::int64_t>(from_start_ms, 0);
  if (from_start_ms >= to_start_ms) return;
  if (!holds_everything_) {
    const bool is_open_below = to_start_ms == kForeverMs;
    auto below =
        backing()->scan(bucket_start(bucket(from_start_ms)),
                        is_open_below ? OwnedBytes() : bucket_start(bucket(to_start_ms - 1) + 1), ScanOrder::forward);
    std::vector<OwnedBytes> keys;
    for (; below->valid(); below->next()) {
      WindowKey found = split_window_key(below->key().substr(kBucketPrefix));
      if (table_.find(found.key, hash(found.key)) == nullptr) keys.emplace_back(found.key);
    }
    if (auto status = below->status(); !status) return fail(status.error().at("store " + name()));
    for (const OwnedBytes& key : keys) keyed(key);
  }
  std::vector<Row*> rows;
  const bool is_open = to_start_ms == kForeverMs;  // the last moment belongs to what has no end
  auto end = is_open ? buckets_.end() : buckets_.upper_bound(part(to_start_ms - 1));
  for (auto at = buckets_.lower_bound(part(from_start_ms)); at != end; ++at) {
    for (auto [keyed, row] : at->second) {
      if (row == nullptr) continue;
      std::int64_t start = row->window_start_ms();
      if (row->exists() && start >= from_start_ms && (is_open || start < to_start_ms)) rows.push_back(row);
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row* a, const Row* b) {
    if (a->window_start_ms() != b->window_start_ms()) return a->window_start_ms() < b->window_start_ms();
    return a->key() != b->key() ? a->key() < b->key() : a->sequence() < b->sequence();
  });
  for (Row* row : rows) {
    if (!visit(*row)) return;
  }
}

// --- time ---

void WindowStore::expire(std::int64_t stream_time_ms) {
  observed_time_ms_ = std::max(observed_time_ms_, stream_time_ms);
}

void WindowStore::set_savepoint() {
  WriteBehind::set_savepoint();
  attempted_from_ms_.push_back(observed_time_ms_);
}

void WindowStore::roll_back() {
  WriteBehind::roll_back();
  observed_time_ms_ = attempted_from_ms_.back();
  attempted_from_ms_.pop_back();
}

void WindowStore::release_savepoint() {
  WriteBehind::release_savepoint();
  attempted_from_ms_.pop_back();
}

// Rows that need not wait for an apply: they are many beside those that do, which are looked through for them.
bool WindowStore::is_much_expired() const {
  const std::int64_t first_live = bucket(first_live_start(committed_time_ms_));
  std::size_t expired = 0;
  for (auto at = buckets_.begin(); at != buckets_.end() && at->first.bucket < first_live; ++at) {
    expired += at->second.size();
  }
  return expired > 0 && expired >= pending_rows() / 4;
}

// Expired windows answer no read from the moment time passes them; their memory goes here, after a commit or an apply,
// when no change of them is under way, none of them is pending, and the time that expired them is committed.
void WindowStore::free_expired() {
  const std::int64_t first_live = bucket(first_live_start(committed_time_ms_));
  std::vector<Keyed*> touched;
  while (!buckets_.empty() && buckets_.begin()->first.bucket < first_live) {
    for (auto [keyed, row] : buckets_.begin()->second) {
      if (row == nullptr || keyed->fate == Keyed::Fate::shrinks) continue;
      keyed->fate = Keyed::Fate::shrinks;
      touched.push_back(keyed);
    }
    list_bytes_ -= bytes_of(buckets_.begin()->second);
    buckets_.erase(buckets_.begin());
  }
  for (Keyed* keyed : touched) {
    keyed->fate = Keyed::Fate::stays;
    auto live = std::partition_point(keyed->windows.begin(), keyed->windows.end(),
                                     [&](const Row* row) { return bucket(row->window_start_ms()) < first_live; });
    for (auto at = keyed->windows.begin(); at != live; ++at) free_row(*at, false);
    keyed->windows.erase(keyed->windows.begin(), live);
    if (!keyed->windows.empty()) continue;
    table_.erase(keyed);
    free_keyed(keyed);
  }
}

std::vector<KeyRange> WindowStore::take_dropped_ranges() {
  std::vector<KeyRange> dropped;
  std::int64_t first_live = bucket(first_live_start(committed_time_ms_));
  if (knows_below_ && first_bucket_below_ < first_live) {
    dropped.push_back({bucket_start(first_bucket_below_), bucket_start(first_live)});
    first_bucket_below_ = first_live;
  }
  keys_below_.erase(keys_below_.begin(), keys_below_.lower_bound(first_live));
  // What is about to be applied may open new buckets below, older ones too.
  if (!buckets_.empty()) {
    first_bucket_below_ = std::min(first_bucket_below_, buckets_.begin()->first.bucket);
    last_bucket_below_ = std::max(last_bucket_below_, buckets_.rbegin()->first.bucket);
  }
  return dropped;
}

// By whole buckets, as they are dropped. Most windows of a busy store open and close between two applies.
bool WindowStore::is_kept_below(const Row& row) const {
  return bucket(row.window_start_ms()) >= bucket(first_live_start(committed_time_ms_));
}

// --- keys ---

Bytes WindowStore::changelog_key(const Row& row, OwnedBytes& scratch) const {
  scratch.assign(row.key());
  Writer out(scratch);
  out.int64(row.window_start_ms());
  out.int32(static_cast<std::int32_t>(row.sequence()));
  return scratch;
}

Bytes WindowStore::backing_key(const Row& row, OwnedBytes& scratch) const {
  scratch.clear();
  Writer out(scratch);
  out.int64(bucket(row.window_start_ms()));
  out.bytes(row.key());
  out.int64(row.window_start_ms());
  out.int32(static_cast<std::int32_t>(row.sequence()));
  return scratch;
}

// --- what lies below ---

Result<> WindowStore::find_buckets_below() {
  auto first = backing()->scan({}, {}, ScanOrder::forward);
  auto last = backing()->scan({}, {}, ScanOrder::reverse);
  WEIR_TRY(first->status());
  WEIR_TRY(last->status());
  if (first->valid() && last->valid()) {
    first_bucket_below_ = load_big_endian<std::int64_t>(first->key().data());
    last_bucket_below_ = load_big_endian<std::int64_t>(last->key().data());
  }
  knows_below_ = true;
  return {};
}

void WindowStore::load_windows(Keyed& keyed) {
  if (!knows_below_) {
    if (auto found = find_buckets_below(); !found) return fail(found.error().at("store " + name()));
  }
  // By committed time: an abort takes the observed time back, and then these windows are read again.
  const std::int64_t first_live = first_live_start(committed_time_ms_);
  if (knows_keys_below_) {
    for (auto at = keys_below_.lower_bound(bucket(first_live)); at != keys_below_.end(); ++at) {
      if (at->second.may_contain(keyed.hash)) load_bucket(keyed, at->first, first_live);
    }
    return;
  }
  std::int64_t b = std::max(first_bucket_below_, bucket(first_live));
  // One record with a time far in the future leaves a gap of any number of buckets.
  const bool has_gaps = last_bucket_below_ - b > kMostBuckets;
  for (; b <= last_bucket_below_; ++b) {
    if (has_gaps) {
      auto next = backing()->scan(bucket_start(b), {}, ScanOrder::forward);
      if (!next->valid()) break;
      b = load_big_endian<std::int64_t>(next->key().data());
    }
    load_bucket(keyed, b, first_live);
    if (error()) return;
  }
}

void WindowStore::load_bucket(Keyed& keyed, std::int64_t bucket, std::int64_t first_live_ms) {
  OwnedBytes from = bucket_start(bucket);
  from.append(keyed.key());
  OwnedBytes to = from;
  append_int64(from, std::max<std::int64_t>(0, first_live_ms));
  append_int64(to, INT64_MAX);
  auto below = backing()->scan(from, to, ScanOrder::forward);
  for (; below->valid(); below->next()) {
    // Longer keys that begin with this one lie in between.
    if (below->key().size() != kBucketPrefix + keyed.key_size + kWindowSuffix) continue;
    WindowKey found = split_window_key(below->key().substr(kBucketPrefix));
    load_value(insert(keyed, found.start_ms, found.sequence), below->value());
  }
  if (auto status = below->status(); !status) fail(status.error().at("store " + name()));
}

Result<> WindowStore::restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) {
  if (key.size() < kWindowSuffix) {
    return weir::fail(ErrorCode::corrupt_data, "store " + name() + ": a changelog key of " +
                                                   std::to_string(key.size()) + " bytes is no windowed key");
  }
  WindowKey window = split_window_key(key);
  // Every row of the changelog that lies above the stored position comes this way, so nothing below needs to be read:
  // unless the key has older windows there, which `keyed` loads.
  Keyed& found = keyed(window.key);
  Row* row = find_row(found, window.start_ms, window.sequence);
  restore_row(row != nullptr ? *row : insert(found, window.start_ms, window.sequence), value, timestamp_ms);
  if (error()) return weir::fail(*error());
  return {};
}

void WindowStore::hold_everything() {
  holds_everything_ = knows_keys_below_ = true;
  keys_below_.clear();
}

Result<> WindowStore::preload(std::size_t max_bytes) {
  if (holds_everything_) return {};
  if (!knows_below_) WEIR_TRY(find_buckets_below());
  if (backing()->approximate_bytes() > max_bytes) return {};
  PagedVector<Keyed*> made;
  auto below = backing()->scan({}, {}, ScanOrder::forward);
  for (; below->valid(); below->next()) {
    WindowKey found = split_window_key(below->key().substr(kBucketPrefix));
    std::uint64_t hashed = hash(found.key);
    Entry* entry = table_.find(found.key, hashed);
    if (entry == nullptr) made.push_back(new_keyed(found.key, hashed));
    auto& keyed = entry != nullptr ? static_cast<Keyed&>(*entry) : *made.back();
    if (find_row(keyed, found.start_ms, found.sequence) == nullptr) {
      load_value(insert(keyed, found.start_ms, found.sequence), below->value());
    }
    if (memory_bytes() <= max_bytes) continue;
    // More than files say, which are packed: what is there of these keys may not be all.
    for (Keyed* key : made) key->fate = Keyed::Fate::goes;
    settle_fates({});
    return error() ? weir::fail(*error()) : Result<>();
  }
  WEIR_TRY(below->status());
  if (error()) return weir::fail(*error());
  hold_everything();
  return {};
}

void WindowStore::forget_rows() {
  std::vector<Keyed*> all;
  table_.each([&](Entry* entry) { all.push_back(static_cast<Keyed*>(entry)); });
  table_.clear();
  for (const auto& [number, rows] : buckets_) list_bytes_ -= bytes_of(rows);
  buckets_.clear();
  for (Keyed* keyed : all) {
    for (Row* row : keyed->windows) release(row, false);
    free_keyed(keyed);
  }
}

void WindowStore::on_cleared() {
  observed_time_ms_ = committed_time_ms_ = -1;
  first_bucket_below_ = 0;
  last_bucket_below_ = -1;
  hold_everything();
}

}  // namespace weir::streams::state
