// Backing: what lies below a store's overlay: sorted encoded rows that are committed, and the position they belong to.
// RocksDB in production, nothing in tests and for stores in memory. Owned by one task; one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "streams/state/position.h"

namespace weir::streams::state {

// A row's key and value, one behind the other in memory that is kept alive by whoever made it. Small, as sets of rows
// are sorted and are there beside the rows of which they were made.
class EncodedRow {
 public:
  static constexpr std::uint32_t kDeleted = 0xffffffff;

  // `value_size`: kDeleted for a row that is to go.
  EncodedRow(const char* key_and_value, std::size_t key_size, std::size_t value_size)
      : data_(key_and_value),
        key_size_(static_cast<std::uint32_t>(key_size)),
        value_size_(static_cast<std::uint32_t>(value_size)) {}

  Bytes key() const { return {data_, key_size_}; }
  NullableBytes value() const {  // null: delete
    return value_size_ == kDeleted ? NullableBytes() : Bytes(data_ + key_size_, value_size_);
  }

 private:
  const char* data_;
  std::uint32_t key_size_;
  std::uint32_t value_size_;
};

struct KeyRange {
  OwnedBytes from;  // inclusive
  OwnedBytes to;    // exclusive
};

// Rows in order of their keys, as they were when the iterator was made.
class BackingIterator {
 public:
  virtual ~BackingIterator() = default;
  virtual bool valid() const = 0;
  virtual Bytes key() const = 0;
  virtual Bytes value() const = 0;
  virtual void next() = 0;
  virtual Result<> status() const = 0;
};

enum class ScanOrder { forward, reverse };

class Backing {
 public:
  virtual ~Backing() = default;

  // Fills `value` and says true if the key is there.
  virtual Result<bool> get(Bytes key, OwnedBytes& value) = 0;
  // Keys in [from, to); an empty `to` is open.
  virtual std::unique_ptr<BackingIterator> scan(Bytes from, Bytes to, ScanOrder order) = 0;
  // Drops `dropped` and writes `rows` (ascending, unique keys) together with `position`: all or nothing after any
  // crash.
  virtual Result<> apply(std::span<const EncodedRow> rows, std::span<const KeyRange> dropped,
                         const Position& position) = 0;
  // The position of what would be found after a crash of this process now, and of what is written.
  virtual Result<std::optional<Position>> position() = 0;
  // Makes everything applied survive a crash.
  virtual Result<> flush() = 0;
  // Removes every row and the position.
  virtual Result<> clear() = 0;
  virtual std::uint64_t approximate_bytes() = 0;
  // Rows, as far as they can be told without reading them: one that was written again may count more than once.
  virtual std::uint64_t approximate_rows() = 0;
  // Bytes applied since the last flush: what a crash would have to read again from the changelog.
  virtual std::uint64_t unflushed_bytes() = 0;
};

}  // namespace weir::streams::state
