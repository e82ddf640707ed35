// Messages of Protocol Buffers as values, and back (protobuf_converter.h).
#pragma once

#include <map>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "connect/data/schema.h"
#include "log/base/result.h"

namespace weir::connect {

// The schemas of a message and of all that are in it, by descriptor.
using ProtobufSchemas = std::map<const google::protobuf::Descriptor*, SchemaPtr>;

// invalid_argument: the message holds itself, which no schema can say.
Result<SchemaPtr> schema_of_message(const google::protobuf::Descriptor& type, ProtobufSchemas& schemas);

// corrupt_data: a number that no int64 holds, a time that no timestamp does.
Result<Value> value_of_message(const google::protobuf::Message& message, const ProtobufSchemas& schemas);

// Sets the message's fields; it is empty before. Of a struct, or of a map without a schema. invalid_record names the
// field.
Result<> fill_message(const Value& value, google::protobuf::Message& message);

}  // namespace weir::connect
