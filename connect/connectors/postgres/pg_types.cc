#include "connect/connectors/postgres/pg_types.h"

#include <charconv>
#include <limits>

#include "connect/data/calendar.h"

namespace weir::connect {

namespace {

// pg_type.dat of PostgreSQL; these never change.
enum Oid : std::uint32_t {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kDate = 1082,
  kTime = 1083,
  kTimestamp = 1114,
  kTimestamptz = 1184,
  kNumeric = 1700,
  kUuid = 2950,
  kJsonb = 3802,
};

constexpr std::int64_t kDayUs = kDayMs * 1'000;

SchemaPtr named(Type type, const char* name, bool is_optional) {
  return std::make_shared<Schema>(Schema{.type = type, .is_optional = is_optional, .name = name, .version = 1});
}

// Of numeric(p,s): numeric.c, make_numeric_typmod.
std::optional<std::int32_t> scale_of(std::int32_t modifier) {
  if (modifier < 4) return std::nullopt;
  return (((modifier - 4) & 0x7ff) ^ 1'024) - 1'024;
}

template <class Number>
Result<Value> number(std::string_view text) {
  Number value{};
  if (text == "NaN") return Value(static_cast<Number>(std::numeric_limits<double>::quiet_NaN()));
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    if constexpr (std::is_floating_point_v<Number>) {
      if (text == "Infinity") return Value(std::numeric_limits<Number>::infinity());
      if (text == "-Infinity") return Value(-std::numeric_limits<Number>::infinity());
    }
    return fail(ErrorCode::corrupt_data, "no number: '" + std::string(text) + "'");
  }
  return Value(value);
}

Result<Value> bytes(std::string_view text) {
  auto found = text.starts_with("\\x") ? from_hex(text.substr(2)) : std::nullopt;
  if (!found) return fail(ErrorCode::corrupt_data, "no bytea in hex: '" + std::string(text.substr(0, 40)) + "'");
  return Value(Blob{*std::move(found)});
}

bool take_number(std::string_view& text, std::int64_t& into) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

// "2024-05-01", "12024-05-01"; years before Christ are told by what follows the whole text.
bool take_day(std::string_view& text, bool is_before_christ, std::int64_t& days) {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
  if (!take_number(text, year) || !take(text, '-') || !take_number(text, month) || !take(text, '-') ||
      !take_number(text, day)) {
    return false;
  }
  days = day_of_civil({is_before_christ ? 1 - year : year, static_cast<int>(month), static_cast<int>(day)});
  return true;
}

// "10:15:30.25", in microseconds.
bool take_time(std::string_view& text, std::int64_t& us) {
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  if (!take_number(text, hour) || !take(text, ':') || !take_number(text, minute) || !take(text, ':') ||
      !take_number(text, second)) {
    return false;
  }
  us = ((hour * 60 + minute) * 60 + second) * 1'000'000;
  if (!take(text, '.')) return true;
  for (std::int64_t unit = 100'000; !text.empty() && text[0] >= '0' && text[0] <= '9'; unit /= 10) {
    us += (text[0] - '0') * unit;
    text.remove_prefix(1);
  }
  return true;
}

// "2024-05-01 10:15:30.25", with "+00" behind it where it has a zone, which is UTC's; in microseconds since 1970.
bool read_moment(std::string_view text, std::int64_t& us) {
  if (text == "infinity" || text == "-infinity") {
    us = text == "infinity" ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    return true;
  }
  const bool is_before_christ = text.ends_with(" BC");
  if (is_before_christ) text.remove_suffix(3);
  std::int64_t days = 0;
  std::int64_t time = 0;
  if (!take_day(text, is_before_christ, days) || !take(text, ' ') || !take_time(text, time)) return false;
  us = days * kDayUs + time;
  if (text.empty()) return true;
  const bool is_west = text[0] == '-';
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  text.remove_prefix(1);
  if (!take_number(text, hours)) return false;
  if (take(text, ':') && !take_number(text, minutes)) return false;
  const std::int64_t offset = (hours * 60 + minutes) * 60 * 1'000'000;
  us += is_west ? offset : -offset;
  return text.empty();
}

std::int64_t floor_to_ms(std::int64_t us) {
  return us >= 0 ? us / 1'000 : -((-(us + 1)) / 1'000) - 1;
}

Result<Value> moment(std::string_view text, TimePrecision precision) {
  std::int64_t us = 0;
  if (!read_moment(text, us)) return fail(ErrorCode::corrupt_data, "no timestamp: '" + std::string(text) + "'");
  if (precision == TimePrecision::connect) return Value(Timestamp{floor_to_ms(us)});
  return Value(us);
}

// "2024-05-01 10:15:30.25+00" becomes "2024-05-01T10:15:30.25Z"; infinity stays.
Value zoned(std::string_view text) {
  std::string iso(text);
  if (auto blank = iso.find(' '); blank != std::string::npos) iso[blank] = 'T';
  if (iso.ends_with("+00")) iso.replace(iso.size() - 3, 3, "Z");
  return Value(std::move(iso));
}

Result<Value> date(std::string_view text) {
  if (text == "infinity") return Value(Date{std::numeric_limits<std::int32_t>::max()});
  if (text == "-infinity") return Value(Date{std::numeric_limits<std::int32_t>::min()});
  std::int64_t days = 0;
  std::string_view rest = text;
  const bool is_before_christ = rest.ends_with(" BC");
  if (is_before_christ) rest.remove_suffix(3);
  if (!take_day(rest, is_before_christ, days) || !rest.empty()) {
    return fail(ErrorCode::corrupt_data, "no date: '" + std::string(text) + "'");
  }
  return Value(Date{static_cast<std::int32_t>(days)});
}

Result<Value> time_of_day(std::string_view text, TimePrecision precision) {
  std::int64_t us = 0;
  std::string_view rest = text;
  if (!take_time(rest, us) || !rest.empty()) {
    return fail(ErrorCode::corrupt_data, "no time: '" + std::string(text) + "'");
  }
  if (precision == TimePrecision::connect) return Value(Time{static_cast<std::int32_t>(us / 1'000)});
  return Value(us);
}

Result<Value> decimal(std::string_view text) {
  WEIR_TRY_VAR(parsed, Decimal::parse(text));
  return Value(std::move(parsed));
}

}  // namespace

SchemaPtr schema_of_pg(PgType type, TimePrecision precision, bool is_optional) {
  const auto plain = [is_optional](Type of) {
    return is_optional ? optional_schema_of(of) : schema_of(of);
  };
  const bool is_connect = precision == TimePrecision::connect;
  switch (type.oid) {
    case kBool:
      return plain(Type::boolean);
    case kBytea:
      return plain(Type::bytes);
    case kInt2:
      return plain(Type::int16);
    case kInt4:
      return plain(Type::int32);
    case kInt8:
      return plain(Type::int64);
    case kFloat4:
      return plain(Type::float32);
    case kFloat8:
      return plain(Type::float64);
    case kNumeric: {
      const auto scale = scale_of(type.modifier);
      return scale ? decimal_schema(*scale, is_optional) : plain(Type::string);
    }
    case kDate:
      return date_schema(is_optional);
    case kTime:
      return is_connect ? time_schema(is_optional) : named(Type::int64, "io.debezium.time.MicroTime", is_optional);
    case kTimestamp:
      return is_connect ? timestamp_schema(is_optional)
                        : named(Type::int64, "io.debezium.time.MicroTimestamp", is_optional);
    case kTimestamptz:
      return is_connect ? timestamp_schema(is_optional)
                        : named(Type::string, "io.debezium.time.ZonedTimestamp", is_optional);
    case kJson:
    case kJsonb:
      return named(Type::string, "io.debezium.data.Json", is_optional);
    case kUuid:
      return named(Type::string, "io.debezium.data.Uuid", is_optional);
    default:
      return plain(Type::string);
  }
}

Result<Value> value_of_pg(PgType type, TimePrecision precision, std::string_view text) {
  switch (type.oid) {
    case kBool:
      return Value(text == "t");
    case kBytea:
      return bytes(text);
    case kInt2:
      return number<std::int16_t>(text);
    case kInt4:
      return number<std::int32_t>(text);
    case kInt8:
      return number<std::int64_t>(text);
    case kFloat4:
      return number<float>(text);
    case kFloat8:
      return number<double>(text);
    case kNumeric:
      if (scale_of(type.modifier)) return decimal(text);
      return Value(text);
    case kDate:
      return date(text);
    case kTime:
      return time_of_day(text, precision);
    case kTimestamp:
      return moment(text, precision);
    case kTimestamptz:
      if (precision == TimePrecision::connect) return moment(text, precision);
      return zoned(text);
    default:
      return Value(text);
  }
}

std::string pg_type_of(const Schema& schema) {
  if (schema.name == kDecimalName) return "numeric";
  if (schema.name == kDateName) return "date";
  if (schema.name == kTimeName) return "time";
  if (schema.name == kTimestampName) return "timestamptz";
  switch (schema.type) {
    case Type::int8:
    case Type::int16:
      return "smallint";
    case Type::int32:
      return "integer";
    case Type::int64:
      return "bigint";
    case Type::float32:
      return "real";
    case Type::float64:
      return "double precision";
    case Type::boolean:
      return "boolean";
    case Type::bytes:
      return "bytea";
    case Type::string:
      return "text";
    case Type::array:
    case Type::map:
    case Type::structure:
      return "jsonb";
  }
  return "text";
}

}  // namespace weir::connect
