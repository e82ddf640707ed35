#include "connect/connectors/sql/row_records.h"

#include <algorithm>

namespace weir::connect {

namespace {

bool same_columns(const std::vector<SqlColumn>& a, const std::vector<SqlColumn>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SqlColumn& x, const SqlColumn& y) {
    return x.name == y.name && (x.schema == y.schema || same_schema(x.schema, y.schema));
  });
}

}  // namespace

Result<ConnectRecord> RowRecords::record_of(const std::vector<SqlColumn>& columns, const SqlRow& row) {
  if (!value_schema_ || !same_columns(columns, columns_)) WEIR_TRY(learn(columns));
  Struct value{value_schema_, {}};
  value.values.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto field = row.value(i);
    if (!field) return fail(field.error().at("column '" + columns[i].name + "'"));
    value.values.push_back(*std::move(field));
  }
  ConnectRecord record;
  if (key_schema_) {
    Struct key{key_schema_, {}};
    for (std::size_t place : key_places_) key.values.push_back(value.values[place]);
    record.key = Datum{key_schema_, Value(std::move(key))};
  }
  record.value = Datum{value_schema_, Value(std::move(value))};
  return record;
}

Result<> RowRecords::learn(const std::vector<SqlColumn>& columns) {
  auto value_schema = std::make_shared<Schema>(Schema{.type = Type::structure, .name = table_});
  for (const SqlColumn& column : columns) value_schema->fields.push_back({column.name, column.schema});
  auto key_schema = std::make_shared<Schema>(Schema{.type = Type::structure, .name = table_ + ".Key"});
  key_places_.clear();
  for (const std::string& name : key_) {
    const auto place = value_schema->index_of(name);
    if (!place) return fail(ErrorCode::invalid_config, table_ + " has no column '" + name + "' for its key");
    key_places_.push_back(*place);
    key_schema->fields.push_back(value_schema->fields[*place]);
  }
  columns_ = columns;
  value_schema_ = std::move(value_schema);
  key_schema_ = key_.empty() ? nullptr : SchemaPtr(std::move(key_schema));
  return {};
}

}  // namespace weir::connect
