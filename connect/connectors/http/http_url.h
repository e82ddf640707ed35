// HttpUrl: where an HTTP server is, as people write it: "https://api.example.com:8443/v1/items?page=1".
#pragma once

#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir::connect {

struct HttpUrl {
  bool is_tls = false;
  std::string host;    // without brackets
  std::string port;    // "80" or "443" where none is written
  std::string target;  // path and query, at least "/"

  // invalid_argument, with what is wrong about it. A name and password in it are refused: they have settings.
  static Result<HttpUrl> parse(std::string_view text);

  // Of the Host header: with the port where it is not the usual one.
  std::string authority() const;
  std::string to_string() const;
};

}  // namespace weir::connect
