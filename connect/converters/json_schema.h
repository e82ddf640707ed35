// JSON with schemas, as Kafka Connect's JsonConverter writes and reads it: {"schema":{"type":"int32","optional":false},
// "payload":7}. Decimals are bytes in base64 or numbers, dates days since 1970, times and timestamps milliseconds.
#pragma once

#include <string>

#include "connect/data/schema.h"
#include "log/base/json_reader.h"
#include "log/base/result.h"

namespace weir::connect {

struct JsonFormat {
  enum class Decimals { base64, numbers };
  Decimals decimals = Decimals::base64;  // when it writes; it reads both
  bool null_becomes_default = true;      // of fields whose schema has a default
};

// Appends the schema's JSON; "null" for none.
Result<> append_json_schema(const SchemaPtr& schema, const JsonFormat& format, std::string& out);
// Null for JSON's null. corrupt_data.
Result<SchemaPtr> schema_of_json(const JsonValue& json, const JsonFormat& format);

// The value's JSON. Precondition: it is what the schema says (check_value), or there is no schema. invalid_record.
Result<> append_json_payload(const Schema* schema, const Value& value, const JsonFormat& format, std::string& out);
// The value that the JSON is by its schema, which is not null. corrupt_data names the field.
Result<Value> value_of_json(const SchemaPtr& schema, const JsonValue& json, const JsonFormat& format);

}  // namespace weir::connect
