#include "tests/vectors/message_json.h"

#include <stdexcept>

namespace weir::vectors {

namespace {
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(Bytes bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    Bytes group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

OwnedBytes from_base64(std::string_view text) {
  OwnedBytes bytes;
  std::uint32_t bits = 0;
  int have = 0;
  for (char digit : text) {
    if (digit == '=') break;
    auto value = kDigits.find(digit);
    if (value == std::string_view::npos) throw std::runtime_error("not base64: " + std::string(text));
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes += static_cast<char>(bits >> have & 0xff);
  }
  return bytes;
}

namespace message_json {

boost::json::value show(const log::Uuid& id) {
  return boost::json::string(id.to_string());
}

boost::json::value show(const log::Records& records) {
  OwnedBytes all;
  for (const auto& part : records.parts) all += part.view();
  return boost::json::string(to_base64(all));
}

void read(const boost::json::value& json, log::Uuid& id) {
  auto parsed = log::Uuid::parse(std::string(json.as_string()));
  if (!parsed) throw std::runtime_error("not a uuid");
  id = *parsed;
}

void read(const boost::json::value& json, log::Records& records) {
  records.parts = {SharedBytes::take(from_base64(json.as_string()))};
}

}  // namespace message_json

}  // namespace weir::vectors
