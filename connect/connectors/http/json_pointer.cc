#include "connect/connectors/http/json_pointer.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace weir::connect {

namespace {

// ~1 is '/', and ~0 is '~'; nullopt for any other.
std::optional<std::string> unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      text += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    text += token[i] == '0' ? '~' : '/';
  }
  return text;
}

const JsonValue* element(const JsonValue& array, std::string_view text) {
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool has_zeros = text.size() > 1 && text.front() == '0';
  if (error != std::errc{} || end != text.data() + text.size() || has_zeros || index >= array.size()) return nullptr;
  const JsonValue* at = array.first();
  for (; index > 0; --index) at = at->next();
  return at;
}

}  // namespace

const JsonValue* at_pointer(const JsonValue& value, std::string_view pointer) {
  const JsonValue* at = &value;
  while (!pointer.empty() && at != nullptr) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const auto name = unescaped(pointer.substr(0, end));
    pointer.remove_prefix(end);
    if (at->is_object()) {
      at = at->member(*name);
    } else {
      at = at->is_array() ? element(*at, *name) : nullptr;
    }
  }
  return at;
}

bool is_json_pointer(std::string_view text) {
  return text.empty() || (text.front() == '/' && unescaped(text).has_value());
}

}  // namespace weir::connect
