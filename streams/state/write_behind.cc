#include "streams/state/write_behind.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "log/base/assert.h"
#include "log/base/cursor.h"

namespace weir::streams::state {

namespace {
constexpr std::size_t kTimestampSize = 8;  // in front of every value below

struct EncodedSize {
  std::uint32_t key;
  std::uint32_t value;
};
}  // namespace

WriteBehind::WriteBehind(std::string name, const TypeOps& value_type, std::unique_ptr<Backing> backing)
    : Store(std::move(name)),
      holds_everything_(backing == nullptr),
      value_type_(&value_type),
      backing_(std::move(backing)) {
  WEIR_ASSERT(value_type.align <= 16, value_type.name);
}

// The rows belong to the stores' indexes, which free them through forget_rows() before this runs.
WriteBehind::~WriteBehind() {
  drop_images(attempts_, 0);
  drop_images(dirty_, 0);
}

// --- rows ---

// row | key, where it is the row's own | value: who looks for a row reads its key before all else
std::size_t WriteBehind::value_offset(std::size_t key_bytes) const {
  const std::size_t align = std::max<std::size_t>(value_type_->align, 1);
  return (sizeof(Row) + key_bytes + align - 1) / align * align;
}

char* WriteBehind::own_key_of(Row* row) {
  return reinterpret_cast<char*>(row) + sizeof(Row);
}

Row* WriteBehind::place_row(std::size_t key_bytes) {
  const std::size_t offset = value_offset(key_bytes);
  void* block = arena_.allocate(offset + value_type_->size);
  Row* row = new (block) Row;
  row->value_ = static_cast<char*>(block) + offset;
  row->was_used_ = true;
  return row;
}

Row* WriteBehind::new_row(Bytes key, std::uint64_t hash) {
  Row* row = place_row(key.size());
  char* copy = own_key_of(row);
  std::memcpy(copy, key.data(), key.size());
  row->hash = hash;
  row->key_data = copy;
  row->key_size = static_cast<std::uint32_t>(key.size());
  return row;
}

Row* WriteBehind::new_row_sharing_key(const Entry& keyed) {
  Row* row = place_row(0);
  static_cast<Entry&>(*row) = keyed;
  return row;
}

void WriteBehind::free_row(Row* row, bool owns_key) {
  WEIR_ASSERT(is_clean(*row));
  release(row, owns_key);
}

void WriteBehind::release(Row* row, bool owns_key) {
  if (row->is_constructed_) {
    heap_bytes_ -= heap_of(*row);
    value_type_->destroy(row->value_);
  }
  arena_.free(row, row_bytes(*row, owns_key));
}

void WriteBehind::release_with_store(Row* row, bool owns_key) {
  if (!Arena::has_chunk(row_bytes(*row, owns_key))) return release(row, owns_key);
  if (row->is_constructed_ && !value_type_->is_trivial) value_type_->destroy(row->value_);
}

std::size_t WriteBehind::row_bytes(const Row& row, bool owns_key) const {
  return value_offset(owns_key ? row.key_size : 0) + value_type_->size;
}

void WriteBehind::drop_row(Row* row, bool owns_key) {
  WEIR_ASSERT(is_clean(*row));
  const std::size_t size = row_bytes(*row, owns_key);
  if (!Arena::has_chunk(size) || !Arena::is_retired(row)) return release(row, owns_key);
  if (row->is_constructed_) {
    heap_bytes_ -= heap_of(*row);
    value_type_->destroy(row->value_);
  }
  arena_.drop(size);
}

Row* WriteBehind::move_row(Row* row, bool owns_key) {
  WEIR_ASSERT(is_clean(*row));
  const std::size_t size = row_bytes(*row, owns_key);
  void* block = arena_.allocate(size);
  Row* moved = new (block) Row(*row);
  moved->value_ = static_cast<char*>(block) + value_offset(owns_key ? row->key_size : 0);
  if (owns_key) {
    char* key = own_key_of(moved);
    std::memcpy(key, row->key_data, row->key_size);
    moved->key_data = key;
  }
  if (row->is_constructed_) {
    value_type_->move(moved->value_, row->value_);
    value_type_->destroy(row->value_);
  }
  arena_.drop(size);
  row->value_ = moved;
  return moved;
}

void WriteBehind::pin_images(ChunkSweep& sweep) const {
  for (const auto* images : {&dirty_, &attempts_}) {
    for (const Image& image : *images) {
      if (image.value != nullptr) sweep.pin(image.value, value_type_->size);
    }
  }
}

std::size_t WriteBehind::heap_of_value(const void* value) const {
  return value_type_->is_trivial ? 0 : heap_block(value_type_->heap_bytes(value));
}

std::size_t WriteBehind::heap_of(const Row& row) const {
  return row.is_constructed_ ? heap_of_value(row.value_) : 0;
}

void WriteBehind::measure() {
  if (value_type_->is_trivial) return;
  for (Image& image : dirty_) measure(image);
}

void WriteBehind::measure(Image& image) {
  const std::size_t now = heap_of(*image.row);
  heap_bytes_ += now - std::exchange(image.heap_bytes, now);
}

void WriteBehind::settle(Row& row, std::size_t heap_before) {
  heap_bytes_ += heap_of(row) - heap_before;
}

// A default value, whatever was there.
void WriteBehind::make_value(Row& row) {
  if (row.is_constructed_) value_type_->destroy(row.value_);
  value_type_->construct(row.value_);
  row.is_constructed_ = true;
}

void WriteBehind::load_value(Row& row, Bytes stored) {
  if (stored.size() < kTimestampSize) {
    return fail(
        {ErrorCode::corrupt_data, "store " + name() + ": a row of " + std::to_string(stored.size()) + " bytes"});
  }
  std::size_t heap_before = heap_of(row);
  make_value(row);
  if (!value_type_->decode(stored.substr(kTimestampSize), row.value_)) {
    return fail({ErrorCode::corrupt_data, "store " + name() + ": stored bytes are no " + value_type_->name});
  }
  row.timestamp_ms_ = load_big_endian<std::int64_t>(stored.data());
  row.exists_ = true;
  settle(row, heap_before);
}

// --- changes ---

void WriteBehind::touch(Row& row) {
  if (!row.is_dirty_) {
    dirty_.push_back(image_of(row));
    row.is_dirty_ = true;
    row.is_new_ = !row.exists_ && !row.is_pending_;
  }
  if (!savepoints_.empty()) attempts_.push_back(image_of(row));
  row.is_open_ = !uses_savepoints_ || !savepoints_.empty();
  row.was_used_ = true;
}

WriteBehind::Image WriteBehind::image_of(Row& row) {
  Image image{&row, nullptr, row.timestamp_ms_, heap_of(row)};
  if (row.exists_) {
    image.value = arena_.allocate(value_type_->size);
    value_type_->copy(image.value, row.value_);
    image_heap_bytes_ += heap_of_value(image.value);
  }
  return image;
}

void WriteBehind::give_back(const Image& image) {
  Row& row = *image.row;
  is_measured_ = false;
  row.timestamp_ms_ = image.timestamp_ms;
  row.exists_ = image.value != nullptr;
  if (row.exists_) value_type_->assign(row.value_, image.value);
}

void* WriteBehind::modify(Row& row, std::int64_t timestamp_ms) {
  about_to_change();
  if (!row.is_open_) touch(row);
  if (!row.exists_) {
    make_value(row);
    row.exists_ = true;
  }
  row.timestamp_ms_ = timestamp_ms;
  is_measured_ = false;
  return row.value_;
}

void WriteBehind::put(Row& row, const void* value, std::int64_t timestamp_ms) {
  if (value == nullptr) return erase(row, timestamp_ms);
  if (value != row.value_) {
    value_type_->assign(modify(row, timestamp_ms), value);
  } else {
    modify(row, timestamp_ms);
  }
}

void WriteBehind::erase(Row& row, std::int64_t timestamp_ms) {
  if (!row.exists_) return;
  about_to_change();
  if (!row.is_open_) touch(row);
  row.exists_ = false;
  row.timestamp_ms_ = timestamp_ms;
}

// --- the way of a commit ---

Result<> WriteBehind::write_changes(ChangeSink& changelog) {
  if (error_) return weir::fail(*error_);
  if (!changelog.takes_changes()) return {};
  OwnedBytes key_scratch;
  OwnedBytes value_scratch;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (Image& image : dirty_) {
    Row& row = *image.row;
    measure(image);                             // while it is near
    if (row.is_new_ && !row.exists_) continue;  // it came and went, and nobody has heard of it
    NullableBytes value;
    if (row.exists_) value = value_type_->encode(row.value_, value_scratch);
    WEIR_TRY(changelog.change(changelog_key(row, key_scratch), value, row.timestamp_ms_));
    ++count;
    bytes += value ? value->size() : 0;
  }
  if (count > 0) encoded_bytes_ = bytes / count + 1;
  is_measured_ = true;
  return {};
}

void WriteBehind::committed() {
  WEIR_ASSERT(savepoints_.empty(), "an attempt lies within a transaction");
  for (const Image& image : dirty_) {
    Row& row = *image.row;
    if (!is_measured_) settle(row, image.heap_bytes);
    if (row.exists_ || !row.is_new_) mark_pending(row, value_bytes_of(row));
    row.is_dirty_ = row.is_open_ = row.is_new_ = false;
  }
  drop_images(dirty_, 0);
  is_measured_ = false;
  on_committed();
}

void WriteBehind::undo() {
  about_to_change();
  drop_images(attempts_, 0);
  savepoints_.clear();
  for (const Image& image : dirty_) {
    Row& row = *image.row;
    row.is_dirty_ = row.is_open_ = row.is_new_ = false;
    give_back(image);
    settle(row, image.heap_bytes);
  }
  drop_images(dirty_, 0);
  on_undone();
}

void WriteBehind::drop_images(PagedVector<Image>& images, std::size_t from) {
  for (std::size_t i = from; i < images.size(); ++i) {
    if (images[i].value == nullptr) continue;
    image_heap_bytes_ -= heap_of_value(images[i].value);
    value_type_->destroy(images[i].value);
    arena_.free(images[i].value, value_type_->size);
  }
  images.resize(from);
}

// --- attempts ---

void WriteBehind::set_savepoint() {
  if (!uses_savepoints_) {
    uses_savepoints_ = true;
    for (const Image& image : dirty_) image.row->is_open_ = false;
  }
  for (const Image& image : attempts_) image.row->is_open_ = false;
  savepoints_.push_back(attempts_.size());
}

// The last images first: of several of one row the oldest counts. The rows stay dirty, which is only a row too much in
// the changelog.
void WriteBehind::roll_back() {
  about_to_change();
  const std::size_t from = savepoints_.back();
  if (attempts_.size() > from) ++rollbacks_;
  for (std::size_t i = attempts_.size(); i > from; --i) {
    give_back(attempts_[i - 1]);
    attempts_[i - 1].row->is_open_ = false;
  }
  drop_images(attempts_, from);
  savepoints_.pop_back();
}

// What an inner attempt changed belongs to the outer one.
void WriteBehind::release_savepoint() {
  savepoints_.pop_back();
  if (!savepoints_.empty()) return;
  for (const Image& image : attempts_) image.row->is_open_ = false;
  drop_images(attempts_, 0);
}

// As it is encoded, or about that.
std::size_t WriteBehind::value_bytes_of(const Row& row) const {
  return encoded_bytes_ ? *encoded_bytes_ : value_type_->size + heap_of(row);
}

// What a row takes while it is written below.
std::size_t WriteBehind::written_bytes(const Row& row, std::size_t value_bytes) const {
  constexpr std::size_t kMostAroundKey = 20;  // in a window store
  return sizeof(EncodedRow) + kMostAroundKey + row.key_size + kTimestampSize + value_bytes;
}

void WriteBehind::mark_pending(Row& row, std::size_t value_bytes) {
  if (row.is_pending_) return;
  row.is_pending_ = true;
  pending_.push_back(&row);
  pending_bytes_ += written_bytes(row, value_bytes);
}

void WriteBehind::thin_out_pending() {
  pending_bytes_ = 0;
  std::erase_if(pending_, [this](Row* row) {
    row->is_pending_ = is_kept_below(*row);
    if (row->is_pending_) pending_bytes_ += written_bytes(*row, value_bytes_of(*row));
    return !row->is_pending_;
  });
}

void WriteBehind::forget_pending() {
  for (Row* row : pending_) row->is_pending_ = false;
  pending_.clear();
  pending_bytes_ = 0;
}

Result<> WriteBehind::apply(const Position& position) {
  WEIR_ASSERT(dirty_.empty(), "what is applied is committed");
  if (error_) return weir::fail(*error_);
  if (backing_ != nullptr && (!pending_.empty() || position != applied_)) {
    // For a moment what is pending is there twice: here as it is written below.
    std::basic_string<char, std::char_traits<char>, PageAllocator<char>> buffer;
    buffer.reserve(pending_bytes_);
    PagedVector<EncodedSize> sizes;
    sizes.reserve(pending_.size());
    OwnedBytes key_scratch;
    OwnedBytes value_scratch;
    for (const Row* row : pending_) {
      if (!is_kept_below(*row)) continue;
      const Bytes key = backing_key(*row, key_scratch);
      buffer.append(key);
      const std::size_t value_at = buffer.size();
      if (row->exists_) {
        char timestamp[kTimestampSize];
        store_big_endian(timestamp, row->timestamp_ms_);
        buffer.append(timestamp, kTimestampSize);
        buffer.append(value_type_->encode(row->value_, value_scratch));
      }
      sizes.push_back({static_cast<std::uint32_t>(key.size()),
                       row->exists_ ? static_cast<std::uint32_t>(buffer.size() - value_at) : EncodedRow::kDeleted});
    }
    PagedVector<EncodedRow> rows;
    rows.reserve(sizes.size());
    const char* at = buffer.data();
    for (const EncodedSize& size : sizes) {
      rows.emplace_back(at, size.key, size.value);
      at += size.key + (size.value == EncodedRow::kDeleted ? 0 : size.value);
    }
    PagedVector<EncodedSize>().swap(sizes);
    std::sort(rows.begin(), rows.end(), [](const EncodedRow& a, const EncodedRow& b) { return a.key() < b.key(); });
    if (auto applied = backing_->apply(rows, take_dropped_ranges(), position); !applied) {
      fail(applied.error().at("store " + name()));
      return applied;
    }
  }
  forget_pending();
  applied_ = position;
  on_applied();
  return {};
}

// --- taking over ---

Result<std::optional<Position>> WriteBehind::stored_position() {
  if (backing_ == nullptr) return std::optional<Position>{};
  WEIR_TRY_VAR(position, backing_->position());
  if (position) applied_ = *position;
  return position;
}

bool WriteBehind::has_rows_below() const {
  return backing_ != nullptr && backing_->scan({}, {}, ScanOrder::forward)->valid();
}

void WriteBehind::restore_row(Row& row, NullableBytes value, std::int64_t timestamp_ms) {
  about_to_change();
  WEIR_ASSERT(!row.is_dirty_, "a store is restored before it is used");
  std::size_t heap_before = heap_of(row);
  if (value) {
    make_value(row);
    if (!value_type_->decode(*value, row.value_)) {
      return fail({ErrorCode::corrupt_data, "store " + name() + ": changelog bytes are no " + value_type_->name});
    }
  }
  row.exists_ = value.has_value();
  row.timestamp_ms_ = timestamp_ms;
  settle(row, heap_before);
  mark_pending(row, value ? value->size() : 0);
}

Result<> WriteBehind::clear() {
  undo();
  forget_pending();
  forget_rows();
  applied_ = {};
  error_.reset();
  if (backing_ != nullptr) WEIR_TRY(backing_->clear());
  holds_everything_ = true;
  on_cleared();
  return {};
}

void WriteBehind::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

}  // namespace weir::streams::state
