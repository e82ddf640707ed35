// JsonConverter: Kafka Connect's, with a schema beside each value unless schemas.enable is false.
#pragma once

#include <memory>

#include "connect/converters/converter.h"

namespace weir::connect {

SettingTable json_converter_settings();
Result<std::unique_ptr<Converter>> make_json_converter(const SettingsUnder& settings);

}  // namespace weir::connect
