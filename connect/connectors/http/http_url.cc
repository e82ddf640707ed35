#include "connect/connectors/http/http_url.h"

#include <charconv>
#include <cstdint>

namespace weir::connect {

namespace {

tl::unexpected<Error> wrong(std::string_view text, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is no URL: " + what);
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0;
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  HttpUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.is_tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return wrong(text, "it must begin with http:// or https://");
  }
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  std::string_view target = rest.substr(end);
  if (authority.find('@') != std::string_view::npos) return wrong(text, "a password is not to stand in it");
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return wrong(text, "a bracket is not closed");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!authority.empty() && authority.front() != ':')
      return wrong(text, "after the bracket comes a port, or nothing");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    authority.remove_prefix(colon);
  }
  if (url.host.empty()) return wrong(text, "it names no host");
  url.port = authority.size() > 1 ? authority.substr(1) : std::string_view(url.is_tls ? "443" : "80");
  if (!is_port(url.port)) return wrong(text, "its port is none");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return wrong(text, "a blank or control character is in it");
  }
  target = target.substr(0, target.find('#'));  // a fragment is the reader's own affair
  url.target = (target.starts_with('/') ? "" : "/") + std::string(target);
  return url;
}

std::string HttpUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (is_tls ? "443" : "80") ? name : name + ":" + port;
}

std::string HttpUrl::to_string() const {
  return (is_tls ? "https://" : "http://") + authority() + target;
}

}  // namespace weir::connect
