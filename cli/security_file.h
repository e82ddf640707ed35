// How a command comes to brokers, as a file of properties says it, in Kafka's names:
//
//   security.protocol    PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL
//   sasl.mechanism       PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
//   sasl.username, sasl.password, or sasl.jaas.config with both
//   ssl.ca.location (or ssl.truststore.location), ssl.certificate.location, ssl.key.location: files in PEM
//   ssl.endpoint.identification.algorithm    https, or none: the host's name is not held to its certificate
#pragma once

#include <string>

#include "log/base/result.h"
#include "log/security/client_security.h"

namespace weir::cli {

// invalid_argument: with the file and the line; io_error, not_found.
Result<log::ClientSecurity> read_security(const std::string& path);

}  // namespace weir::cli
