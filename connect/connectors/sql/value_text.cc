#include "connect/connectors/sql/value_text.h"

#include <cmath>

#include "connect/data/calendar.h"
#include "connect/data/encoding.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

std::string text_of_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  std::string text;
  append_json_number(number, text);
  return text;
}

struct TextOf {
  Result<std::string> operator()(Null) const { return std::string(); }
  Result<std::string> operator()(bool value) const { return std::string(value ? "true" : "false"); }
  Result<std::string> operator()(std::int8_t value) const { return std::to_string(value); }
  Result<std::string> operator()(std::int16_t value) const { return std::to_string(value); }
  Result<std::string> operator()(std::int32_t value) const { return std::to_string(value); }
  Result<std::string> operator()(std::int64_t value) const { return std::to_string(value); }
  Result<std::string> operator()(float value) const {
    if (!std::isfinite(value)) return text_of_number(value);
    std::string text;
    append_json_number(value, text);
    return text;
  }
  Result<std::string> operator()(double value) const { return text_of_number(value); }
  Result<std::string> operator()(const std::string& value) const { return value; }
  Result<std::string> operator()(const Blob& value) const { return value.bytes; }
  Result<std::string> operator()(const Decimal& value) const { return value.to_text(); }
  Result<std::string> operator()(const Date& value) const {
    std::string text;
    append_iso_date(value.days, text);
    return text;
  }
  Result<std::string> operator()(const Time& value) const {
    std::string text;
    append_iso_time(value.ms, text);
    return text;
  }
  Result<std::string> operator()(const Timestamp& value) const {
    std::string text;
    append_iso_timestamp(value.ms, text);
    return text;
  }
  Result<std::string> operator()(const List& value) const { return json_of(value); }
  Result<std::string> operator()(const Map& value) const { return json_of(value); }
  Result<std::string> operator()(const Struct& value) const { return json_of(value); }

  template <class T>
  static Result<std::string> json_of(const T& value) {
    std::string json;
    WEIR_TRY(append_json(Value(T(value)), json));
    return json;
  }
};

}  // namespace

Result<std::string> text_of_value(const Value& value) {
  return std::visit(TextOf{}, value.alternatives());
}

}  // namespace weir::connect
