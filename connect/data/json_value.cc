#include "connect/data/json_value.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "connect/data/calendar.h"
#include "connect/data/encoding.h"
#include "connect/data/schema.h"
#include "connect/data/text_value.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

Result<Value> value_of_number(const JsonValue& json) {
  const std::string_view text = json.text();
  const bool is_whole = text.find_first_of(".eE") == std::string_view::npos;
  if (is_whole && text != "-0") {
    if (std::int64_t value = 0; json.get(value)) return Value(value);
  } else if (double value = 0; json.get(value) && holds_all_digits(text, value)) {
    return Value(value);
  }
  auto decimal = Decimal::parse(text);
  if (!decimal) return fail(ErrorCode::corrupt_data, "a number of more than 10,000 digits");
  return Value(*std::move(decimal));
}

// The last of each name, at the first one's place.
void keep_last_of_each(Map& map) {
  constexpr std::size_t kFew = 16;
  std::unordered_map<std::string_view, std::size_t> places;
  auto first_of = [&](std::size_t i) -> std::size_t {
    const std::string& name = map.entries[i].first.get<std::string>();
    if (map.entries.size() > kFew) return places.emplace(name, i).first->second;
    for (std::size_t j = 0; j < i; ++j) {
      if (map.entries[j].first.get<std::string>() == name) return j;
    }
    return i;
  };
  std::vector<std::size_t> doubled;
  for (std::size_t i = 0; i < map.entries.size(); ++i) {
    const std::size_t first = first_of(i);
    if (first == i) continue;
    map.entries[first].second = std::move(map.entries[i].second);
    doubled.push_back(i);
  }
  if (doubled.empty()) return;
  std::size_t index = 0;
  auto gone = doubled.begin();
  std::erase_if(map.entries, [&](const auto&) {
    const bool is_gone = gone != doubled.end() && *gone == index++;
    if (is_gone) ++gone;
    return is_gone;
  });
}

Result<Value> value_of_object(const JsonValue& json) {
  Map map;
  map.entries.reserve(json.size());
  for (const auto* name = json.first(); name != json.end();) {
    const auto* inside = name->next();
    WEIR_TRY_VAR(value, value_of_json(*inside));
    map.entries.emplace_back(Value(name->text()), std::move(value));
    name = inside->next();
  }
  keep_last_of_each(map);
  return Value(std::move(map));
}

Result<Value> value_of_array(const JsonValue& json) {
  List list;
  list.reserve(json.size());
  for (const auto* item = json.first(); item != json.end(); item = item->next()) {
    WEIR_TRY_VAR(value, value_of_json(*item));
    list.push_back(std::move(value));
  }
  return Value(std::move(list));
}

// A key of a map as the name of a member.
Result<> append_name(const Value& key, std::string& out) {
  if (const auto* text = key.get_if<std::string>()) {
    append_json_string(*text, out);
    return {};
  }
  std::string json;
  WEIR_TRY(append_json(key, json));
  const bool is_text = json.starts_with('"');  // dates and the like
  if (is_text) {
    out += json;
  } else {
    append_json_string(json, out);
  }
  return {};
}

struct JsonOf {
  std::string& out;

  Result<> operator()(const Null&) const { return put("null"); }
  Result<> operator()(bool value) const { return put(value ? "true" : "false"); }
  template <class Integer>
  requires std::is_integral_v<Integer> Result<>
  operator()(Integer value) const {
    append_json_number(value, out);
    return {};
  }
  template <class Floating>
  requires std::is_floating_point_v<Floating> Result<>
  operator()(Floating value) const {
    if (!std::isfinite(value)) return fail(ErrorCode::invalid_record, "JSON knows no infinity and no NaN");
    append_json_number(value, out);
    return {};
  }
  Result<> operator()(const std::string& value) const {
    append_json_string(value, out);
    return {};
  }
  Result<> operator()(const Blob& value) const {
    append_json_base64(value.bytes, out);
    return {};
  }
  Result<> operator()(const Decimal& value) const { return put(value.to_text()); }
  Result<> operator()(const Date& value) const {
    return quoted([&] { append_iso_date(value.days, out); });
  }
  Result<> operator()(const Time& value) const {
    return quoted([&] { append_iso_time(value.ms, out); });
  }
  Result<> operator()(const Timestamp& value) const {
    return quoted([&] { append_iso_timestamp(value.ms, out); });
  }
  Result<> operator()(const List& list) const {
    out.push_back('[');
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out.push_back(',');
      WEIR_TRY(append_json(list[i], out));
    }
    return put("]");
  }
  Result<> operator()(const Map& map) const {
    out.push_back('{');
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      if (i > 0) out.push_back(',');
      WEIR_TRY(append_name(map.entries[i].first, out));
      out.push_back(':');
      WEIR_TRY(append_json(map.entries[i].second, out));
    }
    return put("}");
  }
  Result<> operator()(const Struct& value) const {
    out.push_back('{');
    for (std::size_t i = 0; i < value.values.size(); ++i) {
      if (i > 0) out.push_back(',');
      append_json_string(value.schema->fields[i].name, out);
      out.push_back(':');
      WEIR_TRY(append_json(value.values[i], out));
    }
    return put("}");
  }

  Result<> put(std::string_view text) const {
    out += text;
    return {};
  }
  template <class Append>
  Result<> quoted(Append append) const {
    out.push_back('"');
    append();
    out.push_back('"');
    return {};
  }
};

}  // namespace

Result<Value> value_of_json(const JsonValue& json) {
  switch (json.kind()) {
    case JsonValue::Kind::null:
      return Value();
    case JsonValue::Kind::boolean:
      return Value(json.text() == "true");
    case JsonValue::Kind::number:
      return value_of_number(json);
    case JsonValue::Kind::string:
      return Value(json.text());
    case JsonValue::Kind::array:
      return value_of_array(json);
    case JsonValue::Kind::object:
      return value_of_object(json);
  }
  return Value();
}

Result<Value> value_of_json(std::string_view text) {
  WEIR_TRY_VAR(document, JsonDocument::parse(text));
  return value_of_json(document.root());
}

Result<> append_json(const Value& value, std::string& out) {
  return std::visit(JsonOf{out}, value.alternatives());
}

}  // namespace weir::connect
