// Options that many commands have.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/value_format.h"

namespace weir::cli {

enum class Output { text, json };

void add_data(CLI::App& verb, std::string& data);                              // --data DIR, required
void add_output(CLI::App& verb, Output& output);                               // -o text|json
void add_value_formats(CLI::App& verb, ValueFormat& key, ValueFormat& value);  // --key-format, --value-format

}  // namespace weir::cli
