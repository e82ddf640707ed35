// The encoded form of a key in a window, Windowed<K>: key | end (8, big-endian) | start (8). Which partition it belongs
// to its key alone decides: so it lies where the windows of its key were made.
#pragma once

#include "log/base/bytes.h"
#include "log/base/cursor.h"
#include "streams/topology/windows.h"

namespace weir::streams {

inline constexpr std::size_t kWindowBytes = 16;

struct WindowedKeyBytes {
  Bytes key;
  Window window;
};

// Precondition: at least kWindowBytes.
inline WindowedKeyBytes split_windowed_key(Bytes encoded) {
  const std::size_t key_size = encoded.size() - kWindowBytes;
  const char* window = encoded.data() + key_size;
  return {encoded.substr(0, key_size),
          {load_big_endian<std::int64_t>(window + 8), load_big_endian<std::int64_t>(window)}};
}

}  // namespace weir::streams
