// What the fields of messages are made of.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/isolation.h"
#include "log/model/records.h"

namespace weir::log::wire {

class MessageReader;
class MessageWriter;

enum class CoordinatorType : std::int8_t { group = 0, transaction = 1 };  // on the wire: do not renumber

}  // namespace weir::log::wire
