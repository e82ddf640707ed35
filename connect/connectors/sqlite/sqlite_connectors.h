// The sqlite sink and the sqlite source: what connectors/sql do, over an SQLite database.
#pragma once

#include "connect/connectors/sql/publisher.h"
#include "connect/connectors/sql/sql_sink.h"
#include "connect/connectors/sql/sql_source.h"
#include "connect/connectors/sqlite/sqlite_session.h"
#include "connect/contracts/connector_class.h"

namespace weir::connect {

std::unique_ptr<Sink> sqlite_sink(SqliteOptions database, SqlSinkOptions options);
std::unique_ptr<Source> sqlite_source(SqliteOptions database, SqlSourceOptions options);

std::unique_ptr<Source> sqlite_publisher(SqliteOptions database, PublisherOptions options);

// "sqlite-sink", "sqlite-source", "sqlite-publisher": the same from settings.
ConnectorClass sqlite_sink_class();
ConnectorClass sqlite_source_class();
ConnectorClass sqlite_publisher_class();

}  // namespace weir::connect
