// Bytes: a borrowed run of bytes. OwnedBytes: the same, owned. SharedBytes: a slice of a counted, immutable buffer.
//
// Bytes is std::string_view because that is what it needs to be: comparison is by unsigned byte, hashing is there, and
// a key that is text can be handed to a user as it stands. A function that takes Bytes keeps nothing past its return.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

using Bytes = std::string_view;
using OwnedBytes = std::string;
using NullableBytes = std::optional<Bytes>;  // nullopt is Kafka's null, which is not the empty run

class SharedBytes {
 public:
  SharedBytes() = default;

  // Shares `buffer`; `view` must lie inside what `buffer` keeps alive.
  SharedBytes(std::shared_ptr<const void> buffer, Bytes view) : buffer_(std::move(buffer)), view_(view) {}

  static SharedBytes copy_of(Bytes bytes);
  static SharedBytes take(OwnedBytes bytes);

  Bytes view() const { return view_; }
  const char* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }

  // [from, from + count) of this run, sharing the buffer. Precondition: it lies inside.
  SharedBytes slice(std::size_t from, std::size_t count = std::string_view::npos) const {
    return {buffer_, view_.substr(from, count)};
  }

 private:
  std::shared_ptr<const void>
      buffer_;  // shared: a fetch hands the same bytes to consumers that outlive the segment's cache
  Bytes view_;
};

// Lower-case hex, two digits a byte.
std::string to_hex(Bytes bytes);
std::optional<OwnedBytes> from_hex(std::string_view hex);

}  // namespace weir
