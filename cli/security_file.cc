#include "cli/security_file.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "cli/advice.h"
#include "connect/settings/connector_config.h"

namespace weir::cli {

namespace {

using log::ClientSecurity;

tl::unexpected<Error> must_be(const std::string& text, const char* what) {
  return fail(ErrorCode::invalid_argument, "'" + text + "': must be " + what);
}

template <auto kMember>
Result<> set_text(const std::string& text, ClientSecurity& security) {
  security.*kMember = text;
  return {};
}

// name="value" of a JAAS line; empty if it is not there.
std::string quoted(const std::string& line, const std::string& name) {
  const auto at = line.find(name + "=\"");
  if (at == std::string::npos) return {};
  std::string value;
  for (std::size_t i = at + name.size() + 2; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    value += line[i];
  }
  return value;
}

struct SecuritySetting {
  std::string_view name;
  Result<> (*set)(const std::string& text, ClientSecurity& security);
};

Result<> set_jaas(const std::string& text, ClientSecurity& security) {
  security.user = quoted(text, "username");
  security.password = quoted(text, "password");
  if (!security.user.empty()) return {};
  return fail(ErrorCode::invalid_argument, "a login module with username=\"...\" and password=\"...\" is expected");
}

Result<> set_pem(const std::string& text, ClientSecurity&) {
  return text == "PEM" ? Result<>() : Result<>(must_be(text, "PEM"));
}

constexpr SecuritySetting kSecuritySettings[] = {
    // Looked at by itself: what else is said depends on it.
    {"security.protocol",
     [](const std::string&, ClientSecurity&) {
       return Result<>();
     }},
    {"sasl.mechanism", set_text<&ClientSecurity::sasl_mechanism>},
    {"sasl.jaas.config", set_jaas},
    {"sasl.username", set_text<&ClientSecurity::user>},
    {"sasl.password", set_text<&ClientSecurity::password>},
    {"ssl.ca.location", set_text<&ClientSecurity::tls_ca>},
    {"ssl.truststore.location", set_text<&ClientSecurity::tls_ca>},
    {"ssl.truststore.type", set_pem},
    {"ssl.certificate.location", set_text<&ClientSecurity::tls_certificate>},
    {"ssl.key.location", set_text<&ClientSecurity::tls_key>},
    {"ssl.endpoint.identification.algorithm",
     [](const std::string& text, ClientSecurity& security) -> Result<> {
       if (text != "https" && text != "none" && !text.empty()) return must_be(text, "https or none");
       security.tls_verify_host = text == "https";
       return {};
     }},
};

struct SecurityProtocol {
  std::string_view name;
  bool has_tls;
  bool has_sasl;
};
constexpr SecurityProtocol kSecurityProtocols[] = {
    {"PLAINTEXT", false, false}, {"SSL", true, false}, {"SASL_PLAINTEXT", false, true}, {"SASL_SSL", true, true}};

}  // namespace

Result<ClientSecurity> read_security(const std::string& path) {
  WEIR_TRY_VAR(file, connect::ConnectorConfig::load(posix_files(), path));
  std::vector<std::string> names;
  for (const auto& known : kSecuritySettings) names.emplace_back(known.name);
  ClientSecurity security;
  for (const auto& [name, value] : file.values) {
    const std::string place = path + ":" + std::to_string(value.line) + ": " + name;
    const auto known = std::ranges::find(names, name);
    if (known == names.end()) {
      return fail(ErrorCode::invalid_argument, place + ": there is no such setting" + or_meant(name, names));
    }
    auto set = kSecuritySettings[known - names.begin()].set(value.text, security);
    if (!set) return fail(set.error().code, place + " = " + set.error().detail);
  }
  const std::string& text = file.text("security.protocol");
  const auto protocol = std::ranges::find(kSecurityProtocols, text, &SecurityProtocol::name);
  if (protocol == std::end(kSecurityProtocols)) {
    return fail(ErrorCode::invalid_argument,
                path + ": security.protocol must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
  }
  security.tls = protocol->has_tls;
  if (protocol->has_sasl == security.sasl_mechanism.empty()) {
    return fail(ErrorCode::invalid_argument, path + ": sasl.mechanism goes with SASL_PLAINTEXT and SASL_SSL");
  }
  return security;
}

}  // namespace weir::cli
