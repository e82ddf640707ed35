// ProtobufConverter: Protocol Buffers' messages of one type, which a descriptor set describes (`protoc
// --include_imports --descriptor_set_out=FILE`). A message is a struct: fields that may be unset are null then,
// repeated ones lists, maps maps, enumerations the names of their values, google.protobuf.Timestamp a timestamp,
// unsigned numbers of 32 bits int64. What is written is deterministic, so that equal keys have equal bytes.
#pragma once

#include <memory>

#include "connect/converters/converter.h"

namespace weir::connect {

SettingTable protobuf_converter_settings();
Result<std::unique_ptr<Converter>> make_protobuf_converter(const SettingsUnder& settings);

}  // namespace weir::connect
