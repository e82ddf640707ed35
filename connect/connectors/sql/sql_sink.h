// The sink of databases: records become rows, exactly once. What was put since the last flush is one transaction, and
// so is how far that was (SinkPositions): after a kill at any moment the sink goes on behind what is committed. A
// second writer of the same task fences the first.
#pragma once

#include <memory>
#include <string>

#include "connect/connectors/sql/record_row.h"
#include "connect/connectors/sql/sql_session.h"
#include "connect/contracts/sink.h"
#include "connect/settings/settings.h"

namespace weir::connect {

struct SqlSinkOptions {
  RowOptions rows{};
  bool auto_create = false;  // makes tables that are not there
  bool auto_evolve = false;  // adds columns that are not there
  std::string positions_table = "weir_positions";
};

std::unique_ptr<Sink> sql_sink(OpenSqlSession open, SqlSinkOptions options);

// Settings that every such sink has; kSqlSinkSettings is an initializer of a connector's own table.
Result<SqlSinkOptions> sql_sink_options(const Settings& settings);

}  // namespace weir::connect
