// Where a worker's REST is, and with which token it is asked.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "connect/rest/rest_message.h"
#include "log/base/result.h"

namespace weir::cli {

void add_url(CLI::App& verb, std::string& url);           // --url URL, or WEIR_CONNECT_URL
void add_token(CLI::App& verb, std::string& token_file);  // --token-file FILE

// What the file says, without its line's end, else what WEIR_CONNECT_TOKEN does; empty: there is none. io_error.
Result<std::string> token_of(const std::string& token_file);

// Of an answer that is an error: its message; else its body.
std::string message_of(const connect::RestAnswer& answer);

}  // namespace weir::cli
