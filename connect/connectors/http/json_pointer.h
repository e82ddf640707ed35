// A place in JSON, as RFC 6901 writes it: "/items/0/id".
#pragma once

#include <string_view>

#include "log/base/json_reader.h"
#include "log/base/result.h"

namespace weir::connect {

// Null: there is nothing. The empty pointer is the value itself. Precondition: is_json_pointer.
const JsonValue* at_pointer(const JsonValue& value, std::string_view pointer);

bool is_json_pointer(std::string_view text);

}  // namespace weir::connect
