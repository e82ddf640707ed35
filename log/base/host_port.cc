#include "log/base/host_port.h"

#include <charconv>

namespace weir {

std::string HostPort::to_string() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> HostPort::parse(std::string_view text) {
  auto refuse = [&](const char* why) {
    return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is no HOST:PORT: " + why);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("there is no port");
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return refuse("an address of IPv6 stands in brackets");
  }
  if (host.empty()) return refuse("there is no host");
  const std::string_view digits = text.substr(colon + 1);
  HostPort parsed{std::string(host), 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return refuse("a port is a number from 0 to 65535");
  }
  return parsed;
}

}  // namespace weir
