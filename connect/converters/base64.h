// Base64 with padding, as JSON carries bytes (RFC 4648).
#pragma once

#include <optional>
#include <string_view>

#include "log/base/bytes.h"

namespace weir::connect {

std::optional<OwnedBytes> bytes_of_base64(std::string_view text);  // nullopt: it is none

}  // namespace weir::connect
