// Trials: what a connector's transforms and converters make of records, held to what a file beside its configuration
// says. Nothing is connected: records of a source begin as it would give them, those of a sink as they lie in a topic.
//
//   connector: orders.properties          # beside this file
//   tests:
//     - name: cards are covered
//       input:
//         - {topic: orders, key: a, value: {id: 1, card: "1234"}, headers: {from: shop}, timestamp: 1000}
//       output:
//         - {value: {id: 1, card: ""}}    # only what is named is compared; [] where records are left out
//     - name: what is no number is told
//       input: [{value: {id: x}}]
//       error: "no int64"                 # a part of the message
//
// A text is the bytes of a key, value or header as it stands; anything else is JSON, and compared as such.
#pragma once

#include <string>
#include <vector>

#include "connect/runtime/connector.h"

namespace weir::connect {

struct Trial {
  std::string name{};
  std::string fault{};  // empty: all came out as it should
};

// Runs all trials of the file. not_found, io_error; invalid_config with the line where the file is no such thing, or
// what is wrong with the connector.
Result<std::vector<Trial>> run_trials(const std::string& path, const ConnectorWorld& world);

}  // namespace weir::connect
