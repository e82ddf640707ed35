// The source that reads what tables, or a query, have new: each row is a record, a struct of its columns, and its key
// the columns of the primary key. A table is a partition; its position says which rows were given (Criteria), so a row
// is given exactly once, as often as it changes as the criteria see it.
//
// mode = bulk reads a table as a whole, in one transaction; it is for small tables.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/sql/criteria.h"
#include "connect/connectors/sql/sql_session.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/source.h"

namespace weir::connect {

struct SqlSourceOptions {
  std::vector<std::string> tables{};
  std::string query{};  // instead of tables
  std::string topic_prefix{};
  Criteria criteria{};
  Millis delay{0};
  Millis bulk_interval{60'000};
  std::vector<std::string> key_fields{};
};

std::unique_ptr<Source> sql_source(OpenSqlSession open, SqlSourceOptions options);

// From the settings of kSqlSourceSettings. invalid_config.
Result<SqlSourceOptions> sql_source_options(const Settings& settings);
// Tables are shared out to tasks; a query is one.
Result<std::vector<ConnectorClass::TaskSettings>> share_tables(const Settings& settings, std::size_t at_most);

}  // namespace weir::connect
