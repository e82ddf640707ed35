// The stdout sink: each record becomes a line of JSON on standard output.
//
// At least once: lines go out before their offsets are committed, and what went out cannot be taken back.
#pragma once

#include <memory>

#include "connect/contracts/connector_class.h"
#include "connect/contracts/sink.h"

namespace weir::connect {

struct StdoutSinkOptions {
  int descriptor = 1;    // stays its owner's
  bool with_key = true;  // {"key":K,"value":V}, else V alone
};

std::unique_ptr<Sink> stdout_sink(StdoutSinkOptions options = {});

// "stdout": the same from settings.
ConnectorClass stdout_class();

}  // namespace weir::connect
