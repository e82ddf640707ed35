// Who comes where a server asks who it is: over sockets, what is taken, what is refused, and when a connection ends.
#include "log/security/plain.h"
#include "tests/log/server/secured_world.h"

namespace weir::log::authentication_test {
namespace {

class AuthenticationTest : public SecuredLog {};

constexpr const char* kAllMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};

TEST_F(AuthenticationTest, a_user_is_taken_by_every_mechanism_and_version) {
  auto client = open_secured();
  for (const char* mechanism : kAllMechanisms) {
    for (std::int16_t version = 0; version <= 2; ++version) {
      auto one = raw(client);
      EXPECT_EQ(authenticate(one, mechanism, "alice", password_of("alice"), version), ErrorCode::none) << mechanism;
      EXPECT_TRUE(is_served(one));
    }
  }
}

TEST_F(AuthenticationTest, who_is_not_who_it_says_is_told_so_and_let_go) {
  auto client = open_secured();
  for (const char* mechanism : kAllMechanisms) {
    for (const char* user : {"alice", "nobody"}) {
      auto one = raw(client);
      EXPECT_EQ(authenticate(one, mechanism, user, "wrong"), ErrorCode::sasl_authentication_failed) << mechanism;
      EXPECT_TRUE(one.is_closed());
    }
  }
}

TEST_F(AuthenticationTest, before_it_is_known_who_it_is_nothing_is_served) {
  auto client = open_secured();
  for (std::int32_t step = 0; step < 3; ++step) {
    auto one = raw(client);
    if (step >= 1) {
      EXPECT_TRUE(one.call(wire::ApiVersionsRequest{}, 2));
    }
    wire::SaslHandshakeRequest handshake;
    handshake.mechanism = "SCRAM-SHA-256";
    if (step >= 2) {
      EXPECT_EQ(one.call(handshake, 1)->error_code, ErrorCode::none);
    }
    EXPECT_FALSE(one.call(wire::MetadataRequest{}));
    EXPECT_TRUE(one.is_closed());
  }
}

TEST_F(AuthenticationTest, versions_are_told_to_anybody_and_say_that_sasl_is_spoken) {
  auto client = open_secured();
  auto one = raw(client);
  const auto told = one.call(wire::ApiVersionsRequest{}, 2);
  ASSERT_TRUE(told);
  for (const auto api : {wire::ApiKey::sasl_handshake, wire::ApiKey::sasl_authenticate}) {
    EXPECT_NE(std::ranges::find(told->api_keys, api, &wire::ApiVersionsResponse::ApiVersion::api_key),
              told->api_keys.end());
  }
}

// What clients did before SaslAuthenticate came, and kafka-python still does.
TEST_F(AuthenticationTest, after_the_oldest_handshake_tokens_come_alone) {
  auto client = open_secured();
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  const auto framed = [](const OwnedBytes& token) {
    OwnedBytes frame(wire::kFrameSizeBytes, '\0');
    store_big_endian(frame.data(), static_cast<std::int32_t>(token.size()));
    return frame + token;
  };
  auto one = raw(client);
  ASSERT_EQ(one.call(handshake, 0)->error_code, ErrorCode::none);
  ASSERT_TRUE(one.send(framed(security::PlainMessage{{}, "bob", password_of("bob")}.to_string())));
  EXPECT_EQ(one.receive(4), std::string(4, '\0'));  // an empty token: it is over
  EXPECT_TRUE(is_served(one));

  auto other = raw(client);
  ASSERT_EQ(other.call(handshake, 0)->error_code, ErrorCode::none);
  ASSERT_TRUE(other.send(framed(security::PlainMessage{{}, "bob", "wrong"}.to_string())));
  EXPECT_TRUE(other.is_closed());

  auto third = raw(client);
  handshake.mechanism = "SCRAM-SHA-512";
  ASSERT_EQ(third.call(handshake, 0)->error_code, ErrorCode::none);
  auto sasl = security::SaslClient::make("SCRAM-SHA-512", "bob", password_of("bob"), "a-nonce");
  ASSERT_TRUE(third.send(framed(sasl->first())));
  auto proof = sasl->next(third.receive_frame()->view());
  ASSERT_TRUE(proof && *proof);
  ASSERT_TRUE(third.send(framed(**proof)));
  const auto end = sasl->next(third.receive_frame()->view());
  EXPECT_TRUE(end && !*end);
  EXPECT_TRUE(is_served(third));
}

TEST_F(AuthenticationTest, a_mechanism_that_is_not_offered_is_told_with_those_that_are) {
  auto client = open_secured({.sasl_mechanisms = {"SCRAM-SHA-512"}});
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "GSSAPI", ""}) {
    auto one = raw(client);
    wire::SaslHandshakeRequest handshake;
    handshake.mechanism = mechanism;
    const auto answer = one.call(handshake, 1);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_code, ErrorCode::unsupported_sasl_mechanism);
    EXPECT_EQ(answer->mechanisms, std::vector<std::string>{"SCRAM-SHA-512"});
    EXPECT_TRUE(one.is_closed());
  }
}

TEST_F(AuthenticationTest, sasl_is_refused_where_nobody_is_asked) {
  auto client = open_served();
  auto one = raw(*client);
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  EXPECT_EQ(one.call(handshake, 1)->error_code, ErrorCode::illegal_sasl_state);
  EXPECT_EQ(one.call(wire::SaslAuthenticateRequest{})->error_code, ErrorCode::illegal_sasl_state);
  EXPECT_TRUE(is_served(one));
}

TEST_F(AuthenticationTest, out_of_turn_it_is_refused) {
  auto client = open_secured();
  auto one = raw(client);
  EXPECT_EQ(one.call(wire::SaslAuthenticateRequest{})->error_code, ErrorCode::illegal_sasl_state);
  EXPECT_TRUE(one.is_closed());
  auto other = as(client, "bob");
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  EXPECT_EQ(other.call(handshake, 1)->error_code, ErrorCode::illegal_sasl_state);  // once is enough here
  EXPECT_TRUE(is_served(other));
}

// Limits -----------------------------------------------------------------------------------------------------------

TEST_F(AuthenticationTest, who_is_not_known_yet_sends_short_frames_only) {
  auto client = open_secured();
  auto one = raw(client);
  ASSERT_TRUE(one.send(Bytes("\0\x08\0\x01", 4)));  // 512 KiB and a byte
  EXPECT_TRUE(one.is_closed());
  auto other = raw(client);
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  ASSERT_TRUE(other.call(handshake, 1));
  wire::SaslAuthenticateRequest longest;
  longest.auth_bytes = OwnedBytes(512 * 1024 - 100, 'x');
  EXPECT_EQ(other.call(longest)->error_code, ErrorCode::sasl_authentication_failed);
  // Who is known may send long ones.
  auto known = as(client, "bob");
  wire::HeartbeatRequest heartbeat;
  heartbeat.member_id = std::string(30'000, 'm');
  EXPECT_TRUE(known.call(heartbeat));
  ASSERT_TRUE(known.send(Bytes("\0\x08\0\x01", 4)));
  EXPECT_TRUE(known.is_silent(50));
}

class TimedAuthenticationTest : public SecuredLog {
 protected:
  // By a clock of the test's own.
  Result<Client> open_timed(ServeOptions serve) {
    serve.stop_within = Millis(10);
    serve.super_users = {"User:alice"};
    auto client = open(
        "log", {.durability = Durability::os, .files = &files, .clock = &clock, .listen = {kSasl}, .serve = serve});
    EXPECT_TRUE(client->security_admin()->put_user("alice", password_of("alice"), {security::ScramMechanism::sha_256},
                                                   security::kLeastIterations));
    return client;
  }
  // Something is due by the clock, which the server looks at when it likes.
  template <class Condition>
  void advance_until(Condition condition) {
    while (!condition()) clock.advance(Millis(1'000));
  }

  ManualClock clock{1'700'000'000'000};
};

TEST_F(TimedAuthenticationTest, who_takes_too_long_to_say_who_it_is_is_let_go) {
  auto client = open_timed({.authentication_timeout = Millis(5'000)});
  auto silent = raw(*client);
  auto half = raw(*client);
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  ASSERT_TRUE(half.call(handshake, 1));
  auto known = as(*client, "alice");
  advance_until([&] { return silent.is_closed(20); });
  advance_until([&] { return half.is_closed(20); });
  EXPECT_TRUE(is_served(known));
}

TEST_F(TimedAuthenticationTest, the_answer_to_a_wrong_password_takes_its_time) {
  auto client =
      open_timed({.authentication_timeout = Millis(3'600'000), .failed_authentication_delay = Millis(60'000)});
  auto one = raw(*client);
  wire::SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  ASSERT_TRUE(one.call(handshake, 1));
  wire::SaslAuthenticateRequest wrong;
  wrong.auth_bytes = security::PlainMessage{{}, "alice", "wrong"}.to_string();
  const auto before_ms = clock.wall_ms();
  ASSERT_TRUE(one.send_request(wrong, 2, 77));
  advance_until([&] { return !one.is_silent(20); });
  EXPECT_GE(clock.wall_ms() - before_ms, 60'000);
  EXPECT_EQ(one.receive_response<wire::SaslAuthenticateResponse>(2, 77)->error_code,
            ErrorCode::sasl_authentication_failed);
  EXPECT_TRUE(one.is_closed());
}

TEST_F(TimedAuthenticationTest, a_session_lasts_so_long_and_may_be_begun_again_by_the_same_user) {
  auto client = open_timed({.failed_authentication_delay = Millis(0), .max_reauthentication = Millis(60'000)});
  ASSERT_TRUE(client->security_admin()->put_user("bob", password_of("bob"), {security::ScramMechanism::sha_256},
                                                 security::kLeastIterations));
  auto stays = as(*client, "alice");
  auto ends = as(*client, "alice");
  auto changes = as(*client, "alice");
  EXPECT_EQ(authenticate(changes, "SCRAM-SHA-256", "bob", password_of("bob")), ErrorCode::sasl_authentication_failed);
  EXPECT_TRUE(changes.is_closed());
  clock.advance(Millis(50'000));
  EXPECT_EQ(authenticate(stays, "SCRAM-SHA-256", "alice", password_of("alice")), ErrorCode::none);
  clock.advance(Millis(20'000));
  EXPECT_TRUE(is_served(stays));
  ASSERT_TRUE(ends.send_request(wire::MetadataRequest{}, 9, 5));
  advance_until([&] { return ends.is_closed(20); });
  // The end of its time is told, and late it may still say again who it is.
  clock.advance(Millis(60'000));
  EXPECT_EQ(authenticate(stays, "PLAIN", "alice", password_of("alice")), ErrorCode::none);
  EXPECT_TRUE(is_served(stays));
}

// Users who go -----------------------------------------------------------------------------------------------------

TEST_F(AuthenticationTest, the_connections_of_a_user_who_is_removed_end) {
  auto client = open_secured();
  auto idle = as(client, "bob");
  auto other = as(client, "alice");
  ASSERT_TRUE(client.security_admin()->remove_user("bob"));
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(is_served(other));
  auto again = raw(client);
  EXPECT_EQ(authenticate(again, "SCRAM-SHA-256", "bob", password_of("bob")), ErrorCode::sasl_authentication_failed);
}

TEST_F(AuthenticationTest, users_and_the_clusters_name_are_there_when_the_log_is_opened_again) {
  std::optional<std::string> name;
  {
    auto client = open_secured();
    auto one = as(client, "alice");
    name = one.call(wire::MetadataRequest{})->cluster_id;
    ASSERT_TRUE(name);
    EXPECT_EQ(name->size(), 22u);
    ASSERT_TRUE(client.security_admin()->put_user("alice", "another", {security::ScramMechanism::sha_256},
                                                  security::kLeastIterations));
  }
  auto client = open_served({.super_users = {"User:alice"}}, {kSasl});
  ASSERT_TRUE(client);
  auto one = raw(*client);
  EXPECT_EQ(authenticate(one, "SCRAM-SHA-256", "alice", "another"), ErrorCode::none);
  EXPECT_EQ(one.call(wire::MetadataRequest{})->cluster_id, name);
  auto bob = as(*client, "bob");
  EXPECT_EQ(bob.call(wire::MetadataRequest{})->cluster_id, name);
  auto old = raw(*client);
  EXPECT_EQ(authenticate(old, "SCRAM-SHA-256", "alice", password_of("alice")), ErrorCode::sasl_authentication_failed);
}

TEST_F(AuthenticationTest, no_password_is_written_down) {
  {
    auto client = open_secured();
    auto one = as(client, "alice");
  }
  std::vector<std::string> waiting{"log"};
  int looked_at = 0;
  while (!waiting.empty()) {
    const std::string path = waiting.back();
    waiting.pop_back();
    if (const auto names = files.list(path); names && !names->empty()) {
      for (const auto& name : *names) waiting.push_back(path + "/" + name);
    } else if (const auto content = read_file(files, path)) {
      EXPECT_EQ(content->find(password_of("alice")), std::string::npos) << path;
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 1);
}

// Addresses --------------------------------------------------------------------------------------------------------

TEST_F(AuthenticationTest, what_others_could_read_on_its_way_needs_permission) {
  const auto refused = open_served({}, {"sasl://0.0.0.0:0"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().detail.find("--allow-plaintext"), std::string::npos);
  const auto alone = open_served({.sasl_mechanisms = {"PLAIN"}, .allow_plaintext = true}, {"sasl://0.0.0.0:0"});
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().detail.find("sasl.plain.in.clear"), std::string::npos);
  const auto offered = [&](ServeOptions serve) {
    auto client = open_secured(std::move(serve), {"sasl://0.0.0.0:0"});
    net::RawClient one({"127.0.0.1", HostPort::parse(listening_on(client).at(0))->port});
    wire::SaslHandshakeRequest handshake;
    handshake.mechanism = "none";
    return one.call(handshake, 1)->mechanisms;
  };
  EXPECT_EQ(offered({.allow_plaintext = true}), (std::vector<std::string>{"SCRAM-SHA-256", "SCRAM-SHA-512"}));
  EXPECT_EQ(offered({.allow_plain_in_clear = true, .allow_plaintext = true}).size(), 3u);
  EXPECT_EQ(open_served({.sasl_mechanisms = {"GSSAPI"}}, {kSasl}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(open_served({.sasl_mechanisms = {}}, {kSasl}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(open_served({}, {"sasl-ssl://127.0.0.1:0"}).error().code, ErrorCode::invalid_argument);
}

TEST_F(AuthenticationTest, a_flood_of_clients_that_say_nothing_holds_up_nobody) {
  auto client = open_secured();
  std::vector<net::RawClient> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(raw(client));
    if (i % 2 == 0) {
      ASSERT_TRUE(flood.back().send(Bytes("\0\x07\xff\xff", 4)));  // a frame that does not come
    }
  }
  auto one = as(client, "alice");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_served(one));
}

}  // namespace
}  // namespace weir::log::authentication_test
