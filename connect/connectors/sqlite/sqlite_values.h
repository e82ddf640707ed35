// Values of SQLite's columns, as data and back. SQLite keeps what it is given, whatever a column's type says; the
// schema of a column is what its declared type is meant to be, and a value that is no such thing is an error.
//
//   INTEGER, BIGINT, INT ..  int64      REAL, DOUBLE, FLOAT ..  double     BOOLEAN  boolean, kept as 0 and 1
//   TEXT, VARCHAR ..         string     BLOB                    bytes      DATE, TIME, DECIMAL, NUMERIC ..  string
#pragma once

#include <string>
#include <string_view>

#include "connect/data/schema.h"

struct sqlite3_stmt;

namespace weir::connect {

std::string sqlite_type_of(const Schema& schema);
SchemaPtr sqlite_schema_of(std::string_view declared_type);
// Of an expression, which has no declared type: what it is in this row.
SchemaPtr sqlite_schema_of_value(sqlite3_stmt* statement, int column);
Result<Value> sqlite_value(sqlite3_stmt* statement, int column, const Schema& schema);  // corrupt_data
Value sqlite_exact(sqlite3_stmt* statement, int column);
// Gives SQLite's code. The value must live until the statement ran. Lists, maps and structs become JSON.
int sqlite_bind(sqlite3_stmt* statement, int parameter, const Value& value);

}  // namespace weir::connect
