// HMAC-SHA-256, as webhooks sign what they send: hexadecimal, in a header.
#pragma once

#include <string>
#include <string_view>

namespace weir::connect {

std::string hmac_sha256_hex(std::string_view secret, std::string_view message);

// Takes as long whether they differ early, late or not at all.
bool are_equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace weir::connect
