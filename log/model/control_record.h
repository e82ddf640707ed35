// The kinds of control records: what the first four bytes of their keys say (int16 version, int16 type).
#pragma once

#include <cstdint>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::log {

enum class ControlType : std::int16_t {  // on disk: do not renumber
  unknown = -1,
  abort = 0,
  commit = 1,
  leader_change = 2,
  snapshot_header = 3,
  snapshot_footer = 4,
  kraft_version = 5,
  kraft_voters = 6,
};

// unknown for a type that is not listed; invalid_record if the key is too short or its version negative.
Result<ControlType> parse_control_type(Bytes key);

}  // namespace weir::log
