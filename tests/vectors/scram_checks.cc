#include "log/security/base64.h"
#include "log/security/scram.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

using namespace weir::log::security;

Failure not_the_same(const char* what, const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return std::nullopt;
  return std::string(what) + ": gave " + ours + ", not " + theirs;
}

Failure check_keys(const Object& line, ScramMechanism mechanism, const ScramCredential& credential) {
  const auto keys = ScramKeys::of(mechanism, text_of(line, "password"), credential.salt, credential.iterations);
  if (auto wrong =
          not_the_same("salted password", to_hex(keys.salted_password), text_of(line, "salted_password_hex"))) {
    return wrong;
  }
  if (auto wrong = not_the_same("client key", to_hex(keys.client_key), text_of(line, "client_key_hex"))) return wrong;
  if (auto wrong = not_the_same("stored key", to_hex(keys.stored_key), text_of(line, "stored_key_hex"))) return wrong;
  if (auto wrong = not_the_same("server key", to_hex(keys.server_key), text_of(line, "server_key_hex"))) return wrong;
  const auto auth_message = text_of(line, "auth_message");
  if (auto wrong = not_the_same("client signature", to_hex(scram_signature(mechanism, keys.stored_key, auth_message)),
                                text_of(line, "client_signature_hex"))) {
    return wrong;
  }
  return not_the_same("server signature", to_hex(scram_signature(mechanism, keys.server_key, auth_message)),
                      text_of(line, "server_signature_hex"));
}

// Both sides, with the nonces that Kafka's had.
Failure check_exchange(const Object& line) {
  const auto mechanism = scram_mechanism_named(text_of(line, "mechanism"));
  if (!mechanism) return "an unknown mechanism";
  const auto credential = ScramCredential::of(*mechanism, text_of(line, "password"), bytes_of(line, "salt_hex"),
                                              static_cast<std::int32_t>(number_of(line, "iterations")));
  if (auto wrong = check_keys(line, *mechanism, credential)) return wrong;
  if (auto wrong = not_the_same("credential", credential.to_string(), text_of(line, "credential"))) return wrong;
  const auto stored = ScramCredential::parse(text_of(line, "credential"));
  if (!stored || *stored != credential) return "the credential is read otherwise";

  const auto username = text_of(line, "username");
  if (auto wrong = not_the_same("name", to_sasl_name(username), text_of(line, "sasl_name"))) return wrong;
  const bool is_token = text_of(line, "client_first").find("tokenauth") != std::string::npos;
  ScramClient client(*mechanism, username, text_of(line, "password"), text_of(line, "client_nonce"),
                     is_token ? ",tokenauth=true" : "");
  ScramServer server(*mechanism, text_of(line, "server_nonce"), "secret", [&](const std::string& who) {
    return who == username ? std::optional(credential) : std::nullopt;
  });
  if (auto wrong = not_the_same("client-first", client.first(), text_of(line, "client_first"))) return wrong;
  const auto server_first = server.first(client.first());
  if (!server_first) return "server-first: " + server_first.error().to_string();
  if (auto wrong = not_the_same("server-first", *server_first, text_of(line, "server_first"))) return wrong;
  const auto client_final = client.final(*server_first, 1);
  if (!client_final) return "client-final: " + client_final.error().to_string();
  if (auto wrong = not_the_same("client-final", *client_final, text_of(line, "client_final"))) return wrong;
  const auto server_final = server.final(*client_final);
  if (!server_final) return "server-final: " + server_final.error().to_string();
  if (auto wrong = not_the_same("server-final", *server_final, text_of(line, "server_final"))) return wrong;
  if (auto verified = client.verify(*server_final); !verified) return verified.error().to_string();
  return server.username() == username ? std::nullopt : Failure("it is somebody else");
}

// A message's fields as the vectors have them.
Result<Object> fields_of(const std::string& message, const std::string& text) {
  Object fields;
  if (message == "client_first") {
    WEIR_TRY_VAR(parsed, ClientFirst::parse(text));
    fields = {{"sasl_name", parsed.sasl_name}, {"nonce", parsed.nonce}, {"authzid", parsed.authzid}};
  } else if (message == "server_first") {
    WEIR_TRY_VAR(parsed, ServerFirst::parse(text));
    fields = {{"nonce", parsed.nonce}, {"salt_hex", to_hex(parsed.salt)}, {"iterations", parsed.iterations}};
  } else if (message == "client_final") {
    WEIR_TRY_VAR(parsed, ClientFinal::parse(text));
    fields = {{"nonce", parsed.nonce},
              {"channel_binding_hex", to_hex(parsed.channel_binding)},
              {"proof_hex", to_hex(parsed.proof)}};
  } else {
    WEIR_TRY_VAR(parsed, ServerFinal::parse(text));
    fields = {{"signature_hex", to_hex(parsed.signature)}};
  }
  return fields;
}

Failure check_parse(const Object& line) {
  const auto fields = fields_of(text_of(line, "message"), text_of(line, "text"));
  if (!is_null(line, "error")) return fields ? Failure("should be refused") : std::nullopt;
  if (!fields) return fields.error().to_string();
  return not_the_same("fields", boost::json::serialize(*fields), boost::json::serialize(line.at("fields")));
}

}  // namespace

Failure check_scram(const Object& line) {
  return text_of(line, "kind") == "exchange" ? check_exchange(line) : check_parse(line);
}

}  // namespace weir::vectors
