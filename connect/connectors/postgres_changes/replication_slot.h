// The slot that keeps the write-ahead log for a stream of changes, and the publication that says of which tables:
// found, made, and dropped.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres_changes/change_table.h"
#include "connect/connectors/postgres_changes/lsn.h"

namespace weir::connect {

enum class PublicationMode { filtered, all_tables, disabled };

struct ReplicationSlot {
  Lsn confirmed = 0;     // transactions whose commit record begins before it will not be sent
  bool is_lost = false;  // the server removed the log that it needs
  std::optional<std::string> active_pid{};
};

// invalid_config: logical replication is not turned on, or the slot is of another database or plugin.
Result<std::optional<ReplicationSlot>> find_slot(PgConnection& connection, const std::string& name);

struct MadeSlot {
  Lsn consistent = 0;
  std::string snapshot;  // its name, as long as the connection does nothing else
};
// Precondition: the connection is for replication.
Result<MadeSlot> make_slot(PgConnection& connection, const std::string& name);
// Ends who reads it, if somebody does.
Result<> drop_slot(PgConnection& connection, const std::string& name);
// Another process that reads the slot is an older one of ours: it is ended.
Result<> take_slot(PgConnection& connection, const ReplicationSlot& slot);

// The publication has exactly these tables ("schema.table"; of all_tables none are named). invalid_config: a table, or
// a publication that must be there, is not.
Result<> ensure_publication(PgConnection& connection, const std::string& name, PublicationMode mode,
                            const std::vector<std::string>& tables);
// "schema.table", sorted.
Result<std::vector<std::string>> published_tables(PgConnection& connection, const std::string& publication);

// As the catalog has it now; nullopt: there is no such table.
Result<std::optional<ChangeTable>> table_named(PgConnection& connection, const std::string& full_name);
// Names of the columns of its primary key.
Result<std::vector<std::string>> primary_key_of(PgConnection& connection, std::uint32_t table);

}  // namespace weir::connect
