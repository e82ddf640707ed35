#include "log/base/bytes.h"

namespace weir {

SharedBytes SharedBytes::copy_of(Bytes bytes) {
  return take(OwnedBytes(bytes));
}

SharedBytes SharedBytes::take(OwnedBytes bytes) {
  auto owner = std::make_shared<const OwnedBytes>(std::move(bytes));
  Bytes view = *owner;
  return {std::move(owner), view};
}

std::string to_hex(Bytes bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

namespace {
int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::optional<OwnedBytes> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  OwnedBytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int high = nibble(hex[i]);
    int low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace weir
