// The connectors that come with Weir.
#include "connect/connectors/file_sink.h"
#include "connect/connectors/file_source.h"
#include "connect/connectors/generate/generate_source.h"
#include "connect/connectors/postgres/postgres_connectors.h"
#include "connect/connectors/sqlite/sqlite_connectors.h"
#include "connect/connectors/standard/stdin_source.h"
#include "connect/connectors/standard/stdout_sink.h"
#include "connect/contracts/connector_class.h"

namespace weir::connect {

ConnectorClasses::ConnectorClasses()
    : classes_{file_source_class(),   file_sink_class(),     generate_class(),
               stdin_class(),         stdout_class(),        sqlite_sink_class(),
               sqlite_source_class(), postgres_sink_class(), postgres_source_class()} {}

}  // namespace weir::connect
