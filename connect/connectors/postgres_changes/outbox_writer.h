// OutboxWriter: an outbox as records. An application writes what it wants to say into a table, in the transaction that
// it speaks of; each row becomes a record of the topic that one of its columns names. Settings are those of Debezium's
// outbox event router. Rows may be deleted at once: what counts is that they were inserted. Or it needs no table and
// calls pg_logical_emit_message(true, PREFIX, '{"aggregatetype": .., "aggregateid": .., "payload": ..}').
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/postgres_changes/change_writer.h"

namespace weir::connect {

struct OutboxOptions {
  std::string table = "public.outbox";
  std::string message_prefix{};  // instead of a table: messages of this prefix
  std::string route_column = "aggregatetype";
  std::string topic = "outbox.event.${routedByValue}";
  std::string id_column = "id";  // becomes the header "id"
  std::string key_column = "aggregateid";
  std::string payload_column = "payload";
  std::string timestamp_column{};             // milliseconds since 1970, or a time; else that of the commit
  std::vector<std::string> header_columns{};  // become headers of their names
};

std::unique_ptr<ChangeWriter> outbox_writer(OutboxOptions options);

}  // namespace weir::connect
