// Options that many commands have.
#pragma once

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/open_log.h"
#include "cli/value_format.h"
#include "log/base/result.h"

namespace weir::cli {

enum class Output { text, json };

void add_data(CLI::App& verb, std::string& data);  // --data DIR, required, or WEIR_DATA
void add_log(CLI::App& verb, LogPlace& place);     // --data DIR or --bootstrap SERVERS, --security FILE
void add_output(CLI::App& verb, Output& output);   // -o text|json
void add_value_formats(CLI::App& verb, ValueFormat& key, ValueFormat& value);  // --key-format, --value-format

// "NAME=VALUE" of --config. invalid_argument.
Result<std::pair<std::string, std::string>> parse_config(const std::string& text);

}  // namespace weir::cli
