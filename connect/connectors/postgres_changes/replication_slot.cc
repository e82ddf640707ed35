#include "connect/connectors/postgres_changes/replication_slot.h"

#include <algorithm>
#include <charconv>

#include "connect/connectors/sql/statements.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

using Texts = std::vector<std::optional<std::string>>;

std::string text_at(const PgResult& result, int row, int column) {
  return std::string(result.text(row, column).value_or(""));
}

template <class Number>
Number number_at(const PgResult& result, int row, int column) {
  Number number{};
  const auto text = result.text(row, column).value_or("");
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result<std::vector<std::string>> texts_of(PgConnection& connection, const std::string& sql, const Texts& parameters) {
  WEIR_TRY_VAR(result, connection.run(sql, parameters));
  std::vector<std::string> all;
  for (int i = 0; i < result.rows(); ++i) all.push_back(text_at(result, i, 0));
  return all;
}

std::string table_list(const std::vector<std::string>& tables) {
  std::string list;
  for (const auto& table : tables) list += (list.empty() ? "" : ", ") + quoted_table(table);
  return list;
}

}  // namespace

Result<std::optional<ReplicationSlot>> find_slot(PgConnection& connection, const std::string& name) {
  WEIR_TRY_VAR(level, texts_of(connection, "SELECT current_setting('wal_level')", {}));
  if (level.at(0) != "logical") {
    return fail(ErrorCode::invalid_config, "postgres: wal_level is " + level[0] +
                                               "; changes need wal_level = logical, and a restart of the server");
  }
  WEIR_TRY_VAR(result, connection.run("SELECT confirmed_flush_lsn, wal_status, active_pid, plugin, database = "
                                      "current_database() FROM pg_replication_slots WHERE slot_name = $1",
                                      Texts{name}));
  if (result.rows() == 0) return std::nullopt;
  if (text_at(result, 0, 3) != "pgoutput" || text_at(result, 0, 4) != "t") {
    return fail(ErrorCode::invalid_config, "postgres: slot " + name + " is of plugin " + text_at(result, 0, 3) +
                                               ", or of another database; slot.name names another");
  }
  ReplicationSlot slot;
  slot.confirmed = parse_lsn(text_at(result, 0, 0)).value_or(0);
  slot.is_lost = text_at(result, 0, 1) == "lost";
  if (const auto pid = result.text(0, 2)) slot.active_pid = std::string(*pid);
  return slot;
}

Result<MadeSlot> make_slot(PgConnection& connection, const std::string& name) {
  WEIR_TRY_VAR(made,
               connection.run("CREATE_REPLICATION_SLOT " + quoted_name(name) + " LOGICAL pgoutput EXPORT_SNAPSHOT"));
  log_line::info("postgres: made the replication slot {}, which keeps the server's log until it is dropped", name);
  return MadeSlot{parse_lsn(text_at(made, 0, 1)).value_or(0), text_at(made, 0, 2)};
}

Result<> take_slot(PgConnection& connection, const ReplicationSlot& slot) {
  if (!slot.active_pid) return {};
  WEIR_TRY(connection.run("SELECT pg_terminate_backend($1::int)", Texts{*slot.active_pid}));
  return {};
}

Result<> drop_slot(PgConnection& connection, const std::string& name) {
  WEIR_TRY_VAR(slot, find_slot(connection, name));
  if (!slot) return {};
  WEIR_TRY(take_slot(connection, *slot));
  WEIR_TRY(connection.run("SELECT pg_drop_replication_slot($1)", Texts{name}));
  return {};
}

Result<> ensure_publication(PgConnection& connection, const std::string& name, PublicationMode mode,
                            const std::vector<std::string>& tables) {
  WEIR_TRY_VAR(there, texts_of(connection, "SELECT puballtables::text FROM pg_publication WHERE pubname = $1", {name}));
  if (there.empty() && mode == PublicationMode::disabled) {
    return fail(ErrorCode::invalid_config,
                "postgres: there is no publication " + name + ", and publication.autocreate.mode = disabled");
  }
  if (mode == PublicationMode::disabled) return {};
  if (mode == PublicationMode::all_tables) {
    if (there.empty()) WEIR_TRY(connection.run("CREATE PUBLICATION " + quoted_name(name) + " FOR ALL TABLES"));
    return {};
  }
  std::vector<std::string> wanted = tables;
  std::sort(wanted.begin(), wanted.end());
  for (const auto& table : wanted) {
    WEIR_TRY_VAR(known, table_named(connection, table));
    if (!known) return fail(ErrorCode::invalid_config, "postgres: there is no table " + table);
  }
  if (there.empty()) {
    const std::string of = wanted.empty() ? "" : " FOR TABLE " + table_list(wanted);
    WEIR_TRY(connection.run("CREATE PUBLICATION " + quoted_name(name) + of));
    return {};
  }
  WEIR_TRY_VAR(published, published_tables(connection, name));
  if (published == wanted || wanted.empty()) return {};
  WEIR_TRY(connection.run("ALTER PUBLICATION " + quoted_name(name) + " SET TABLE " + table_list(wanted)));
  return {};
}

Result<std::vector<std::string>> published_tables(PgConnection& connection, const std::string& publication) {
  WEIR_TRY_VAR(tables, texts_of(connection,
                                "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = $1",
                                {publication}));
  std::sort(tables.begin(), tables.end());
  return tables;
}

Result<std::optional<ChangeTable>> table_named(PgConnection& connection, const std::string& full_name) {
  // The columns that pgoutput sends: no generated ones. The key is that of the replica identity, or the primary key.
  WEIR_TRY_VAR(result, connection.run(
                           "SELECT c.oid, n.nspname, c.relname, a.attname, a.atttypid, a.atttypmod, "
                           "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey) AND "
                           "CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END) "
                           "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON "
                           "a.attrelid = c.oid WHERE c.oid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped "
                           "AND a.attgenerated = '' ORDER BY a.attnum",
                           Texts{quoted_table(full_name)}));
  if (result.rows() == 0) return std::nullopt;
  ChangeTable table{number_at<std::uint32_t>(result, 0, 0), text_at(result, 0, 1), text_at(result, 0, 2), {}};
  for (int i = 0; i < result.rows(); ++i) {
    const PgType type{number_at<std::uint32_t>(result, i, 4), number_at<std::int32_t>(result, i, 5)};
    table.columns.push_back({text_at(result, i, 3), type, text_at(result, i, 6) == "t"});
  }
  return table;
}

Result<std::vector<std::string>> primary_key_of(PgConnection& connection, std::uint32_t table) {
  return texts_of(connection,
                  "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY "
                  "(i.indkey) WHERE i.indrelid = $1::oid AND i.indisprimary",
                  {std::to_string(table)});
}

}  // namespace weir::connect
