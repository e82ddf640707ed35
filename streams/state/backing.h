// Backing: what lies below a store's overlay: sorted encoded rows that are committed, and the position they belong to.
// RocksDB in production, nothing in tests and for stores in memory. Owned by one task; one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "streams/state/position.h"

namespace weir::streams::state {

struct EncodedRow {
  Bytes key;
  NullableBytes value;  // null: delete
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
