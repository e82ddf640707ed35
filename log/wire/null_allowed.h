// NullAllowed: whether this version of a message lets a field be null.
#pragma once

#include "log/base/strong.h"

namespace weir::log::wire {

WEIR_FLAG(NullAllowed);

constexpr NullAllowed null_allowed(bool allowed) {
  return allowed ? NullAllowed::yes : NullAllowed::no;
}

}  // namespace weir::log::wire
