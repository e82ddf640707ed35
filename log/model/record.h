// RecordView: one record as it lies in its (decompressed) batch, borrowed. Headers: its headers, decoded on demand.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/model/ids.h"

namespace weir::log {

struct Header {
  std::string key;
  std::optional<OwnedBytes> value;
  bool operator==(const Header&) const = default;
};

struct HeaderView {
  Bytes key;
  NullableBytes value;
};

// The encoded headers of one record: `count` of them in `encoded`. Empty for nearly every record, so they cost two
// words until someone iterates.
struct HeadersView {
  std::int32_t count = 0;
  Bytes encoded;

  bool empty() const { return count == 0; }
  std::vector<HeaderView> decode() const;  // borrowed; precondition: is_whole, as it is for those of a record
  // Are the bytes just so many headers? To be asked where they come from elsewhere than a batch.
  bool is_whole() const;
};

// Headers in encoded form: the view borrows from `scratch`.
HeadersView encode_headers(std::span<const Header> headers, OwnedBytes& scratch);

// Borrowed from the batch it was read from: valid as long as the reader's current batch.
struct RecordView {
  Offset offset;
  std::int64_t timestamp_ms = kNoTimestamp;
  NullableBytes key;
  NullableBytes value;
  HeadersView headers;
};

}  // namespace weir::log
