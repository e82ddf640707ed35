// JSON of the herder's records and answers: flat maps of text, and the pieces of objects.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "log/base/result.h"

namespace weir::connect {

// {"a":"1","b":"2"}
void append_text_map(const std::map<std::string, std::string>& map, std::string& out);
// The texts of an object's members; numbers and booleans as they stand. corrupt_data: it is no object, or holds others;
// null members are left out.
Result<std::map<std::string, std::string>> text_map_of(const JsonValue& object);

// `"name":` behind a comma, if the object has something already.
void append_member(std::string_view name, std::string& out);
void append_member(std::string_view name, std::string_view text, std::string& out);

// The text, number or boolean of an object's member; empty if it is not there.
std::string text_of_member(const JsonValue& object, std::string_view name);
bool flag_of_member(const JsonValue& object, std::string_view name);

}  // namespace weir::connect
