// The statements that sinks and sources need, made of names; what databases say differently is a SqlDialect's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connect/connectors/sql/sql_session.h"

namespace weir::connect {

// "name", with quotes in it doubled.
std::string quoted_name(std::string_view name);
// Of a table, which may have its schema before it: "sales"."orders".
std::string quoted_table(std::string_view name);
// "a", "b"
std::string quoted_names(const std::vector<std::string>& names);
// A text, quoted: 'it''s'.
std::string quoted_text(std::string_view text);

// CREATE TABLE with these columns; those that are keys are its primary key, and those may not be null.
std::string create_table_statement(const SqlDialect& dialect, const SqlTable& table);
std::string add_column_statement(const SqlDialect& dialect, const std::string& table, const SqlColumn& column);

// INSERT, or with ON CONFLICT, or UPDATE, as the changes' mode says; parameters are keys, then others. `from` instead
// of parameters: rows of that relation.
std::string write_statement(const SqlDialect& dialect, const TableChanges& changes, const std::string& from = {});
// DELETE of the row with these keys.
std::string delete_statement(const SqlDialect& dialect, const TableChanges& changes);

}  // namespace weir::connect
