// A connection to PostgreSQL as connectors/sql see it. Rows are written in bulk: COPY into a temporary table, then one
// INSERT .. ON CONFLICT, UPDATE or DELETE from it; of several changes to one key in a batch the last counts.
#pragma once

#include <memory>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres/pg_types.h"
#include "connect/connectors/sql/sql_session.h"

namespace weir::connect {

Result<std::unique_ptr<SqlSession>> open_postgres(const PgOptions& options, TimePrecision precision);

}  // namespace weir::connect
