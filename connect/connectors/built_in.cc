// The connectors that come with Weir.
#include "connect/connectors/file_sink.h"
#include "connect/connectors/file_source.h"
#include "connect/contracts/connector_class.h"

namespace weir::connect {

ConnectorClasses::ConnectorClasses() : classes_{file_source_class(), file_sink_class()} {}

}  // namespace weir::connect
