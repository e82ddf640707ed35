// EnvelopeWriter: changes in the shape that Debezium gives them: {before, after, source, op, ts_ms}, under the row's
// key.
//
//   op r: a row that was there before; c: a new one; u: a changed one; d: one that is gone, followed by a record
//   without a value; t: all are gone. A change of the key is d of the old one and c of the new one; their headers
//   __debezium.newkey and __debezium.oldkey name the other.
//
// A large value that a change left alone is not sent by the server. If the row before is known (REPLICA IDENTITY FULL)
// it is taken from there; else the placeholder stands for text and bytes, null for other types, and the header
// weir.unavailable lists the columns.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "connect/connectors/postgres_changes/change_writer.h"

namespace weir::connect {

struct EnvelopeOptions {
  std::string prefix{};      // of topics and schemas: PREFIX.SCHEMA.TABLE
  bool names_topics = true;  // each table has its topic; else all go to the connector's
  std::string database{};
  bool tombstones = true;  // behind d, a record of its key without a value
  bool truncates = true;   // t is written
  std::string placeholder = "__debezium_unavailable_value";
  TimePrecision precision = TimePrecision::adaptive;
};

std::unique_ptr<ChangeWriter> envelope_writer(EnvelopeOptions options);

}  // namespace weir::connect
