// Value: a piece of data on its way between systems, as Kafka Connect knows it: null, numbers by their size, text,
// bytes, the logical types (decimal, date, time, timestamp), lists, maps, and structs, which have a schema. Whoever has
// a schema beside it (Datum, a struct's field) finds in it what the schema says; without one a JSON object is a map.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

class Value;
struct Schema;
using SchemaPtr = std::shared_ptr<const Schema>;  // shared: every record of a table has the same

struct Null {
  bool operator==(const Null&) const = default;
};

struct Blob {
  OwnedBytes bytes;
  bool operator==(const Blob&) const = default;
};

// unscaled * 10^-scale, of any size; as Kafka Connect's Decimal and Java's BigDecimal.
struct Decimal {
  OwnedBytes unscaled;  // two's complement, big-endian, at least one byte and no more than needed
  std::int32_t scale = 0;

  // "-12.50" has scale 2, "1e3" scale -3. At most 10,000 digits, before or behind the point. invalid_argument.
  static Result<Decimal> parse(std::string_view text);
  // Of two's complement, big-endian. invalid_argument: none, or too many for 10,000 digits.
  static Result<Decimal> of_bytes(Bytes unscaled, std::int32_t scale);
  std::string to_text() const;  // never with an exponent
  // The same number; invalid_argument if it has more digits behind the point.
  Result<Decimal> with_scale(std::int32_t wanted) const;
  bool operator==(const Decimal&) const = default;
};

struct Date {
  std::int32_t days = 0;  // since 1970-01-01
  bool operator==(const Date&) const = default;
};

struct Time {
  std::int32_t ms = 0;  // since midnight
  bool operator==(const Time&) const = default;
};

struct Timestamp {
  std::int64_t ms = 0;  // since 1970, UTC
  bool operator==(const Timestamp&) const = default;
};

using List = std::vector<Value>;

// In the order in which they came.
struct Map {
  std::vector<std::pair<Value, Value>> entries;

  // Of a key that is text; null if there is none.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  void set(std::string_view key, Value value);  // replaces, or adds at the end
  bool erase(std::string_view key);
  bool operator==(const Map& other) const;
};

// One value for each field of the schema, in its order. Invariant: schema != nullptr, as many values as it has fields.
struct Struct {
  SchemaPtr schema;
  std::vector<Value> values;

  // Null: the schema has no such field.
  const Value* find(std::string_view field) const;
  Value* find(std::string_view field);
  bool operator==(const Struct& other) const;  // schemas by what they say
};

class Value {
 public:
  using Is = std::variant<Null, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, float, double, std::string,
                          Blob, Decimal, Date, Time, Timestamp, List, Map, Struct>;

  Value() = default;
  template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Value> &&
           std::is_constructible_v<Is, std::in_place_type_t<std::remove_cvref_t<T>>, T>) Value(T&& value)
      : is_(std::in_place_type<std::remove_cvref_t<T>>, std::forward<T>(value)) {}
  Value(const char* text) : is_(std::in_place_type<std::string>, text) {}
  Value(std::string_view text) : is_(std::in_place_type<std::string>, text) {}

  bool is_null() const { return std::holds_alternative<Null>(is_); }
  template <class T>
  bool is() const {
    return std::holds_alternative<T>(is_);
  }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&is_);
  }
  template <class T>
  T* get_if() {
    return std::get_if<T>(&is_);
  }
  template <class T>
  const T& get() const {  // precondition: it is one
    return std::get<T>(is_);
  }
  const Is& alternatives() const { return is_; }

  bool operator==(const Value& other) const;

 private:
  Is is_;
};

// What a value is called in messages: "a string", "an int32", "a struct".
std::string_view name_of_type(const Value& value);

}  // namespace weir::connect
