// Random bytes that nobody foresees, for nonces, salts and secrets.
#pragma once

#include <cstddef>

#include "log/base/bytes.h"

namespace weir::log::security {

OwnedBytes random_bytes(std::size_t count);

}  // namespace weir::log::security
