// Schema: what a value is, as Kafka Connect says it: a type, whether it may be null, a name and a version, parameters,
// a default; of structs the fields, of lists and maps what is in them. Logical types are their base with a name:
// org.apache.kafka.connect.data.Decimal over bytes (parameter "scale"), .Date and .Time over int32, .Timestamp over
// int64.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/data/value.h"

namespace weir::connect {

enum class Type { int8, int16, int32, int64, float32, float64, boolean, string, bytes, array, map, structure };

inline constexpr std::string_view kDecimalName = "org.apache.kafka.connect.data.Decimal";
inline constexpr std::string_view kDateName = "org.apache.kafka.connect.data.Date";
inline constexpr std::string_view kTimeName = "org.apache.kafka.connect.data.Time";
inline constexpr std::string_view kTimestampName = "org.apache.kafka.connect.data.Timestamp";

struct SchemaField {
  std::string name;
  SchemaPtr schema;
};

struct Schema {
  Type type = Type::string;
  bool is_optional = false;
  std::string name{};  // empty: it has none
  std::optional<std::int32_t> version{};
  std::string doc{};
  std::map<std::string, std::string> parameters{};
  std::shared_ptr<const Value> default_value{};  // null: it has none
  std::vector<SchemaField> fields{};             // of a struct
  SchemaPtr keys{};                              // of a map
  SchemaPtr values{};                            // of a list or map

  // Null: there is no such field.
  const SchemaField* field(std::string_view field_name) const;
  std::optional<std::size_t> index_of(std::string_view field_name) const;
};

// The same in all it says, however many objects it is made of.
bool same_schema(const SchemaPtr& a, const SchemaPtr& b);

// "int8", "struct", as Kafka Connect's JSON writes types; and back, nullopt if there is none.
std::string_view name_of(Type type);
std::optional<Type> type_named(std::string_view name);

// Shared instances of the plain types.
SchemaPtr schema_of(Type type);           // a plain type, required; precondition: no array, map or structure
SchemaPtr optional_schema_of(Type type);  // the same, may be null
SchemaPtr decimal_schema(std::int32_t scale, bool is_optional = false);
SchemaPtr date_schema(bool is_optional = false);
SchemaPtr time_schema(bool is_optional = false);
SchemaPtr timestamp_schema(bool is_optional = false);
// The same schema that may be null, or must not.
SchemaPtr with_optional(const SchemaPtr& schema, bool is_optional);

// Whether the value is what the schema says, all the way down; else what is wrong and where: "field 'a.b': expected an
// int32, not a string". invalid_record.
Result<> check_value(const Schema& schema, const Value& value);

// A value, and what is said of it; no schema where nothing is.
struct Datum {
  SchemaPtr schema{};
  Value value{};

  bool is_null() const { return value.is_null(); }
  bool operator==(const Datum& other) const { return same_schema(schema, other.schema) && value == other.value; }
};

}  // namespace weir::connect
