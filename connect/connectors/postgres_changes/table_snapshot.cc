#include "connect/connectors/postgres_changes/table_snapshot.h"

#include <algorithm>

#include "connect/connectors/postgres_changes/replication_slot.h"
#include "connect/connectors/sql/statements.h"

namespace weir::connect {

namespace {

std::string column_list(const ChangeTable& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return quoted_names(names);
}

}  // namespace

Result<TableSnapshot> TableSnapshot::begin(PgConnection& connection, std::vector<std::string> tables,
                                           SnapshotPosition from, const std::string& exported) {
  WEIR_TRY(connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  if (!exported.empty()) WEIR_TRY(connection.run("SET TRANSACTION SNAPSHOT " + quoted_text(exported)));
  // The tables before that of the position are through.
  const auto first = std::lower_bound(tables.begin(), tables.end(), from.table);
  tables.erase(tables.begin(), first);
  if (!tables.empty() && tables.front() != from.table) from.after.clear();
  return TableSnapshot(connection, std::move(tables), std::move(from));
}

Result<bool> TableSnapshot::open_next_table(ChangeWriter& writer) {
  while (!tables_.empty()) {
    const std::string name = tables_.front();
    WEIR_TRY_VAR(table, table_named(*connection_, name));
    if (!table) {  // it is gone
      tables_.erase(tables_.begin());
      continue;
    }
    if (position_.table != name) position_ = {name, {}};
    table_ = *std::move(table);
    if (!table_->has_key()) position_.after.clear();
    has_cursor_ = false;
    writer.learn(*table_);
    return true;
  }
  return false;
}

Result<PgResult> TableSnapshot::fetch(std::size_t at_most) {
  const std::string from = "SELECT " + column_list(*table_) + " FROM " + table_->quoted();
  const auto key = table_->key();
  if (key.empty()) {
    if (!has_cursor_) WEIR_TRY(connection_->run("DECLARE weir_rows NO SCROLL CURSOR FOR " + from));
    has_cursor_ = true;
    return connection_->run("FETCH " + std::to_string(at_most) + " FROM weir_rows");
  }
  std::string where;
  if (!position_.after.empty()) {
    std::string places;
    for (std::size_t i = 1; i <= key.size(); ++i) places += (i == 1 ? "$" : ", $") + std::to_string(i);
    where = " WHERE (" + quoted_names(key) + ") > (" + places + ")";
  }
  return connection_->run(from + where + " ORDER BY " + quoted_names(key) + " LIMIT " + std::to_string(at_most),
                          position_.after);
}

Result<> TableSnapshot::read(std::size_t at_most, ChangeWriter& writer, const ChangeOrigin& origin,
                             ConnectRecords& into) {
  if (!table_) {
    WEIR_TRY_VAR(opened, open_next_table(writer));
    if (!opened) return end();
  }
  WEIR_TRY_VAR(rows, fetch(at_most));
  PgTuple row(table_->columns.size());
  for (int i = 0; i < rows.rows(); ++i) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      const auto text = rows.text(i, static_cast<int>(column));
      row[column] = text ? PgField{PgField::Is::text, *text} : PgField{};
    }
    WEIR_TRY(writer.write(*table_, {TableChange::Kind::read, nullptr, false, &row}, origin, into));
  }
  const bool is_read = static_cast<std::size_t>(rows.rows()) < at_most;
  if (is_read) return close_table();
  position_.after.clear();
  for (std::size_t column = 0; column < row.size(); ++column) {
    if (table_->columns[column].is_key) position_.after.emplace_back(std::string(row[column].text));
  }
  return {};
}

Result<> TableSnapshot::close_table() {
  if (has_cursor_) WEIR_TRY(connection_->run("CLOSE weir_rows"));
  table_.reset();
  tables_.erase(tables_.begin());
  if (tables_.empty()) return end();
  position_ = {tables_.front(), {}};
  return {};
}

Result<> TableSnapshot::end() {
  is_through_ = true;
  WEIR_TRY(connection_->run("COMMIT"));
  return {};
}

}  // namespace weir::connect
