#include "connect/herder/json_text.h"

namespace weir::connect {

void append_text_map(const std::map<std::string, std::string>& map, std::string& out) {
  out += '{';
  for (const auto& [name, text] : map) append_member(name, text, out);
  out += '}';
}

Result<std::map<std::string, std::string>> text_map_of(const JsonValue& object) {
  if (!object.is_object()) return fail(ErrorCode::corrupt_data, "not a map of texts");
  std::map<std::string, std::string> map;
  for (const JsonValue* at = object.first(); at != object.end();) {
    const JsonValue* name = at;
    const JsonValue* value = name->next();
    at = value->next();
    if (value->is_null()) continue;
    if (value->is_array() || value->is_object()) {
      return fail(ErrorCode::corrupt_data, std::string(name->text()) + ": not a text");
    }
    map[std::string(name->text())] = std::string(value->text());
  }
  return map;
}

void append_member(std::string_view name, std::string& out) {
  if (!out.empty() && out.back() != '{') out += ',';
  append_json_string(name, out);
  out += ':';
}

void append_member(std::string_view name, std::string_view text, std::string& out) {
  append_member(name, out);
  append_json_string(text, out);
}

std::string text_of_member(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.is_object() ? object.member(name) : nullptr;
  if (member == nullptr || member->is_null() || member->is_array() || member->is_object()) return {};
  return std::string(member->text());
}

bool flag_of_member(const JsonValue& object, std::string_view name) {
  return text_of_member(object, name) == "true";
}

}  // namespace weir::connect
