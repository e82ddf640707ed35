#include "connect/connectors/postgres/postgres_connectors.h"

#include "connect/connectors/postgres/pg_settings.h"
#include "connect/connectors/sql/sql_settings.h"

namespace weir::connect {

namespace {

constexpr auto kPostgresSink = joined_settings(kPgSettings, kSqlSinkSettings);
constexpr auto kPostgresSource = joined_settings(
    kPgSettings,
    joined_settings(
        kSqlSourceSettings,
        std::to_array<Setting>({
            {.name = "db.timezone",
             .otherwise = "UTC",
             .meaning = "the zone in which the database writes times that have none"},
            {.name = "time.precision.mode",
             .type = SettingType::choice,
             .otherwise = "connect",
             .choices = "adaptive|connect",
             .meaning = "connect: times as Kafka Connect has them, in milliseconds; adaptive: as Debezium, in "
                        "microseconds, and with a zone as text"},
        })));

constexpr auto kPostgresPublisher = joined_settings(kPgSettings, kPublisherSettings);

}  // namespace

std::unique_ptr<Sink> postgres_sink(PgOptions database, SqlSinkOptions options) {
  return sql_sink([database] { return open_postgres(database, TimePrecision::connect); }, std::move(options));
}

std::unique_ptr<Source> postgres_source(PgOptions database, SqlSourceOptions options, TimePrecision precision) {
  return sql_source([database, precision] { return open_postgres(database, precision); }, std::move(options));
}

std::unique_ptr<Source> postgres_publisher(PgOptions database, PublisherOptions options) {
  return publisher([database] { return open_postgres(database, TimePrecision::connect); }, std::move(options));
}

ConnectorClass postgres_sink_class() {
  return {.names = {"postgres-sink"},
          .settings = kPostgresSink,
          .summary = "Writes records into tables of PostgreSQL: as new rows, or over those of their key.",
          .guarantee = "exactly once: rows and positions are one transaction, and an older writer is fenced",
          .make_sink = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Sink>> {
            WEIR_TRY_VAR(options, sql_sink_options(settings));
            return postgres_sink(pg_options(settings), std::move(options));
          }};
}

ConnectorClass postgres_source_class() {
  return {.names = {"postgres-source"},
          .settings = kPostgresSource,
          .names_topics = true,
          .summary = "Reads new rows of tables, or of a query, of PostgreSQL.",
          .guarantee = "exactly once, of rows as its criteria see them; mode = bulk gives each row in every round",
          .tasks = share_tables,
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, sql_source_options(settings));
            PgOptions database = pg_options(settings);
            database.time_zone = settings.text("db.timezone");
            const auto precision = static_cast<TimePrecision>(settings.choice("time.precision.mode"));
            return postgres_source(std::move(database), std::move(options), precision);
          }};
}

ConnectorClass postgres_publisher_class() {
  return {
      .names = {"postgres-publisher"},
      .settings = kPostgresPublisher,
      .names_topics = true,
      .summary =
          "Publishes the messages that lie in a table of PostgreSQL, and marks or removes them; those that fail are "
          "tried again, and reported.",
      .guarantee =
          "exactly once: a row is marked when its message is committed, and the position knows the rows between",
      .tasks = [](const Settings&, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
        return std::vector<ConnectorClass::TaskSettings>(1);
      },
      .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
        WEIR_TRY_VAR(options, publisher_options(settings));
        return postgres_publisher(pg_options(settings), std::move(options));
      }};
}

}  // namespace weir::connect
