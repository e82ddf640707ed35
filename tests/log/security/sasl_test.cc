// Either side of saying who one is, without connections: who is taken for whom, and what may come when.
#include <functional>

#include <gtest/gtest.h>

#include "log/security/random.h"
#include "log/security/sasl_client.h"
#include "log/security/sasl_server.h"

namespace weir::log::security::sasl_test {
namespace {

class SaslTest : public testing::Test {
 protected:
  SaslTest() {
    for (const auto mechanism : {ScramMechanism::sha_256, ScramMechanism::sha_512}) {
      users_["alice"][mechanism] = ScramCredential::of(mechanism, "secret", "salt and more", kLeastIterations);
    }
    users_["old"][ScramMechanism::sha_512] =
        ScramCredential::of(ScramMechanism::sha_512, "secret", "another salt", kLeastIterations);
    users_["bob"] = users_["alice"];
  }
  SaslServer server(std::vector<std::string> mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    return SaslServer({std::move(mechanisms),
                       [this](const std::string& user) -> std::optional<Credentials> {
                         const auto found = users_.find(user);
                         return found == users_.end() ? std::nullopt : std::optional(found->second);
                       },
                       [] { return nonce_of(random_bytes(18)); }, "the server's secret of some length"});
  }
  // To the end, or to what the first that complains says.
  static Result<> exchange(SaslServer& server, const std::string& mechanism, const std::string& user,
                           const std::string& password) {
    WEIR_TRY(server.handshake(mechanism));
    WEIR_TRY_VAR(client, SaslClient::make(mechanism, user, password, nonce_of(random_bytes(18))));
    std::optional<OwnedBytes> token = client.first();
    while (token) {
      WEIR_TRY_VAR(answer, server.step(*token));
      WEIR_TRY_VAR(next, client.next(answer));
      token = std::move(next);
    }
    return {};
  }
  static ErrorCode code_of(const Result<>& outcome) { return outcome ? ErrorCode::none : outcome.error().code; }

  std::map<std::string, Credentials> users_;
};

constexpr const char* kAllMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};

TEST_F(SaslTest, who_knows_the_password_is_the_user_by_every_mechanism) {
  for (const char* mechanism : kAllMechanisms) {
    auto one = server();
    const auto outcome = exchange(one, mechanism, "alice", "secret");
    EXPECT_TRUE(outcome) << mechanism << ": " << outcome.error().to_string();
    EXPECT_TRUE(one.is_done());
    EXPECT_EQ(one.user(), "alice");
  }
}

TEST_F(SaslTest, who_does_not_is_nobody_and_learns_nothing_of_users) {
  std::set<std::string> words;
  for (const char* mechanism : kAllMechanisms) {
    for (const char* user : {"alice", "nobody", "Alice", "alice "}) {
      auto one = server();
      const auto outcome = exchange(one, mechanism, user, "wrong");
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::sasl_authentication_failed);
      EXPECT_EQ(one.user(), "");
      EXPECT_FALSE(one.is_done());
      EXPECT_EQ(outcome.error().detail.find(user), std::string::npos);
      words.insert(outcome.error().detail);
      // Nothing helps any more.
      EXPECT_EQ(code_of(exchange(one, mechanism, "alice", "secret")), ErrorCode::illegal_sasl_state);
    }
  }
  EXPECT_EQ(words.size(), 3u);  // by mechanism, not by user
}

TEST_F(SaslTest, a_user_that_is_not_there_is_challenged_as_one_that_is) {
  auto challenge = [&](const std::string& user) {
    auto one = server();
    EXPECT_TRUE(one.handshake("SCRAM-SHA-256"));
    auto client = SaslClient::make("SCRAM-SHA-256", user, "x", "nonce");
    return ServerFirst::parse(one.step(client->first()).value()).value();
  };
  EXPECT_EQ(challenge("nobody").salt, challenge("nobody").salt);
  EXPECT_NE(challenge("nobody").salt, challenge("nobody else").salt);
  EXPECT_EQ(challenge("nobody").iterations, challenge("alice").iterations);
}

TEST_F(SaslTest, plain_takes_the_credentials_that_there_are) {
  auto one = server();
  EXPECT_TRUE(exchange(one, "PLAIN", "old", "secret"));
  EXPECT_EQ(one.proved_by(), ScramMechanism::sha_512);
  auto other = server();
  EXPECT_EQ(code_of(exchange(other, "SCRAM-SHA-256", "old", "secret")), ErrorCode::sasl_authentication_failed);
}

TEST_F(SaslTest, only_what_is_offered_may_be_chosen) {
  auto one = server({"SCRAM-SHA-512"});
  EXPECT_EQ(code_of(one.handshake("PLAIN")), ErrorCode::unsupported_sasl_mechanism);
  EXPECT_EQ(code_of(one.handshake("SCRAM-SHA-512")), ErrorCode::illegal_sasl_state);  // it is over
  auto other = server({"SCRAM-SHA-512"});
  EXPECT_TRUE(exchange(other, "SCRAM-SHA-512", "alice", "secret"));
}

TEST_F(SaslTest, what_comes_out_of_turn_is_refused) {
  auto one = server();
  EXPECT_EQ(one.step("\0alice\0secret").error().code, ErrorCode::illegal_sasl_state);
  EXPECT_TRUE(one.handshake("PLAIN"));
  EXPECT_EQ(code_of(one.handshake("PLAIN")), ErrorCode::illegal_sasl_state);
  EXPECT_TRUE(one.step(PlainMessage{{}, "alice", "secret"}.to_string()));
  EXPECT_EQ(one.step(PlainMessage{{}, "alice", "secret"}.to_string()).error().code, ErrorCode::illegal_sasl_state);
}

TEST_F(SaslTest, what_is_no_message_is_refused) {
  using namespace std::string_literals;
  for (const std::string& token : {""s, "alice"s, "\0alice"s, "\0\0secret"s, "\0alice\0"s, "bob\0alice\0secret"s,
                                   "\0alice\0secret\0more"s, std::string(300'000, '\0')}) {
    auto one = server();
    EXPECT_TRUE(one.handshake("PLAIN"));
    EXPECT_EQ(one.step(token).error().code, ErrorCode::sasl_authentication_failed);
  }
  for (const std::string& token : {""s, "n,,"s, "n,,n=alice"s, "y,,n=alice,r=x"s, "n,a=bob,n=alice,r=x"s}) {
    auto one = server();
    EXPECT_TRUE(one.handshake("SCRAM-SHA-256"));
    EXPECT_EQ(one.step(token).error().code, ErrorCode::sasl_authentication_failed) << token;
  }
}

// librdkafka before 2.6 sends its own nonce twice; the proof is of what it sends.
TEST_F(SaslTest, a_nonce_in_front_of_the_exchanges_own_is_let_through_and_no_other) {
  const auto prove = [&](const std::function<std::string(const std::string&)>& nonce_sent) {
    auto one = server();
    EXPECT_TRUE(one.handshake("SCRAM-SHA-256"));
    const ClientFirst first{"", "alice", "own", ""};
    const auto challenge_text = one.step(first.to_string()).value();
    const auto challenge = ServerFirst::parse(challenge_text).value();
    ClientFinal proof;
    proof.nonce = nonce_sent(challenge.nonce);
    const auto keys = ScramKeys::of(ScramMechanism::sha_256, "secret", challenge.salt, challenge.iterations);
    const auto signature = scram_signature(ScramMechanism::sha_256, keys.stored_key,
                                           first.bare() + "," + challenge_text + "," + proof.without_proof());
    proof.proof = keys.client_key;
    for (std::size_t i = 0; i < proof.proof.size(); ++i) {
      proof.proof[i] = static_cast<char>(proof.proof[i] ^ signature[i]);
    }
    return one.step(proof.to_string()).has_value();
  };
  EXPECT_TRUE(prove([](const std::string& nonce) { return nonce; }));
  EXPECT_TRUE(prove([](const std::string& nonce) { return "own" + nonce; }));
  EXPECT_FALSE(prove([](const std::string& nonce) { return nonce + "x"; }));
  EXPECT_FALSE(prove([](const std::string&) { return std::string("own"); }));
}

// As KIP-368 has it: again, over the same connection, as the same user.
TEST_F(SaslTest, a_connection_stays_of_the_user_who_began_it) {
  auto one = server();
  EXPECT_TRUE(exchange(one, "SCRAM-SHA-256", "alice", "secret"));
  EXPECT_TRUE(exchange(one, "PLAIN", "alice", "secret"));
  EXPECT_EQ(one.user(), "alice");
  EXPECT_EQ(code_of(exchange(one, "PLAIN", "bob", "secret")), ErrorCode::sasl_authentication_failed);
  EXPECT_EQ(one.user(), "alice");
}

TEST_F(SaslTest, a_client_does_not_take_a_server_that_does_not_know_the_password) {
  auto client = SaslClient::make("SCRAM-SHA-256", "alice", "secret", "nonce");
  const auto challenge = ServerFirst{"nonce-and-more", "salt and more", kLeastIterations}.to_string();
  ASSERT_TRUE(client->next(challenge));
  ServerFinal signature;
  signature.signature = std::string(32, 's');
  const auto verified = client->next(signature.to_string());
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::sasl_authentication_failed);
  EXPECT_EQ(SaslClient::make("GSSAPI", "alice", "secret", "nonce").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(SaslClient::make("PLAIN", "", "secret", "nonce").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace weir::log::security::sasl_test
