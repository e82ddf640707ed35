#include "connect/data/value.h"

#include <algorithm>

#include "connect/data/schema.h"

namespace weir::connect {

namespace {

bool is_key(const std::pair<Value, Value>& entry, std::string_view key) {
  const auto* text = entry.first.get_if<std::string>();
  return text != nullptr && *text == key;
}

struct TypeName {
  std::string_view operator()(const Null&) const { return "null"; }
  std::string_view operator()(bool) const { return "a boolean"; }
  std::string_view operator()(std::int8_t) const { return "an int8"; }
  std::string_view operator()(std::int16_t) const { return "an int16"; }
  std::string_view operator()(std::int32_t) const { return "an int32"; }
  std::string_view operator()(std::int64_t) const { return "an int64"; }
  std::string_view operator()(float) const { return "a float32"; }
  std::string_view operator()(double) const { return "a float64"; }
  std::string_view operator()(const std::string&) const { return "a string"; }
  std::string_view operator()(const Blob&) const { return "bytes"; }
  std::string_view operator()(const Decimal&) const { return "a decimal"; }
  std::string_view operator()(const Date&) const { return "a date"; }
  std::string_view operator()(const Time&) const { return "a time"; }
  std::string_view operator()(const Timestamp&) const { return "a timestamp"; }
  std::string_view operator()(const List&) const { return "a list"; }
  std::string_view operator()(const Map&) const { return "a map"; }
  std::string_view operator()(const Struct&) const { return "a struct"; }
};

}  // namespace

const Value* Map::find(std::string_view key) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return is_key(entry, key); });
  return found == entries.end() ? nullptr : &found->second;
}

Value* Map::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

void Map::set(std::string_view key, Value value) {
  if (Value* found = find(key)) {
    *found = std::move(value);
  } else {
    entries.emplace_back(Value(key), std::move(value));
  }
}

bool Map::erase(std::string_view key) {
  return std::erase_if(entries, [&](const auto& entry) { return is_key(entry, key); }) > 0;
}

bool Map::operator==(const Map& other) const {
  return entries == other.entries;
}

const Value* Struct::find(std::string_view field) const {
  auto index = schema->index_of(field);
  return index ? &values[*index] : nullptr;
}

Value* Struct::find(std::string_view field) {
  return const_cast<Value*>(std::as_const(*this).find(field));
}

bool Struct::operator==(const Struct& other) const {
  return same_schema(schema, other.schema) && values == other.values;
}

bool Value::operator==(const Value& other) const {
  return is_ == other.is_;
}

std::string_view name_of_type(const Value& value) {
  return std::visit(TypeName{}, value.alternatives());
}

}  // namespace weir::connect
