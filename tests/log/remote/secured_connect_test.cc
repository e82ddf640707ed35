// Clients that come by TLS and say who they are: what works, what is refused and in which words.
#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "tests/log/net/certificates.h"

namespace weir::log {
namespace secured_connect_test {
namespace {

using security::Acl;
using security::Operation;
using security::Pattern;
using security::Resource;

class SecuredConnectTest : public testing::Test {
 protected:
  SecuredConnectTest() {
    server_certificate_ = folder_.put("server.pem", server_.certificate());
    server_key_ = folder_.put("server.key", server_.key());
    ca_ = folder_.put("ca.pem", authority_.certificate());
  }
  Client serve(std::vector<std::string> listen, ServeOptions serve = {}) {
    serve.tls_certificate = server_certificate_;
    serve.tls_key = server_key_;
    serve.super_users.emplace_back("User:alice");
    serve.stop_within = Millis(10);
    serve.failed_authentication_delay = Millis(0);
    auto log =
        open("log", {.durability = Durability::os, .files = &files_, .listen = std::move(listen), .serve = serve});
    EXPECT_TRUE(log) << log.error().to_string();
    for (const char* user : {"alice", "bob"}) {
      EXPECT_TRUE(log->security_admin()->put_user(
          user, "secret", {security::ScramMechanism::sha_256, security::ScramMechanism::sha_512}, 4'096));
    }
    return *std::move(log);
  }
  static ClientSecurity as(const std::string& user, const std::string& mechanism = "SCRAM-SHA-512") {
    ClientSecurity security;
    security.sasl_mechanism = mechanism;
    security.user = user;
    security.password = "secret";
    return security;
  }
  ClientSecurity by_tls(ClientSecurity security = {}) const {
    security.tls = true;
    security.tls_ca = ca_;
    return security;
  }
  static Result<Client> come(const Client& log, ClientSecurity security, std::size_t listener = 0) {
    return connect(listening_on(log).at(listener), {.security = std::move(security), .connect_timeout = Millis(5'000)});
  }
  // Writes and reads.
  static void use(const Result<Client>& client) {
    ASSERT_TRUE(client) << client.error().to_string();
    (void)client->admin()->create_topic({"t", 1, {}});
    auto producer = client->producer().value();
    const auto sent = producer->send("t", PartitionIndex(0), 1, std::nullopt, std::string(200'000, 'v'));
    ASSERT_TRUE(sent) << sent.error().to_string();
    ASSERT_TRUE(producer->flush());
    auto consumer = client->consumer().value();
    ASSERT_TRUE(consumer->assign({{"t", PartitionIndex(0)}}));
    auto batches = consumer->poll(Millis(10'000));
    ASSERT_TRUE(batches) << batches.error().to_string();
    EXPECT_FALSE(batches->empty());
  }
  static void expect_refused(const Result<Client>& client, ErrorCode code, const std::string& words) {
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, code) << client.error().to_string();
    EXPECT_NE(client.error().detail.find(words), std::string::npos) << client.error().detail;
  }

  net::TestFolder folder_;
  net::TestCertificate authority_{"authority"};
  net::TestCertificate server_{"server", &authority_};
  std::string server_certificate_;
  std::string server_key_;
  std::string ca_;
  MemoryFileSystem files_;
};

TEST_F(SecuredConnectTest, every_way_that_is_served_is_spoken) {
  const auto log = serve({"127.0.0.1:0", "ssl://127.0.0.1:0", "sasl://127.0.0.1:0", "sasl-ssl://127.0.0.1:0"});
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    use(come(log, as("alice", mechanism), 2));
    use(come(log, by_tls(as("alice", mechanism)), 3));
  }
  EXPECT_TRUE(come(log, {}, 0));
  EXPECT_TRUE(come(log, by_tls(), 1));
}

TEST_F(SecuredConnectTest, a_wrong_password_and_user_are_told_once_and_in_words) {
  const auto log = serve({"sasl-ssl://127.0.0.1:0"});
  auto wrong = by_tls(as("alice"));
  wrong.password = "wrong";
  expect_refused(come(log, wrong), ErrorCode::sasl_authentication_failed, "as alice, by SCRAM-SHA-512");
  expect_refused(come(log, by_tls(as("nobody", "PLAIN"))), ErrorCode::sasl_authentication_failed,
                 "as nobody, by PLAIN");
}

TEST_F(SecuredConnectTest, a_mechanism_that_is_not_offered_is_told_with_those_that_are) {
  const auto log = serve({"sasl://127.0.0.1:0"}, {.sasl_mechanisms = {"SCRAM-SHA-256"}});
  expect_refused(come(log, as("alice", "PLAIN")), ErrorCode::unsupported_sasl_mechanism, "but: SCRAM-SHA-256");
}

TEST_F(SecuredConnectTest, who_says_nothing_where_it_is_asked_is_told_what_may_be_missing) {
  const auto log = serve({"sasl://127.0.0.1:0", "127.0.0.1:0", "ssl://127.0.0.1:0"});
  expect_refused(come(log, {}, 0), ErrorCode::io_error, "SASL");
  expect_refused(come(log, as("alice"), 1), ErrorCode::illegal_sasl_state, "asks nobody");
  expect_refused(come(log, by_tls(), 1), ErrorCode::io_error, "TLS");
  EXPECT_FALSE(come(log, {}, 2));
}

TEST_F(SecuredConnectTest, a_server_that_nobody_vouches_for_is_not_taken) {
  const auto log = serve({"ssl://127.0.0.1:0"});
  const net::TestCertificate other("other authority");
  auto wrong = by_tls();
  wrong.tls_ca = folder_.put("other.pem", other.certificate());
  expect_refused(come(log, wrong), ErrorCode::invalid_argument, "not trusted");
  wrong.tls_ca.clear();  // whom the system trusts
  expect_refused(come(log, wrong), ErrorCode::invalid_argument, "not trusted");
  use(come(log, by_tls()));
}

TEST_F(SecuredConnectTest, the_hosts_name_is_held_to_the_certificate_unless_told) {
  const net::TestCertificate elsewhere("server", &authority_, "DNS:elsewhere.example");
  server_certificate_ = folder_.put("elsewhere.pem", elsewhere.certificate());
  server_key_ = folder_.put("elsewhere.key", elsewhere.key());
  const auto log = serve({"ssl://127.0.0.1:0"});
  expect_refused(come(log, by_tls()), ErrorCode::invalid_argument, "not trusted");
  auto lenient = by_tls();
  lenient.tls_verify_host = false;
  use(come(log, lenient));
}

TEST_F(SecuredConnectTest, a_certificate_says_who_a_client_is) {
  const net::TestCertificate carol("carol", &authority_);
  const net::TestCertificate stranger("carol");
  auto log = serve({"ssl://127.0.0.1:0"}, {.tls_clients = TlsClients::required, .tls_client_ca = ca_});
  auto security = by_tls();
  EXPECT_FALSE(come(log, security));
  security.tls_certificate = folder_.put("carol.pem", carol.certificate());
  security.tls_key = folder_.put("carol.key", carol.key());
  auto client = come(log, security);
  ASSERT_TRUE(client) << client.error().to_string();
  EXPECT_FALSE(client->admin()->create_topic({"t", 1, {}}));  // nobody lets her
  for (const auto operation : {Operation::create, Operation::write, Operation::read}) {
    ASSERT_TRUE(log.security_admin()->add_acls(
        {{Resource::topic, Pattern::literal, "t", "User:CN=carol,O=Tests", "*", operation}}));
  }
  use(client);
  security.tls_certificate = folder_.put("stranger.pem", stranger.certificate());
  security.tls_key = folder_.put("stranger.key", stranger.key());
  EXPECT_FALSE(come(log, security));
}

TEST_F(SecuredConnectTest, who_shows_no_certificate_where_none_is_required_is_nobody_in_particular) {
  auto log = serve({"ssl://127.0.0.1:0"}, {.tls_clients = TlsClients::requested, .tls_client_ca = ca_});
  auto client = come(log, by_tls());
  ASSERT_TRUE(client);
  EXPECT_EQ(client->admin()->create_topic({"t", 1, {}}).error().code, ErrorCode::topic_authorization_failed);
  ASSERT_TRUE(log.security_admin()->add_acls(
      {{Resource::topic, Pattern::literal, "t", std::string(security::kAnonymous), "*", Operation::all}}));
  use(client);
}

TEST_F(SecuredConnectTest, a_client_says_again_who_it_is_before_its_session_is_over) {
  const auto log = serve({"sasl://127.0.0.1:0"}, {.max_reauthentication = Millis(300)});
  auto client = come(log, as("alice"));
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->admin()->create_topic({"t", 1, {}}));
  auto producer = client->producer().value();
  const auto begin_ns = SystemClock::instance().monotonic_ns();
  int sent = 0;
  while (SystemClock::instance().monotonic_ns() - begin_ns < 1'500'000'000) {
    ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1, std::nullopt, "v"));
    const auto flushed = producer->flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
    ++sent;
  }
  auto consumer = client->consumer().value();
  ASSERT_TRUE(consumer->assign({{"t", PartitionIndex(0)}}));
  int seen = 0;
  while (seen < sent) {
    auto batches = consumer->poll(Millis(5'000));
    ASSERT_TRUE(batches) << batches.error().to_string();
    for (const auto& batch : *batches) seen += batch.batch.header.count;
  }
  EXPECT_EQ(seen, sent);
}

TEST_F(SecuredConnectTest, what_may_not_be_is_an_error_that_says_so_at_once) {
  const auto log = serve({"sasl://127.0.0.1:0"});
  ASSERT_TRUE(log.admin()->create_topic({"t", 1, {}}));
  auto client = come(log, as("bob"));
  ASSERT_TRUE(client);
  auto producer = client->producer();
  ASSERT_TRUE(producer);
  const auto sent = (*producer)->send("t", PartitionIndex(0), 1, std::nullopt, "v");
  EXPECT_FALSE(sent && (*producer)->flush());
  EXPECT_EQ(client->admin()->describe_topic("t").error().code, ErrorCode::topic_authorization_failed);
  EXPECT_EQ(client->security_admin()->list_users().error().code, ErrorCode::cluster_authorization_failed);
}

TEST_F(SecuredConnectTest, options_that_make_no_sense_are_told_at_once) {
  const auto wrong = [](ClientSecurity security, const std::string& words) {
    expect_refused(connect("127.0.0.1:9", {.security = std::move(security)}), ErrorCode::invalid_argument, words);
  };
  wrong({.tls_ca = "ca.pem"}, "no TLS");
  wrong({.tls = true, .tls_certificate = "c.pem"}, "go together");
  wrong({.user = "alice"}, "no mechanism");
  wrong({.sasl_mechanism = "PLAIN"}, "without security.user");
  wrong({.sasl_mechanism = "GSSAPI", .user = "alice"}, "must be PLAIN");
  EXPECT_EQ(connect("127.0.0.1:9", {.security = {.tls = true, .tls_ca = "/no/such.pem"}}).error().code,
            ErrorCode::not_found);
  expect_refused(connect("127.0.0.1:9", {.security = by_tls({.tls_key = server_key_})}), ErrorCode::invalid_argument,
                 "go together");
}

}  // namespace
}  // namespace secured_connect_test
}  // namespace weir::log
