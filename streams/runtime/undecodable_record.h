// UndecodableRecord: a record whose bytes are no key or value of its source's types, kept as it came until it is
// written as a dead letter: a queue decodes ahead, and letters belong into the task's transaction.
#pragma once

#include <optional>
#include <string>

#include "log/model/record.h"

namespace weir::streams {

struct UndecodableRecord {
  std::string reason;
  log::Offset offset;
  std::int64_t timestamp_ms = 0;
  std::optional<OwnedBytes> key;
  std::optional<OwnedBytes> value;
  std::int32_t header_count = 0;
  OwnedBytes headers;

  UndecodableRecord(std::string why, const log::RecordView& view)
      : reason(std::move(why)),
        offset(view.offset),
        timestamp_ms(view.timestamp_ms),
        key(owned(view.key)),
        value(owned(view.value)),
        header_count(view.headers.count),
        headers(view.headers.encoded) {}

  // Borrows from this.
  log::RecordView view() const {
    return {offset, timestamp_ms, borrowed(key), borrowed(value), {header_count, headers}};
  }

 private:
  static std::optional<OwnedBytes> owned(const NullableBytes& bytes) {
    return bytes ? std::optional<OwnedBytes>(*bytes) : std::nullopt;
  }
  static NullableBytes borrowed(const std::optional<OwnedBytes>& bytes) {
    return bytes ? NullableBytes(*bytes) : std::nullopt;
  }
};

}  // namespace weir::streams
