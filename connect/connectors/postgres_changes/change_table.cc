#include "connect/connectors/postgres_changes/change_table.h"

#include <algorithm>

#include "connect/connectors/sql/statements.h"

namespace weir::connect {

std::string ChangeTable::quoted() const {
  return quoted_name(schema) + "." + quoted_name(name);
}

std::vector<std::string> ChangeTable::key() const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (column.is_key) names.push_back(column.name);
  }
  return names;
}

bool ChangeTable::has_key() const {
  return std::any_of(columns.begin(), columns.end(), [](const Column& column) { return column.is_key; });
}

ChangeTable ChangeTable::of(const PgRelation& relation) {
  ChangeTable table{relation.id, std::string(relation.schema), std::string(relation.name), {}};
  for (const auto& column : relation.columns) {
    const bool is_key = column.is_key && relation.identity != 'f';
    table.columns.push_back({std::string(column.name), {column.type, column.modifier}, is_key});
  }
  return table;
}

Result<Value> value_of_field(const ChangeTable::Column& column, TimePrecision precision, std::string_view text) {
  auto value = value_of_pg(column.type, precision, text);
  if (!value) return fail(value.error().at("column '" + column.name + "'"));
  return value;
}

}  // namespace weir::connect
