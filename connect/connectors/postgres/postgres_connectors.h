// The postgres sink and the postgres source of queries: what connectors/sql do, over PostgreSQL.
#pragma once

#include "connect/connectors/postgres/pg_session.h"
#include "connect/connectors/sql/publisher.h"
#include "connect/connectors/sql/sql_sink.h"
#include "connect/connectors/sql/sql_source.h"
#include "connect/contracts/connector_class.h"
#include "connect/settings/settings.h"

namespace weir::connect {

std::unique_ptr<Sink> postgres_sink(PgOptions database, SqlSinkOptions options);
std::unique_ptr<Source> postgres_source(PgOptions database, SqlSourceOptions options,
                                        TimePrecision precision = TimePrecision::connect);

std::unique_ptr<Source> postgres_publisher(PgOptions database, PublisherOptions options);

// "postgres-sink", "postgres-source", "postgres-publisher": the same from settings.
ConnectorClass postgres_sink_class();
ConnectorClass postgres_source_class();
ConnectorClass postgres_publisher_class();

}  // namespace weir::connect
