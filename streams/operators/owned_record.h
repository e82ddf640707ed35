// OwnedRecord: a copy of a record of a topic, as it came, for what outlives the batch that it stood in: dead letters of
// records that were decoded ahead, records whose results come later.
#pragma once

#include <optional>
#include <string>

#include "log/model/record.h"

namespace weir::streams {

class OwnedRecord {
 public:
  explicit OwnedRecord(const log::RecordView& view)
      : offset_(view.offset),
        timestamp_ms_(view.timestamp_ms),
        key_(owned(view.key)),
        value_(owned(view.value)),
        header_count_(view.headers.count),
        headers_(view.headers.encoded) {}

  // Borrows from this.
  log::RecordView view() const {
    return {offset_, timestamp_ms_, borrowed(key_), borrowed(value_), {header_count_, headers_}};
  }

 private:
  static std::optional<OwnedBytes> owned(const NullableBytes& bytes) {
    return bytes ? std::optional<OwnedBytes>(*bytes) : std::nullopt;
  }
  static NullableBytes borrowed(const std::optional<OwnedBytes>& bytes) {
    return bytes ? NullableBytes(*bytes) : std::nullopt;
  }

  log::Offset offset_;
  std::int64_t timestamp_ms_;
  std::optional<OwnedBytes> key_;
  std::optional<OwnedBytes> value_;
  std::int32_t header_count_;
  OwnedBytes headers_;
};

}  // namespace weir::streams
