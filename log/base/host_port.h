// HostPort: where somebody listens, as people write it: "localhost:9092", "[::1]:9092".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir {

struct HostPort {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;

  // What parse reads.
  std::string to_string() const;

  // invalid_argument: with what is wrong about it. An address of IPv6 stands in brackets.
  static Result<HostPort> parse(std::string_view text);
};

}  // namespace weir
