#include "cli/connect_url.h"

#include <cstdlib>

#include "connect/herder/json_text.h"
#include "connect/settings/text.h"
#include "log/base/file.h"

namespace weir::cli {

void add_url(CLI::App& verb, std::string& url) {
  verb.add_option("--url", url, "a worker's REST; default: what WEIR_CONNECT_URL says, else http://127.0.0.1:8083")
      ->envname("WEIR_CONNECT_URL")
      ->type_name("URL");
}

void add_token(CLI::App& verb, std::string& token_file) {
  verb.add_option("--token-file", token_file,
                  "holds the token of the workers' REST; default: what WEIR_CONNECT_TOKEN says")
      ->type_name("FILE");
}

Result<std::string> token_of(const std::string& token_file) {
  if (token_file.empty()) {
    const char* said = std::getenv("WEIR_CONNECT_TOKEN");
    return std::string(said != nullptr ? said : "");
  }
  WEIR_TRY_VAR(text, read_file(posix_files(), token_file));
  while (text.ends_with('\n')) text.pop_back();
  const std::string token = connect::trimmed(text);
  if (token.empty()) return fail(ErrorCode::invalid_argument, token_file + " is empty");
  return token;
}

std::string message_of(const connect::RestAnswer& answer) {
  const auto document = JsonDocument::parse(answer.body);
  const std::string message = document ? connect::text_of_member(document->root(), "message") : "";
  if (!message.empty()) return message;
  return answer.body.empty() ? "HTTP status " + std::to_string(answer.status) : answer.body;
}

}  // namespace weir::cli
