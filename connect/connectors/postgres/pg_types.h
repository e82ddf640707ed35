// PgTypes: columns of PostgreSQL as data, from the texts that the server writes. Names of schemas are Debezium's, where
// Kafka Connect has none.
//
//   bool boolean   int2 int16   int4 int32   int8 int64   float4 float32   float8 float64   bytea bytes
//   numeric(p,s)   Decimal of that scale; numeric without one: string
//   date           Date
//   adaptive: timestamp  int64 of microseconds, io.debezium.time.MicroTimestamp; time  the same,
//   io.debezium.time.MicroTime
//             timestamptz  string "2024-05-01T10:15:30.25Z", io.debezium.time.ZonedTimestamp
//   connect:  timestamp, timestamptz  Timestamp; time  Time: milliseconds
//   json, jsonb, uuid    string, io.debezium.data.Json, .Uuid
//   everything else      string, as the server writes it
//
// A date or a time that is infinite is the greatest or the least number.
#pragma once

#include <cstdint>
#include <string_view>

#include "connect/data/schema.h"

namespace weir::connect {

enum class TimePrecision { adaptive, connect };

struct PgType {
  std::uint32_t oid = 25;
  std::int32_t modifier = -1;
  bool operator==(const PgType&) const = default;
};

SchemaPtr schema_of_pg(PgType type, TimePrecision precision, bool is_optional);
// corrupt_data: the text is none of that type.
Result<Value> value_of_pg(PgType type, TimePrecision precision, std::string_view text);

// The type of a column that holds what the schema says.
std::string pg_type_of(const Schema& schema);

}  // namespace weir::connect
