// RestRequest and RestAnswer: what a REST call asks and is answered, apart from how it came.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connect {

struct RestRequest {
  std::string method;  // "GET"
  std::string target;  // "/connectors/orders/status?forward=true"
  std::string body{};
};

struct RestAnswer {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::string location{};  // empty: there is no such header
};

// A target as it is meant: percent-encoded bytes are decoded.
struct RestTarget {
  std::vector<std::string> path;                          // "/connectors/a%2Eb/" is {"connectors", "a.b"}
  std::map<std::string, std::vector<std::string>> query;  // a name may be there several times

  // The last value of that name; empty if there is none.
  std::string text(const std::string& name) const;
  bool is_set(const std::string& name, const std::string& value) const;

  static RestTarget parse(std::string_view target);
};

// The same target with another value of `name`.
std::string with_query(const std::string& target, const std::string& name, const std::string& value);

std::string url_encoded(std::string_view text);

}  // namespace weir::connect
