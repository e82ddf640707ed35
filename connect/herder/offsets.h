// Where a connector has come to, asked and told from outside (KIP-875): of a source the positions in its offsets topic,
// of a sink what its group has committed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connect/herder/herder.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"

namespace weir::connect {

// A position that is no JSON object is {"position":"..."}.
Result<std::vector<ConnectorOffset>> source_offsets(const log::Client& client, const SourceOptions& options);
Result<std::vector<ConnectorOffset>> sink_offsets(const log::Client& client, const SinkOptions& options);

// Precondition: none of its tasks runs; what one of them left open is ended. Nothing: all are to be forgotten.
// invalid_argument names what is wrong with them, and nothing is changed then.
Result<> alter_source_offsets(const log::Client& client, const SourceOptions& options,
                              const std::optional<std::vector<ConnectorOffset>>& offsets);
Result<> alter_sink_offsets(const log::Client& client, const SinkOptions& options,
                            const std::optional<std::vector<ConnectorOffset>>& offsets);

}  // namespace weir::connect
