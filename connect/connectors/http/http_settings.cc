#include "connect/connectors/http/http_settings.h"

#include "connect/settings/text.h"

namespace weir::connect {

Result<HttpUrl> url_of(const Settings& settings, std::string_view name) {
  auto url = HttpUrl::parse(settings.text(name));
  if (!url) return fail(settings.wrong(name, url.error().detail));
  return url;
}

Result<std::vector<HttpHeader>> headers_of(const Settings& settings, std::string_view name) {
  std::vector<HttpHeader> headers;
  for (const std::string& text : split(settings.text(name), '|')) {
    const std::size_t colon = text.find(':');
    const std::string header = trimmed(std::string_view(text).substr(0, colon));
    const bool is_token = header.find_first_of(" \t\r\n\"(),/;<=>?@[\\]{}") == std::string::npos;
    if (colon == std::string::npos || header.empty() || !is_token || text.find_first_of("\r\n") != std::string::npos) {
      return fail(settings.wrong(name, "must be Name: value, and | between two of them"));
    }
    headers.push_back({header, trimmed(std::string_view(text).substr(colon + 1))});
  }
  return headers;
}

HttpClientOptions client_options(const Settings& settings) {
  HttpClientOptions options;
  options.timeout = Millis(settings.integer("http.timeout.ms"));
  options.trusted_file = settings.text("http.tls.ca.file");
  return options;
}

}  // namespace weir::connect
