// SimpleHeaderConverter: header values as short texts, as Kafka Connect's converter of that name reads and writes them:
// what looks like a number, a time, a list becomes one. Bytes that are not UTF-8 stay bytes.
#pragma once

#include <memory>

#include "connect/converters/converter.h"

namespace weir::connect {

Result<std::unique_ptr<Converter>> make_simple_header_converter(const SettingsUnder& settings);

}  // namespace weir::connect
