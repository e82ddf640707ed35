#include "log/security/scram.h"

#include <random>

#include <gtest/gtest.h>

#include "log/security/base64.h"

namespace weir::log::security::scram_test {
namespace {

constexpr ScramMechanism kBoth[] = {ScramMechanism::sha_256, ScramMechanism::sha_512};

ScramCredential credential_of(ScramMechanism mechanism, Bytes password) {
  return ScramCredential::of(mechanism, password, "some salt", kLeastIterations);
}

ScramServer server_that_knows(ScramMechanism mechanism, const std::string& user, const ScramCredential& credential) {
  return {mechanism, "server", "secret", [user, credential](const std::string& who) {
            return who == user ? std::optional(credential) : std::nullopt;
          }};
}

TEST(Scram, who_knows_the_password_is_let_in_and_knows_the_server) {
  for (const auto mechanism : kBoth) {
    for (const std::string user : {"alice", "a=b,c", "=,=,"}) {
      ScramClient client(mechanism, user, "pass,word=", "client");
      auto server = server_that_knows(mechanism, user, credential_of(mechanism, "pass,word="));
      const auto final = client.final(*server.first(client.first()));
      ASSERT_TRUE(final);
      const auto told = server.final(*final);
      ASSERT_TRUE(told) << told.error().to_string();
      EXPECT_TRUE(client.verify(*told));
      EXPECT_EQ(server.username(), user);
    }
  }
}

TEST(Scram, who_does_not_know_it_is_not) {
  for (const auto mechanism : kBoth) {
    ScramClient client(mechanism, "alice", "guess", "client");
    auto server = server_that_knows(mechanism, "alice", credential_of(mechanism, "password"));
    EXPECT_FALSE(server.final(*client.final(*server.first(client.first()))));
  }
}

TEST(Scram, an_unknown_user_learns_nothing_of_that) {
  for (const auto mechanism : kBoth) {
    const auto challenge = [&](const std::string& user, const std::string& nonce) {
      ScramClient client(mechanism, user, "password", nonce);
      auto server = server_that_knows(mechanism, "alice", credential_of(mechanism, "password"));
      const auto first = server.first(client.first());
      const bool is_let_in = server.final(*client.final(*first)).has_value();
      EXPECT_EQ(is_let_in, user == "alice");
      return ServerFirst::parse(*first).value();
    };
    const auto nobody = challenge("nobody", "n1");
    EXPECT_EQ(nobody.salt, challenge("nobody", "n2").salt);
    EXPECT_NE(nobody.salt, challenge("nobody else", "n1").salt);
    EXPECT_EQ(nobody.iterations, challenge("alice", "n1").iterations);
  }
}

TEST(Scram, a_stolen_credential_lets_nobody_in) {
  const auto mechanism = ScramMechanism::sha_256;
  const auto stolen = credential_of(mechanism, "password");
  auto server = server_that_knows(mechanism, "alice", stolen);
  ScramClient client(mechanism, "alice", stolen.stored_key, "client");
  EXPECT_FALSE(server.final(*client.final(*server.first(client.first()))));
}

TEST(Scram, an_answer_of_another_exchange_is_refused) {
  const auto mechanism = ScramMechanism::sha_256;
  const auto credential = credential_of(mechanism, "password");
  ScramClient client(mechanism, "alice", "password", "client");
  auto first = server_that_knows(mechanism, "alice", credential);
  const auto final = client.final(*first.first(client.first()));
  ScramServer second(mechanism, "another", "secret", [&](const std::string&) { return credential; });
  ASSERT_TRUE(second.first(client.first()));
  EXPECT_FALSE(second.final(*final));
  EXPECT_TRUE(first.final(*final));
}

TEST(Scram, a_client_tells_nothing_to_a_server_that_asks_for_little_or_for_too_much) {
  ScramClient client(ScramMechanism::sha_256, "alice", "password", "client");
  EXPECT_FALSE(client.final("r=clientx,s=c2FsdA==,i=4095"));
  EXPECT_FALSE(client.final("r=clientx,s=c2FsdA==,i=2000000000"));
  EXPECT_FALSE(client.final("r=other,s=c2FsdA==,i=4096"));
  EXPECT_FALSE(client.final("r=client,s=c2FsdA==,i=4096"));  // the server adds nothing of its own
  EXPECT_TRUE(client.final("r=clientx,s=c2FsdA==,i=4096"));
  EXPECT_FALSE(client.verify("v=c2ln"));
  EXPECT_NE(client.verify("e=other-error").error().detail.find("other-error"), std::string::npos);
}

TEST(Scram, nobody_acts_as_somebody_else) {
  auto server = server_that_knows(ScramMechanism::sha_256, "alice", credential_of(ScramMechanism::sha_256, "p"));
  EXPECT_FALSE(server.first("n,a=admin,n=alice,r=x"));
  EXPECT_TRUE(server.first("n,a=alice,n=alice,r=x"));
  EXPECT_FALSE(server.first("y,,n=alice,r=x"));
}

TEST(Scram, credentials_are_kept_as_text) {
  const auto credential = credential_of(ScramMechanism::sha_512, "password");
  EXPECT_EQ(*ScramCredential::parse(credential.to_string()), credential);
  for (const char* text : {"", "salt=", "salt=eA==,stored_key=eA==,server_key=eA==", "iterations=4096",
                           "salt=eA==,stored_key=eA==,server_key=eA==,iterations=0",
                           "salt=!,stored_key=eA==,server_key=eA==,iterations=4096"}) {
    EXPECT_FALSE(ScramCredential::parse(text)) << text;
  }
}

TEST(Scram, changed_messages_are_refused_or_read) {
  std::mt19937 random(1);
  const auto mechanism = ScramMechanism::sha_256;
  const auto credential = ScramCredential::of(mechanism, "password", "salt", 1);
  for (int round = 0; round < 3'000; ++round) {
    ScramClient client(mechanism, "alice", "password", "client");
    ScramServer server(mechanism, "server", "secret", [&](const std::string&) { return credential; });
    std::string first = client.first();
    const auto original_first = server.first(first);
    std::string final = *client.final(*original_first, 1);
    std::string& changed = round % 2 == 0 ? first : final;
    const std::string before = changed;
    changed[random() % changed.size()] = static_cast<char>(random());
    if (round % 2 == 0) {
      (void)ScramServer(mechanism, "server", "secret", [](const std::string&) { return std::nullopt; }).first(first);
    } else if (changed != before) {
      EXPECT_FALSE(server.final(final)) << final;
    }
  }
}

TEST(Base64, there_and_back) {
  for (const std::string& bytes :
       {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff\x80", 3)}) {
    EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm 9", "Zm9\n", "=Zg="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace weir::log::security::scram_test
