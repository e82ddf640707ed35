// CRC-32C (Castagnoli), the checksum of record batches and of every file that Weir writes. The fastest code that the
// processor knows is chosen once, at run time: three interleaved SSE4.2 streams, the ARMv8 instructions, or tables.
#pragma once

#include <cstdint>

#include "log/base/bytes.h"

namespace weir {

// The checksum of the bytes that gave `previous` followed by `bytes`; 0 starts anew.
std::uint32_t crc32c(Bytes bytes, std::uint32_t previous = 0);

// The portable version, for the test that holds the chosen one against it.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t previous = 0);

}  // namespace weir
