// ClientSecurity: how a client comes to brokers: in the clear or by TLS, and as whom. Data only.
#pragma once

#include <string>

namespace weir::log {

struct ClientSecurity {
  // security.protocol: by TLS (SSL, SASL_SSL) or in the clear (PLAINTEXT, SASL_PLAINTEXT).
  bool tls = false;
  std::string tls_ca{};           // ssl.ca.location: PEM, of those who vouch for brokers; empty: whom the system trusts
  bool tls_verify_host = true;    // is the certificate of the host that was asked for?
  std::string tls_certificate{};  // ssl.certificate.location: the client's own, PEM with its chain, if brokers want one
  std::string tls_key{};          // ssl.key.location: PEM, without a passphrase
  // sasl.mechanism: "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"; empty: brokers are not told who comes.
  std::string sasl_mechanism{};
  std::string user{};
  std::string password{};
};

}  // namespace weir::log
