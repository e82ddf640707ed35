#include "connect/connectors/sqlite/sqlite_values.h"

#include <algorithm>
#include <cctype>

#include <sqlite3.h>

#include "connect/connectors/sql/value_text.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

struct BindValue {
  sqlite3_stmt* statement;
  int parameter;

  int operator()(Null) const { return sqlite3_bind_null(statement, parameter); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, parameter, value ? 1 : 0); }
  int operator()(std::int8_t value) const { return sqlite3_bind_int(statement, parameter, value); }
  int operator()(std::int16_t value) const { return sqlite3_bind_int(statement, parameter, value); }
  int operator()(std::int32_t value) const { return sqlite3_bind_int(statement, parameter, value); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, parameter, value); }
  int operator()(float value) const { return sqlite3_bind_double(statement, parameter, static_cast<double>(value)); }
  int operator()(double value) const { return sqlite3_bind_double(statement, parameter, value); }
  int operator()(const std::string& value) const { return text(value, SQLITE_STATIC); }
  int operator()(const Blob& value) const {
    // No pointer would be a null.
    const char* data = value.bytes.empty() ? "" : value.bytes.data();
    return sqlite3_bind_blob64(statement, parameter, data, value.bytes.size(), SQLITE_STATIC);
  }
  template <class T>
  int operator()(const T& value) const {
    auto made = text_of_value(Value(T(value)));
    return made ? text(*made, SQLITE_TRANSIENT) : SQLITE_MISMATCH;
  }

  int text(const std::string& value, sqlite3_destructor_type lives) const {
    return sqlite3_bind_text64(statement, parameter, value.data(), value.size(), lives, SQLITE_UTF8);
  }
};

std::string column_text(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

OwnedBytes column_bytes(sqlite3_stmt* statement, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  return bytes == nullptr ? OwnedBytes()
                          : OwnedBytes(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

std::string_view name_of_storage(int type) {
  switch (type) {
    case SQLITE_INTEGER:
      return "an integer";
    case SQLITE_FLOAT:
      return "a real number";
    case SQLITE_TEXT:
      return "text";
    default:
      return "a blob";
  }
}

}  // namespace

std::string sqlite_type_of(const Schema& schema) {
  if (schema.name == kDecimalName) return "TEXT";
  if (schema.name == kDateName) return "DATE";
  if (schema.name == kTimeName) return "TIME";
  if (schema.name == kTimestampName) return "TIMESTAMP";
  switch (schema.type) {
    case Type::int8:
    case Type::int16:
    case Type::int32:
    case Type::int64:
      return "INTEGER";
    case Type::float32:
    case Type::float64:
      return "REAL";
    case Type::boolean:
      return "BOOLEAN";
    case Type::bytes:
      return "BLOB";
    case Type::string:
    case Type::array:
    case Type::map:
    case Type::structure:
      return "TEXT";
  }
  return "TEXT";
}

// As https://www.sqlite.org/datatype3.html finds the affinity of a column, with booleans told apart.
SchemaPtr sqlite_schema_of(std::string_view declared_type) {
  std::string type(declared_type);
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto has = [&](std::string_view word) {
    return type.find(word) != std::string::npos;
  };
  if (has("BOOL")) return optional_schema_of(Type::boolean);
  if (has("INT")) return optional_schema_of(Type::int64);
  if (has("CHAR") || has("CLOB") || has("TEXT")) return optional_schema_of(Type::string);
  if (has("BLOB")) return optional_schema_of(Type::bytes);
  if (has("REAL") || has("FLOA") || has("DOUB")) return optional_schema_of(Type::float64);
  return optional_schema_of(Type::string);
}

SchemaPtr sqlite_schema_of_value(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return optional_schema_of(Type::int64);
    case SQLITE_FLOAT:
      return optional_schema_of(Type::float64);
    case SQLITE_BLOB:
      return optional_schema_of(Type::bytes);
    default:
      return optional_schema_of(Type::string);
  }
}

Result<Value> sqlite_value(sqlite3_stmt* statement, int column, const Schema& schema) {
  const int type = sqlite3_column_type(statement, column);
  if (type == SQLITE_NULL) return Value();
  if (schema.type == Type::string && type != SQLITE_BLOB) return Value(column_text(statement, column));
  if (schema.type == Type::bytes && type == SQLITE_BLOB) return Value(Blob{column_bytes(statement, column)});
  if (schema.type == Type::boolean && type == SQLITE_INTEGER)
    return Value(sqlite3_column_int64(statement, column) != 0);
  if (schema.type == Type::int64 && type == SQLITE_INTEGER) {
    return Value(std::int64_t{sqlite3_column_int64(statement, column)});
  }
  if (schema.type == Type::float64 && (type == SQLITE_FLOAT || type == SQLITE_INTEGER)) {
    return Value(sqlite3_column_double(statement, column));
  }
  return fail(ErrorCode::corrupt_data, "holds " + std::string(name_of_storage(type)) +
                                           ", and its declared type is for " + std::string(name_of(schema.type)));
}

Value sqlite_exact(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return Value(std::int64_t{sqlite3_column_int64(statement, column)});
    case SQLITE_FLOAT:
      return Value(sqlite3_column_double(statement, column));
    default:
      return Value(column_text(statement, column));
  }
}

int sqlite_bind(sqlite3_stmt* statement, int parameter, const Value& value) {
  return std::visit(BindValue{statement, parameter}, value.alternatives());
}

}  // namespace weir::connect
