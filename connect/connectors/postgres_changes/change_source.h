// The source of changes: first the rows that the tables have, then every committed change of them, in the order of the
// commits, exactly once.
//
// The slot keeps the server's log from its first moment on, and is told that it may let go only of what is committed
// here (Source::committed). A position is the commit and the number of a message in it, so what is sent again after a
// kill, here or of the server, is passed over. The rows are read in the order of their keys; if that is interrupted it
// goes on behind the last one, as of then, and the stream still begins where the slot does: so whoever applies all of
// it in order has the table, and each row was read once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres_changes/change_writer.h"
#include "connect/connectors/postgres_changes/replication_slot.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/source.h"

namespace weir::connect {

enum class SnapshotMode { initial, never, when_needed };

struct ChangeSourceOptions {
  PgOptions database{};
  std::string slot{};
  bool drops_slot = false;  // as it stops; the next start reads the tables anew
  std::string publication{};
  PublicationMode publication_mode = PublicationMode::filtered;
  std::vector<std::string> tables{};  // "schema.table"
  SnapshotMode snapshot = SnapshotMode::initial;
  // How often a position is written though no record is, so that the slot lets go of the log where others write.
  Millis heartbeat{10'000};
  bool skips_malformed =
      false;  // a change that is none of its types, or no message, is left out; else it ends the task
  std::string heartbeat_topic{};  // a record goes there each time; empty: none does
};

using MakeWriter = std::function<std::unique_ptr<ChangeWriter>(const std::string& database)>;

std::unique_ptr<Source> change_source(ChangeSourceOptions options, MakeWriter make_writer);

// "postgres-changes", with Debezium's envelope, and "postgres-outbox".
ConnectorClass postgres_changes_class();
ConnectorClass postgres_outbox_class();

}  // namespace weir::connect
