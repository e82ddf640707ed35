// Base64 as SCRAM's messages have it (RFC 4648, section 4, with padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/base/bytes.h"

namespace weir::log::security {

std::string to_base64(Bytes bytes);
std::optional<OwnedBytes> from_base64(std::string_view text);  // nullopt: it is none

}  // namespace weir::log::security
