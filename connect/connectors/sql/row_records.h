// RowRecords: rows of a table as records: a struct of all columns, and one of the key's as the key.
#pragma once

#include <string>
#include <vector>

#include "connect/connectors/sql/sql_session.h"
#include "connect/data/connect_record.h"

namespace weir::connect {

class RowRecords {
 public:
  RowRecords(std::string table, std::vector<std::string> key) : table_(std::move(table)), key_(std::move(key)) {}

  // corrupt_data, naming the column; invalid_config: a column of the key is not there.
  Result<ConnectRecord> record_of(const std::vector<SqlColumn>& columns, const SqlRow& row);

 private:
  Result<> learn(const std::vector<SqlColumn>& columns);

  std::string table_;
  std::vector<std::string> key_;
  std::vector<SqlColumn> columns_;  // that the schemas are of
  SchemaPtr value_schema_;
  SchemaPtr key_schema_;
  std::vector<std::size_t> key_places_;
};

}  // namespace weir::connect
