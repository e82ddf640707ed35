#include "log/model/ids.h"

namespace weir::log {

namespace {
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextSize = 22;
}  // namespace

std::string Uuid::to_string() const {
  std::string text;
  std::uint32_t pending = 0;
  int bits = 0;
  for (auto byte : bytes) {
    pending = (pending << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) text.push_back(kDigits[(pending >> (bits - 6)) & 63]);
  }
  text.push_back(kDigits[(pending << (6 - bits)) & 63]);
  return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  Uuid id;
  std::uint32_t pending = 0;
  int bits = 0;
  std::size_t filled = 0;
  for (char c : text) {
    auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = (pending << 6) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8 && filled < id.bytes.size()) {
      bits -= 8;
      id.bytes[filled++] = static_cast<std::uint8_t>(pending >> bits);
    }
  }
  return id;
}

}  // namespace weir::log
