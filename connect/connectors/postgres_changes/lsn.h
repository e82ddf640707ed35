// Lsn: a place in PostgreSQL's write-ahead log, as a number, and as the server writes it: "16/B374D848".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::connect {

using Lsn = std::uint64_t;

inline std::string lsn_text(Lsn lsn) {
  const auto hex = [](std::uint32_t half) {
    char digits[8];
    char* end = std::to_chars(digits, digits + sizeof(digits), half, 16).ptr;
    for (char* digit = digits; digit != end; ++digit) {
      if (*digit >= 'a') *digit = static_cast<char>(*digit - 'a' + 'A');
    }
    return std::string(digits, end);
  };
  return hex(static_cast<std::uint32_t>(lsn >> 32)) + "/" + hex(static_cast<std::uint32_t>(lsn));
}

inline std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  const auto read = [](std::string_view part, std::uint32_t& into) {
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into, 16);
    return error == std::errc{} && end == part.data() + part.size();
  };
  if (!read(text.substr(0, slash), high) || !read(text.substr(slash + 1), low)) return std::nullopt;
  return static_cast<Lsn>(high) << 32 | low;
}

}  // namespace weir::connect
