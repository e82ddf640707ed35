// The settings that every sink and every source of a database has, beside those of its database. Their names are those
// of Kafka Connect's JDBC connectors.
#pragma once

#include <array>
#include <limits>

#include "connect/settings/settings.h"

namespace weir::connect {

template <std::size_t A, std::size_t B>
constexpr std::array<Setting, A + B> joined_settings(const std::array<Setting, A>& a, const std::array<Setting, B>& b) {
  std::array<Setting, A + B> all{};
  for (std::size_t i = 0; i < A; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < B; ++i) all[A + i] = b[i];
  return all;
}

inline constexpr auto kSqlSinkSettings = std::to_array<Setting>({
    {.name = "table.name.format",
     .otherwise = "${topic}",
     .meaning = "the table of a record, SCHEMA.TABLE where the database has schemas; ${topic} is its topic"},
    {.name = "insert.mode",
     .type = SettingType::choice,
     .otherwise = "insert",
     .choices = "insert|upsert|update",
     .meaning = "insert: each record is a new row; upsert: it replaces the row of its key, if there is one; update: it "
                "changes that row alone"},
    {.name = "pk.mode",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|kafka|record_key|record_value",
     .meaning = "what a row's key is: kafka: topic, partition and offset; record_key: the record's key, or fields of "
                "it; record_value: fields of its value"},
    {.name = "pk.fields",
     .type = SettingType::list,
     .meaning =
         "the fields that are the key, in their order, else all; of a key that has no fields, the column's name; "
         "of kafka, three names"},
    {.name = "fields.whitelist",
     .type = SettingType::list,
     .meaning = "the fields of the value that are written, else all"},
    {.name = "delete.enabled",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether a record without a value takes the row of its key away; needs pk.mode = record_key"},
    {.name = "auto.create",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether a table that is not there is made, from the first record's fields"},
    {.name = "auto.evolve",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether a column that is not there is added"},
    {.name = "positions.table",
     .otherwise = "weir_positions",
     .meaning = "where the sink keeps how far it is, in one transaction with the rows; made if it is not there"},
});

inline constexpr auto kSqlSourceSettings = std::to_array<Setting>({
    {.name = "table.whitelist",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "the tables to read, separated by commas; at most tasks.max tasks share them out",
     .instead = "query"},
    {.name = "query",
     .meaning = "instead of tables: a SELECT, of which each row is a record; it is wrapped, so it needs no WHERE for "
                "what is new"},
    {.name = "topic.prefix",
     .meaning = "a table's records go to the topic of its name behind this, instead of to `topic`"},
    {.name = "mode",
     .type = SettingType::choice,
     .otherwise = "bulk",
     .choices = "bulk|incrementing|timestamp|timestamp+incrementing",
     .meaning =
         "how new rows are known: bulk: all rows, again and again; incrementing: by a number that grows with each "
         "row; timestamp: by a time that grows with each change; or by both"},
    {.name = "incrementing.column.name", .meaning = "the column that grows with each row; no two rows have the same"},
    {.name = "timestamp.column.name", .meaning = "the column that has the time of a row's last change"},
    {.name = "timestamp.delay.interval.ms",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = 86'400'000,
     .meaning = "rows younger than this wait: what was begun earlier and is committed later is not missed, if "
                "transactions are shorter"},
    {.name = "bulk.interval.ms",
     .type = SettingType::integer,
     .otherwise = "60000",
     .least = 1,
     .most = std::numeric_limits<std::int64_t>::max() / 4,
     .meaning = "mode = bulk: how often all rows are read"},
    {.name = "key.fields",
     .type = SettingType::list,
     .meaning = "the columns that are a record's key, else the table's primary key; of a query, else none"},
});

inline constexpr auto kPublisherSettings = std::to_array<Setting>({
    {.name = "table", .presence = Presence::required, .meaning = "the table of messages"},
    {.name = "id.column", .otherwise = "id", .meaning = "the column that tells messages apart, in whose order they go"},
    {.name = "topic.column", .otherwise = "topic", .meaning = "the column that says where a message goes"},
    {.name = "key.column", .otherwise = "key", .meaning = "the column that is the record's key"},
    {.name = "payload.column", .otherwise = "payload", .meaning = "the column that is the record's value"},
    {.name = "headers.column", .meaning = "a column with a JSON object of headers; without it there are none"},
    {.name = "attempts.column", .otherwise = "attempts", .meaning = "the column that counts failed attempts"},
    {.name = "due.column",
     .otherwise = "due_ms",
     .meaning = "the column that says when to try (again), in milliseconds since 1970; null: at once"},
    {.name = "error.column", .otherwise = "last_error", .meaning = "the column that gets why an attempt failed"},
    {.name = "published.column",
     .meaning = "the column that gets when a message was published, in milliseconds since 1970; without it its row is "
                "removed"},
    {.name = "attempts.max",
     .type = SettingType::integer,
     .otherwise = "10",
     .least = 1,
     .most = 1'000'000,
     .meaning = "after so many failed attempts a message is given up, and that is reported"},
    {.name = "backoff.ms",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = 86'400'000,
     .meaning = "how long to wait after the first failed attempt; after each further one twice as long"},
    {.name = "backoff.max.ms",
     .type = SettingType::integer,
     .otherwise = "3600000",
     .least = 1,
     .most = 31'536'000'000,
     .meaning = "but no longer than this"},
    {.name = "message.max.bytes",
     .type = SettingType::integer,
     .otherwise = "1000000",
     .least = 1,
     .most = 1'000'000'000,
     .meaning = "a larger message fails"},
    {.name = "publish.batch",
     .type = SettingType::integer,
     .otherwise = "500",
     .least = 1,
     .most = 10'000,
     .meaning = "at most so many messages go into one transaction"},
    {.name = "report.topic", .meaning = "a topic that gets a record of each message that is given up"},
});

}  // namespace weir::connect
