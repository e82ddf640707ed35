// What a payload's bytes are, for tests that look at them.
#pragma once

#include <string>

#include "connect/data/payload.h"

namespace weir::connect {

inline std::string text_of(const Payload& payload) {
  if (payload.is_null()) return "null";
  const auto encoded = payload.encoded();
  return encoded ? std::string(encoded->bytes) : "data";
}

}  // namespace weir::connect
