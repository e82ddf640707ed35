#include "connect/connectors/sqlite/sqlite_connectors.h"

#include "connect/connectors/sql/sql_settings.h"

namespace weir::connect {

namespace {

constexpr Setting kDatabase = {.name = "database",
                               .presence = Presence::required,
                               .meaning = "the database's file; a sink makes it if it is not there"};
constexpr Setting kBusyTimeout = {.name = "busy.timeout.ms",
                                  .type = SettingType::integer,
                                  .otherwise = "5000",
                                  .least = 0,
                                  .most = 3'600'000,
                                  .meaning =
                                      "how long to wait for another writer of the file; then it is an outage, "
                                      "which is tried again"};

constexpr auto kSqliteSink =
    joined_settings(std::to_array<Setting>(
                        {kDatabase,
                         kBusyTimeout,
                         {.name = "fsync",
                          .type = SettingType::flag,
                          .otherwise = "true",
                          .meaning = "whether a commit reaches the disk: it survives a power cut, not only a kill"}}),
                    kSqlSinkSettings);
constexpr auto kSqliteSource = joined_settings(std::to_array<Setting>({kDatabase, kBusyTimeout}), kSqlSourceSettings);

SqliteOptions sqlite_options(const Settings& settings) {
  return {.path = settings.text("database"), .busy_timeout = Millis(settings.integer("busy.timeout.ms"))};
}

constexpr auto kSqlitePublisher =
    joined_settings(std::to_array<Setting>({kDatabase, kBusyTimeout}), kPublisherSettings);

}  // namespace

std::unique_ptr<Sink> sqlite_sink(SqliteOptions database, SqlSinkOptions options) {
  return sql_sink([database] { return open_sqlite(database); }, std::move(options));
}

std::unique_ptr<Source> sqlite_source(SqliteOptions database, SqlSourceOptions options) {
  database.read_only = true;
  return sql_source([database] { return open_sqlite(database); }, std::move(options));
}

std::unique_ptr<Source> sqlite_publisher(SqliteOptions database, PublisherOptions options) {
  return publisher([database] { return open_sqlite(database); }, std::move(options));
}

ConnectorClass sqlite_sink_class() {
  return {.names = {"sqlite-sink"},
          .settings = kSqliteSink,
          .summary = "Writes records into tables of an SQLite database: as new rows, or over those of their key.",
          .guarantee = "exactly once: rows and positions are one transaction, and an older writer is fenced",
          // One file has one writer.
          .tasks = [](const Settings&, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
            return std::vector<ConnectorClass::TaskSettings>(1);
          },
          .make_sink = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Sink>> {
            WEIR_TRY_VAR(options, sql_sink_options(settings));
            SqliteOptions database = sqlite_options(settings);
            database.full_sync = settings.flag("fsync");
            return sqlite_sink(std::move(database), std::move(options));
          }};
}

ConnectorClass sqlite_source_class() {
  return {.names = {"sqlite-source"},
          .settings = kSqliteSource,
          .names_topics = true,
          .summary = "Reads new rows of tables, or of a query, of an SQLite database.",
          .guarantee = "exactly once, of rows as its criteria see them; mode = bulk gives each row in every round",
          .tasks = share_tables,
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, sql_source_options(settings));
            return sqlite_source(sqlite_options(settings), std::move(options));
          }};
}

ConnectorClass sqlite_publisher_class() {
  return {.names = {"sqlite-publisher"},
          .settings = kSqlitePublisher,
          .names_topics = true,
          .summary =
              "Publishes the messages that lie in a table of SQLite, and marks or removes them; those that fail are "
              "tried again, and reported.",
          .guarantee =
              "exactly once: a row is marked when its message is committed, and the position knows the rows between",
          .tasks = [](const Settings&, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
            return std::vector<ConnectorClass::TaskSettings>(1);
          },
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, publisher_options(settings));
            return sqlite_publisher(sqlite_options(settings), std::move(options));
          }};
}

}  // namespace weir::connect
