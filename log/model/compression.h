// The codecs of record batches. Formats as Kafka's clients write them: a gzip stream, snappy in xerial framing, the LZ4
// frame format with independent 64 KiB blocks, a zstd frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::log {

enum class Compression : std::uint8_t {
  none = 0,
  gzip = 1,
  snappy = 2,
  lz4 = 3,
  zstd = 4
};  // on disk: do not renumber

std::string_view name_of(Compression codec);  // "none", "gzip", ...
std::optional<Compression> compression_named(std::string_view name);

// Appends the compressed form of `plain` to `out`.
Result<> compress(Compression codec, Bytes plain, OwnedBytes& out);

// Replaces `out` by the plain bytes. corrupt_message if `packed` does not decode or would exceed `max_size` bytes (a
// small batch can claim to hold terabytes).
Result<> decompress(Compression codec, Bytes packed, OwnedBytes& out, std::size_t max_size = std::size_t{1} << 30);

}  // namespace weir::log
