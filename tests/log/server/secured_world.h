// A served log with users, and raw clients that say who they are.
#pragma once

#include <thread>

#include "log/security/random.h"
#include "log/security/sasl_client.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/sasl_authenticate.h"
#include "log/wire/messages/sasl_handshake.h"
#include "tests/log/server/server_world.h"

namespace weir::log {

class SecuredLog : public ServedLog {
 protected:
  static constexpr const char* kSasl = "sasl://127.0.0.1:0";

  // With alice, who may do everything, and bob, who may do what rules say.
  Client open_secured(ServeOptions serve = {}, std::vector<std::string> listen = {kSasl}) {
    serve.super_users = {"User:alice"};
    if (serve.failed_authentication_delay == Millis(100)) serve.failed_authentication_delay = Millis(0);
    auto client = open_served(std::move(serve), std::move(listen));
    EXPECT_TRUE(client) << client.error().to_string();
    const auto admin = client->security_admin();
    for (const char* name : {"alice", "bob"}) {
      const auto put = admin->put_user(name, password_of(name),
                                       {security::ScramMechanism::sha_256, security::ScramMechanism::sha_512},
                                       security::kLeastIterations);
      EXPECT_TRUE(put) << put.error().to_string();
    }
    return *std::move(client);
  }
  static std::string password_of(const std::string& user) { return user + "'s secret"; }

  // How it ends: none, or what the server said; closed, if it said nothing.
  static ErrorCode authenticate(net::RawClient& one, const std::string& mechanism, const std::string& user,
                                const std::string& password, std::int16_t version = 2) {
    wire::SaslHandshakeRequest handshake;
    handshake.mechanism = mechanism;
    const auto shaken = one.call(handshake, 1);
    if (!shaken) return ErrorCode::closed;
    if (shaken->error_code != ErrorCode::none) return shaken->error_code;
    auto client = security::SaslClient::make(mechanism, user, password, "a-nonce");
    EXPECT_TRUE(client);
    std::optional<OwnedBytes> token = client->first();
    while (token) {
      wire::SaslAuthenticateRequest request;
      request.auth_bytes = *token;
      const auto answer = one.call(request, version);
      if (!answer) return ErrorCode::closed;
      if (answer->error_code != ErrorCode::none) return answer->error_code;
      auto next = client->next(answer->auth_bytes);
      if (!next) return next.error().code;
      token = *std::move(next);
    }
    return ErrorCode::none;
  }
  net::RawClient as(const Client& client, const std::string& user, std::size_t listener = 0) {
    auto one = raw(client, listener);
    EXPECT_EQ(authenticate(one, "SCRAM-SHA-256", user, password_of(user)), ErrorCode::none);
    return one;
  }
  static bool is_served(net::RawClient& one) { return one.call(wire::MetadataRequest{}).has_value(); }
};

}  // namespace weir::log
