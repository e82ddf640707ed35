// The classes of connectors that read changes, and their settings.
#include <cctype>

#include "connect/connectors/postgres/pg_settings.h"
#include "connect/connectors/postgres_changes/change_source.h"
#include "connect/connectors/postgres_changes/envelope_writer.h"
#include "connect/connectors/postgres_changes/outbox_writer.h"
#include "connect/connectors/sql/sql_settings.h"
#include "log/base/crc32c.h"

namespace weir::connect {

namespace {

constexpr auto kStreamSettings = std::to_array<Setting>({
    {.name = "slot.name",
     .meaning =
         "the replication slot; made if it is not there, and kept; default weir_NAME. A slot keeps the server's log: "
         "drop it when the connector is not needed any more"},
    {.name = "slot.drop.on.stop",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether the slot goes with the task; the next start reads the tables anew"},
    {.name = "publication.name", .meaning = "the publication; default weir_NAME"},
    {.name = "publication.autocreate.mode",
     .type = SettingType::choice,
     .otherwise = "filtered",
     .choices = "filtered|all_tables|disabled",
     .meaning =
         "filtered: it is made, and kept to the tables that are named; all_tables: it is made for every table, which "
         "takes a superuser; disabled: it must be there"},
    {.name = "snapshot.mode",
     .type = SettingType::choice,
     .otherwise = "initial",
     .choices = "initial|never|when_needed",
     .meaning =
         "initial: the rows that are there come first; never: only changes; when_needed: as initial, and anew, after a "
         "truncation of each table, if the slot is gone or has lost the log that it needs"},
    {.name = "heartbeat.interval.ms",
     .type = SettingType::integer,
     .otherwise = "10000",
     .least = 0,
     .most = 3'600'000,
     .meaning =
         "how often the position moves though none of the tables changes, so that the server need not keep its log; "
         "0: never"},
    {.name = "heartbeat.topic", .meaning = "a topic that gets a record each time"},
});

constexpr auto kEnvelopeSettings = std::to_array<Setting>({
    {.name = "table.include.list",
     .type = SettingType::list,
     .meaning = "the tables, SCHEMA.TABLE, separated by commas; needed for publication.autocreate.mode = filtered"},
    {.name = "topic.prefix", .meaning = "each table has its topic, PREFIX.SCHEMA.TABLE; without it all go to `topic`"},
    {.name = "tombstones.on.delete",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether a record without a value follows that of a deletion, so that compaction can drop the key"},
    {.name = "truncate.events",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether TRUNCATE is a record, with op t and no key"},
    {.name = "unavailable.value.placeholder",
     .otherwise = "__debezium_unavailable_value",
     .meaning = "stands for a large value that a change left alone, which the server does not send"},
    {.name = "time.precision.mode",
     .type = SettingType::choice,
     .otherwise = "adaptive",
     .choices = "adaptive|connect",
     .meaning = "adaptive: times in microseconds, and with a zone as text; connect: as Kafka Connect has them, in "
                "milliseconds"},
});

constexpr auto kOutboxSettings = std::to_array<Setting>({
    {.name = "outbox.table", .otherwise = "public.outbox", .meaning = "the table whose new rows are messages"},
    {.name = "message.prefix",
     .meaning =
         "instead of a table: messages of pg_logical_emit_message(true, PREFIX, ..) that are JSON objects with these "
         "fields"},
    {.name = "route.by.field", .otherwise = "aggregatetype", .meaning = "the column that says where a message goes"},
    {.name = "route.topic.replacement",
     .otherwise = "outbox.event.${routedByValue}",
     .meaning = "the topic; ${routedByValue} is what that column has"},
    {.name = "table.field.event.id",
     .otherwise = "id",
     .meaning = "the column that becomes the header id; empty: none"},
    {.name = "table.field.event.key", .otherwise = "aggregateid", .meaning = "the column that is the record's key"},
    {.name = "table.field.event.payload",
     .otherwise = "payload",
     .meaning = "the column that is the record's value; of json it stays JSON, of bytea bytes"},
    {.name = "table.field.event.timestamp",
     .meaning = "the column that is the record's time: milliseconds since 1970, or a time; else that of the commit"},
    {.name = "table.fields.header", .type = SettingType::list, .meaning = "columns that become headers of their names"},
});

constexpr auto kChangesTable = joined_settings(kPgSettings, joined_settings(kStreamSettings, kEnvelopeSettings));
constexpr auto kOutboxTable = joined_settings(kPgSettings, joined_settings(kStreamSettings, kOutboxSettings));

// Slots have lower-case letters, digits and underscores, at most 63.
std::string default_name(const std::string& connector) {
  std::string name = "weir_";
  bool is_changed = false;
  for (char letter : connector) {
    const auto code = static_cast<unsigned char>(letter);
    const bool fits = (letter >= 'a' && letter <= 'z') || std::isdigit(code) != 0 || letter == '_';
    is_changed = is_changed || !fits;
    name.push_back(fits ? letter : '_');
  }
  constexpr std::size_t kMost = 63;
  if (!is_changed && name.size() <= kMost) return name;
  const std::string mark = "_" + std::to_string(crc32c(connector));
  name.resize(std::min(name.size(), kMost - mark.size()));
  return name + mark;
}

Result<ChangeSourceOptions> stream_options(const Settings& settings) {
  ChangeSourceOptions options;
  options.database = pg_options(settings);
  const std::string otherwise = default_name(settings.text("name"));
  options.slot = settings.text("slot.name").empty() ? otherwise : settings.text("slot.name");
  options.publication = settings.text("publication.name").empty() ? otherwise : settings.text("publication.name");
  if (options.slot.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
    return fail(settings.wrong("slot.name", "must be lower-case letters, digits and underscores"));
  }
  options.drops_slot = settings.flag("slot.drop.on.stop");
  options.publication_mode = static_cast<PublicationMode>(settings.choice("publication.autocreate.mode"));
  options.snapshot = static_cast<SnapshotMode>(settings.choice("snapshot.mode"));
  options.heartbeat = Millis(settings.integer("heartbeat.interval.ms"));
  options.skips_malformed = settings.text("errors.tolerance") == "all";
  options.heartbeat_topic = settings.text("heartbeat.topic");
  return options;
}

// "orders" is "public.orders".
std::string with_schema(const std::string& table) {
  return table.find('.') == std::string::npos ? "public." + table : table;
}

Result<std::unique_ptr<Source>> make_changes(const Settings& settings, const TaskContext&) {
  WEIR_TRY_VAR(options, stream_options(settings));
  for (const auto& table : settings.list("table.include.list")) options.tables.push_back(with_schema(table));
  if (options.publication_mode == PublicationMode::filtered && options.tables.empty()) {
    return fail(settings.wrong("table.include.list", "must be set, or publication.autocreate.mode to another"));
  }
  EnvelopeOptions envelope;
  envelope.prefix = settings.text("topic.prefix");
  envelope.names_topics = !envelope.prefix.empty();
  if (envelope.prefix.empty() && settings.text("topic").empty()) {
    return fail(settings.wrong("topic", "must be set, or topic.prefix"));
  }
  envelope.tombstones = settings.flag("tombstones.on.delete");
  envelope.truncates = settings.flag("truncate.events");
  envelope.placeholder = settings.text("unavailable.value.placeholder");
  envelope.precision = static_cast<TimePrecision>(settings.choice("time.precision.mode"));
  return change_source(std::move(options), [envelope](const std::string& database) {
    EnvelopeOptions of_database = envelope;
    of_database.database = database;
    return envelope_writer(std::move(of_database));
  });
}

Result<std::unique_ptr<Source>> make_outbox(const Settings& settings, const TaskContext&) {
  WEIR_TRY_VAR(options, stream_options(settings));
  OutboxOptions outbox;
  outbox.table = with_schema(settings.text("outbox.table"));
  outbox.message_prefix = settings.text("message.prefix");
  outbox.route_column = settings.text("route.by.field");
  outbox.topic = settings.text("route.topic.replacement");
  outbox.id_column = settings.text("table.field.event.id");
  outbox.key_column = settings.text("table.field.event.key");
  outbox.payload_column = settings.text("table.field.event.payload");
  outbox.timestamp_column = settings.text("table.field.event.timestamp");
  outbox.header_columns = settings.list("table.fields.header");
  if (outbox.message_prefix.empty()) options.tables = {outbox.table};
  return change_source(std::move(options), [outbox](const std::string&) { return outbox_writer(outbox); });
}

// A slot is read by one.
Result<std::vector<ConnectorClass::TaskSettings>> one_task(const Settings&, std::size_t) {
  return std::vector<ConnectorClass::TaskSettings>(1);
}

}  // namespace

ConnectorClass postgres_changes_class() {
  return {.names = {"postgres-changes"},
          .settings = kChangesTable,
          .names_topics = true,
          .summary = "Reads tables of PostgreSQL and then every committed change of them, in Debezium's envelope.",
          .guarantee = "exactly once: the position is the commit and the number of the message in it",
          .tasks = one_task,
          .make_source = make_changes};
}

ConnectorClass postgres_outbox_class() {
  return {
      .names = {"postgres-outbox"},
      .settings = kOutboxTable,
      .names_topics = true,
      .summary =
          "Publishes the rows of an outbox table, or messages of pg_logical_emit_message, to topics that they name.",
      .guarantee = "exactly once: the position is the commit and the number of the message in it",
      .tasks = one_task,
      .make_source = make_outbox};
}

}  // namespace weir::connect
