#include "connect/data/text_value.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "connect/data/calendar.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";
constexpr int kMostNested = 100;

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

SchemaPtr wider(const SchemaPtr& a, const SchemaPtr& b) {
  const bool are_numbers = a->type <= Type::float64 && b->type <= Type::float64 && a->name.empty() && b->name.empty();
  if (are_numbers) return a->type < b->type ? b : a;
  return same_schema(a, b) ? a : nullptr;
}

double as_double(const Value& value) {
  if (const auto* is = value.get_if<std::int8_t>()) return *is;
  if (const auto* is = value.get_if<std::int16_t>()) return *is;
  if (const auto* is = value.get_if<std::int32_t>()) return *is;
  if (const auto* is = value.get_if<std::int64_t>()) return static_cast<double>(*is);
  if (const auto* is = value.get_if<float>()) return *is;
  return value.get<double>();
}

std::int64_t as_integer(const Value& value) {
  if (const auto* is = value.get_if<std::int8_t>()) return *is;
  if (const auto* is = value.get_if<std::int16_t>()) return *is;
  if (const auto* is = value.get_if<std::int32_t>()) return *is;
  return value.get<std::int64_t>();
}

// A number as one of a type that is as wide or wider.
Value widened(const Value& value, const SchemaPtr& schema) {
  if (value.is_null() || !schema || schema->type > Type::float64 || !schema->name.empty()) return value;
  switch (schema->type) {
    case Type::int16:
      return Value(static_cast<std::int16_t>(as_integer(value)));
    case Type::int32:
      return Value(static_cast<std::int32_t>(as_integer(value)));
    case Type::int64:
      return Value(as_integer(value));
    case Type::float32:
      return Value(static_cast<float>(as_double(value)));
    case Type::float64:
      return Value(as_double(value));
    default:
      return value;
  }
}

// What the values of a list or map have in common: nothing, once two do not go together.
class Common {
 public:
  void add(const Datum& datum) {
    if (datum.is_null()) {
      has_null_ = true;
    } else if (!schema_ && !is_mixed_) {
      schema_ = datum.schema;
    } else if (!is_mixed_) {
      schema_ = wider(schema_, datum.schema);
      is_mixed_ = !schema_;
    }
  }
  SchemaPtr schema() const { return has_null_ ? with_optional(schema_, true) : schema_; }

 private:
  SchemaPtr schema_;
  bool is_mixed_ = false;
  bool has_null_ = false;
};

std::optional<Datum> temporal(std::string_view text) {
  constexpr std::size_t kTime = 13;  // 10:15:30.250Z
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kTimestamp = 24;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':') continue;
    plain.push_back(text[i]);
  }
  if (plain.size() == kTime && plain.back() == 'Z') {
    if (auto ms = parse_iso_time(plain)) return Datum{time_schema(), Time{*ms}};
  } else if (plain.size() == kDate) {
    if (auto days = parse_iso_date(plain)) return Datum{date_schema(), Date{*days}};
  } else if (plain.size() == kTimestamp && plain.back() == 'Z') {
    if (auto ms = parse_iso_timestamp(plain)) return Datum{timestamp_schema(), Timestamp{*ms}};
  }
  return std::nullopt;
}

template <class Integer>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Integer>::min() && value <= std::numeric_limits<Integer>::max();
}

Datum datum_of_integer(std::int64_t value) {
  if (fits<std::int8_t>(value)) return {schema_of(Type::int8), static_cast<std::int8_t>(value)};
  if (fits<std::int16_t>(value)) return {schema_of(Type::int16), static_cast<std::int16_t>(value)};
  if (fits<std::int32_t>(value)) return {schema_of(Type::int32), static_cast<std::int32_t>(value)};
  return {schema_of(Type::int64), value};
}

template <class Floating>
std::optional<Floating> floating(std::string_view text) {
  Floating value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !holds_all_digits(text, value)) return std::nullopt;
  return value;
}

std::optional<Datum> number(std::string_view text) {
  const bool may_be = !text.empty() && (text[0] == '+' || text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (!may_be) return std::nullopt;
  auto decimal = Decimal::parse(text);
  if (!decimal) return std::nullopt;
  if (auto whole = decimal->with_scale(0)) {  // also "1.0" and "1e2", as in Kafka Connect
    const std::string digits = whole->to_text();
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc{} && end == digits.data() + digits.size()) return datum_of_integer(value);
  }
  if (decimal->scale != 0) {
    if (auto value = floating<float>(text)) return Datum{schema_of(Type::float32), *value};
    if (auto value = floating<double>(text)) return Datum{schema_of(Type::float64), *value};
  }
  return Datum{decimal_schema(decimal->scale), *std::move(decimal)};
}

// Reads a text that may be a list or a map; what is not understood is nullopt.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  std::optional<Datum> all() {
    auto value = next(0);
    skip_blanks();
    if (!rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }
  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<Datum> next(int depth) {
    if (depth > kMostNested) return std::nullopt;
    if (take('[')) return list(depth);
    if (take('{')) return map(depth);
    if (take('"')) return depth > 0 ? quoted() : std::nullopt;
    return word();
  }

  std::optional<Datum> quoted() {
    std::string text;
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      if (rest_[0] == '"') {
        rest_.remove_prefix(1);
        auto is = temporal(text);
        return is ? *is : Datum{schema_of(Type::string), text};
      }
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      text.push_back(rest_[0]);
    }
    return std::nullopt;
  }

  // Up to what ends it; the colons of times belong to it.
  std::optional<Datum> word() {
    constexpr std::string_view kEnds = ",{}[]\"";
    const std::string_view until_end = rest_.substr(0, rest_.find_first_of(kEnds));
    if (auto is = temporal(without_blanks(until_end))) {
      rest_.remove_prefix(until_end.size());
      return is;
    }
    const std::string_view until_colon = until_end.substr(0, until_end.find(':'));
    const std::string_view text = without_blanks(until_colon);
    rest_.remove_prefix(until_colon.size());
    if (text == "null") return Datum{};
    if (text == "true" || text == "false") return Datum{schema_of(Type::boolean), text == "true"};
    return number(text);
  }

  std::optional<Datum> list(int depth) {
    List items;
    Common common;
    if (!take(']')) {
      do {
        auto item = next(depth + 1);
        if (!item) return std::nullopt;
        common.add(*item);
        items.push_back(std::move(item->value));
      } while (take(','));
      if (!take(']')) return std::nullopt;
    }
    Schema schema{.type = Type::array, .values = common.schema()};
    for (Value& item : items) item = widened(item, schema.values);
    return Datum{std::make_shared<const Schema>(std::move(schema)), std::move(items)};
  }

  std::optional<Datum> map(int depth) {
    Map entries;
    Common keys;
    Common values;
    if (!take('}')) {
      do {
        auto key = next(depth + 1);
        if (!key || key->is_null() || !take(':')) return std::nullopt;
        auto value = next(depth + 1);
        if (!value) return std::nullopt;
        keys.add(*key);
        values.add(*value);
        entries.entries.emplace_back(std::move(key->value), std::move(value->value));
      } while (take(','));
      if (!take('}')) return std::nullopt;
    }
    Schema schema{.type = Type::map, .keys = keys.schema(), .values = values.schema()};
    for (auto& [key, value] : entries.entries) {
      key = widened(key, schema.keys);
      value = widened(value, schema.values);
    }
    return Datum{std::make_shared<const Schema>(std::move(schema)), std::move(entries)};
  }

  std::string_view rest_;
};

enum class Place { alone, inside };

void append_text(const Value& value, Place place, std::string& out);

void append_quoted(std::string_view text, std::string& out) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

struct TextOf {
  Place place;
  std::string& out;

  void word(std::string_view text) const {
    if (place == Place::inside) {
      append_quoted(text, out);
    } else {
      out += text;
    }
  }
  void operator()(const Null&) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int8_t value) const { out += std::to_string(value); }
  void operator()(std::int16_t value) const { out += std::to_string(value); }
  void operator()(std::int32_t value) const { out += std::to_string(value); }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(float value) const { out += java_text(value); }
  void operator()(double value) const { out += java_text(value); }
  void operator()(const std::string& value) const { word(value); }
  void operator()(const Blob& value) const {
    std::string base64;
    append_json_base64(value.bytes, base64);
    word(std::string_view(base64).substr(1, base64.size() - 2));
  }
  void operator()(const Decimal& value) const { out += value.to_text(); }
  void operator()(const Date& value) const {
    std::string text;
    append_iso_date(value.days, text);
    word(text);
  }
  void operator()(const Time& value) const {
    std::string text;
    append_iso_time(value.ms, text);
    word(text + "Z");
  }
  void operator()(const Timestamp& value) const {
    std::string text;
    append_iso_timestamp(value.ms, text);
    word(text);
  }
  void operator()(const List& list) const {
    out.push_back('[');
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out.push_back(',');
      append_text(list[i], Place::inside, out);
    }
    out.push_back(']');
  }
  void operator()(const Map& map) const {
    out.push_back('{');
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      if (i > 0) out.push_back(',');
      append_text(map.entries[i].first, Place::inside, out);
      out.push_back(':');
      append_text(map.entries[i].second, Place::inside, out);
    }
    out.push_back('}');
  }
  void operator()(const Struct& value) const {
    out.push_back('{');
    for (std::size_t i = 0; i < value.values.size(); ++i) {
      if (i > 0) out.push_back(',');
      append_quoted(value.schema->fields[i].name, out);
      out.push_back(':');
      append_text(value.values[i], Place::inside, out);
    }
    out.push_back('}');
  }
};

void append_text(const Value& value, Place place, std::string& out) {
  std::visit(TextOf{place, out}, value.alternatives());
}

}  // namespace

Datum datum_of_text(std::string_view text) {
  if (!without_blanks(text).empty()) {
    if (auto is = TextReader(text).all()) return *std::move(is);
  }
  return {schema_of(Type::string), Value(text)};
}

std::string short_text(const Value& value) {
  std::string out;
  append_text(value, Place::alone, out);
  return out;
}

}  // namespace weir::connect
