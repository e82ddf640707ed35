// The four messages of a SCRAM exchange (RFC 5802, section 7), as Kafka's classes read and write them:
//
//   client-first   n,[a=AUTHZID],[m=...,]n=NAME,r=NONCE[,EXTENSION=VALUE]*
//   server-first   [m=...,]r=NONCE,s=SALT,i=ITERATIONS[,EXTENSION=VALUE]*
//   client-final   c=BINDING,r=NONCE[,EXTENSION=VALUE]*,p=PROOF
//   server-final   e=ERROR | v=SIGNATURE, [,EXTENSION=VALUE]*
//
// SALT, BINDING, PROOF and SIGNATURE are base64. In names '=' stands as "=3D" and ',' as "=2C". Channel binding is not
// supported: the first message begins with "n". Each parse gives invalid_argument, without what was wrong about it: the
// other side is not to learn more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir::log::security {

std::string to_sasl_name(std::string_view name);
std::optional<std::string> from_sasl_name(std::string_view text);

struct ClientFirst {
  std::string authzid;    // who to act as, escaped; mostly empty
  std::string sasl_name;  // escaped
  std::string nonce;
  std::string extensions;  // ",tokenauth=true"

  std::string bare() const;  // what is signed: without what comes before the name
  std::string to_string() const;
  static Result<ClientFirst> parse(std::string_view text);
};

struct ServerFirst {
  std::string nonce;  // the client's, then the server's
  std::string salt;   // bytes
  std::int32_t iterations = 0;

  std::string to_string() const;
  static Result<ServerFirst> parse(std::string_view text);
};

struct ClientFinal {
  std::string channel_binding = "n,,";  // bytes: how the first message began
  std::string nonce;
  std::string extensions{};
  std::string proof{};  // bytes

  std::string without_proof() const;
  std::string to_string() const;
  static Result<ClientFinal> parse(std::string_view text);
};

struct ServerFinal {
  std::string error;      // or
  std::string signature;  // bytes

  std::string to_string() const;
  static Result<ServerFinal> parse(std::string_view text);
};

}  // namespace weir::log::security
