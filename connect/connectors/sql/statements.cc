#include "connect/connectors/sql/statements.h"

#include <algorithm>

namespace weir::connect {

namespace {

std::string quoted_with(char quote, std::string_view text) {
  std::string quoted(1, quote);
  for (char letter : text) {
    if (letter == quote) quoted.push_back(quote);
    quoted.push_back(letter);
  }
  quoted.push_back(quote);
  return quoted;
}

std::string type_and_nulls(const SqlDialect& dialect, const SqlColumn& column) {
  return quoted_name(column.name) + " " + dialect.type_of(*column.schema) + (column.is_key ? " NOT NULL" : "");
}

// "a" = X AND "b" = Y, where X is the parameter of that number, from `first` on.
std::string all_equal(const SqlDialect& dialect, const std::vector<std::string>& names, std::size_t first,
                      std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += between;
    text += quoted_name(names[i]) + " = " + dialect.parameter(first + i);
  }
  return text;
}

std::string update_statement(const SqlDialect& dialect, const TableChanges& changes, const std::string& from) {
  const std::string table = quoted_table(changes.table);
  if (from.empty()) {
    return "UPDATE " + table + " SET " + all_equal(dialect, changes.others, changes.keys.size() + 1, ", ") + " WHERE " +
           all_equal(dialect, changes.keys, 1, " AND ");
  }
  std::string text = "UPDATE " + table + " AS t SET ";
  for (const auto& name : changes.others) {
    text += (&name == &changes.others.front() ? "" : ", ") + quoted_name(name) + " = f." + quoted_name(name);
  }
  text += " FROM " + from + " AS f WHERE ";
  for (const auto& name : changes.keys) {
    text += (&name == &changes.keys.front() ? "t." : " AND t.") + quoted_name(name) + " = f." + quoted_name(name);
  }
  return text;
}

}  // namespace

const SqlColumn* SqlTable::column(std::string_view column_name) const {
  auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == column_name; });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> SqlTable::key() const {
  std::vector<std::string> names;
  for (const SqlColumn& each : columns) {
    if (each.is_key) names.push_back(each.name);
  }
  return names;
}

std::string quoted_name(std::string_view name) {
  return quoted_with('"', name);
}

std::string quoted_table(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return quoted_name(name);
  return quoted_name(name.substr(0, dot)) + "." + quoted_name(name.substr(dot + 1));
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + quoted_name(name);
  return text;
}

std::string quoted_text(std::string_view text) {
  return quoted_with('\'', text);
}

std::string create_table_statement(const SqlDialect& dialect, const SqlTable& table) {
  std::string text = "CREATE TABLE IF NOT EXISTS " + quoted_table(table.name) + " (";
  for (const SqlColumn& column : table.columns) {
    text += (&column == &table.columns.front() ? "" : ", ") + type_and_nulls(dialect, column);
  }
  const auto key = table.key();
  if (!key.empty()) text += ", PRIMARY KEY (" + quoted_names(key) + ")";
  return text + ")";
}

std::string add_column_statement(const SqlDialect& dialect, const std::string& table, const SqlColumn& column) {
  return "ALTER TABLE " + quoted_table(table) + " ADD COLUMN " + quoted_name(column.name) + " " +
         dialect.type_of(*column.schema);
}

std::string write_statement(const SqlDialect& dialect, const TableChanges& changes, const std::string& from) {
  if (changes.mode == InsertMode::update) return update_statement(dialect, changes, from);
  std::vector<std::string> all = changes.keys;
  all.insert(all.end(), changes.others.begin(), changes.others.end());
  std::string text = "INSERT INTO " + quoted_table(changes.table) + " (" + quoted_names(all) + ") ";
  if (from.empty()) {
    text += "VALUES (";
    for (std::size_t i = 1; i <= all.size(); ++i) text += (i == 1 ? "" : ", ") + dialect.parameter(i);
    text += ")";
  } else {
    text += "SELECT " + quoted_names(all) + " FROM " + from + " WHERE true";
  }
  if (changes.mode == InsertMode::insert || changes.keys.empty()) return text;
  text += " ON CONFLICT (" + quoted_names(changes.keys) + ") DO ";
  if (changes.others.empty()) return text + "NOTHING";
  text += "UPDATE SET ";
  for (const auto& name : changes.others) {
    text += (&name == &changes.others.front() ? "" : ", ") + quoted_name(name) + " = excluded." + quoted_name(name);
  }
  return text;
}

std::string delete_statement(const SqlDialect& dialect, const TableChanges& changes) {
  return "DELETE FROM " + quoted_table(changes.table) + " WHERE " + all_equal(dialect, changes.keys, 1, " AND ");
}

}  // namespace weir::connect
