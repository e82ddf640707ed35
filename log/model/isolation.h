// Isolation: how far a reader sees: to the high watermark, or to the last stable offset and without aborted records.
#pragma once

#include <cstdint>

namespace weir::log {

enum class Isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };  // on the wire: do not renumber

}  // namespace weir::log
