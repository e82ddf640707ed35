// What a server's file may say.
#include "cli/server_settings.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace weir::cli::server_settings_test {
namespace {

// A value of each that is not its default, one that is refused, and where to see that it was set.
struct Case {
  const char* name;
  const char* good;
  const char* bad;
  bool (*is_set)(const ServerSettings& settings);
};
const Case kCases[] = {
    {"log.dirs", "here", "here,there",
     [](const ServerSettings& s) {
       return s.data == "here";
     }},
    {"listeners", "PLAINTEXT://127.0.0.1:1,SSL://127.0.0.1:2, SASL_PLAINTEXT://h:3,SASL_SSL://h:4",
     "OUTSIDE://127.0.0.1:1",
     [](const ServerSettings& s) {
       return s.log.listen ==
              std::vector<std::string>{"127.0.0.1:1", "ssl://127.0.0.1:2", "sasl://h:3", "sasl-ssl://h:4"};
     }},
    {"advertised.listeners", "SASL_SSL://there:1", "OUTSIDE://there:1",
     [](const ServerSettings& s) {
       return s.log.serve.advertise == std::vector<std::string>{"there:1"};
     }},
    {"ssl.certificate.location", "a.pem", "",
     [](const ServerSettings& s) {
       return s.log.serve.tls_certificate == "a.pem";
     }},
    {"ssl.key.location", "a.key", "",
     [](const ServerSettings& s) {
       return s.log.serve.tls_key == "a.key";
     }},
    {"ssl.client.auth", "required", "yes",
     [](const ServerSettings& s) {
       return s.log.serve.tls_clients == log::TlsClients::required;
     }},
    {"ssl.ca.location", "ca.pem", "",
     [](const ServerSettings& s) {
       return s.log.serve.tls_client_ca == "ca.pem";
     }},
    {"sasl.enabled.mechanisms", "PLAIN, SCRAM-SHA-512", "PLAIN,GSSAPI",
     [](const ServerSettings& s) {
       return s.log.serve.sasl_mechanisms == std::vector<std::string>{"PLAIN", "SCRAM-SHA-512"};
     }},
    {"sasl.plain.in.clear", "true", "yes",
     [](const ServerSettings& s) {
       return s.log.serve.allow_plain_in_clear;
     }},
    {"super.users", "User:alice;User:CN=bob,O=Us", "alice",
     [](const ServerSettings& s) {
       return s.log.serve.super_users == std::vector<std::string>{"User:alice", "User:CN=bob,O=Us"};
     }},
    {"allow.everyone.if.no.acl.found", "true", "1",
     [](const ServerSettings& s) {
       return s.log.serve.allow_if_no_acl;
     }},
    {"authentication.timeout.ms", "7", "0",
     [](const ServerSettings& s) {
       return s.log.serve.authentication_timeout == Millis(7);
     }},
    {"connection.failed.authentication.delay.ms", "0", "-1",
     [](const ServerSettings& s) {
       return s.log.serve.failed_authentication_delay == Millis(0);
     }},
    {"connections.max.reauth.ms", "9", "-1",
     [](const ServerSettings& s) {
       return s.log.serve.max_reauthentication == Millis(9);
     }},
    {"allow.plaintext", "true", "yes",
     [](const ServerSettings& s) {
       return s.log.serve.allow_plaintext;
     }},
    {"node.id", "7", "-1",
     [](const ServerSettings& s) {
       return s.log.serve.node_id == 7;
     }},
    {"durability", "fsync", "always",
     [](const ServerSettings& s) {
       return s.log.durability == log::Durability::fsync;
     }},
    {"log.flush.interval.ms", "50", "0",
     [](const ServerSettings& s) {
       return s.log.sync_interval == Millis(50);
     }},
    {"log.segment.bytes", "65536", "10",
     [](const ServerSettings& s) {
       return s.log.segment_bytes == 65'536;
     }},
    {"auto.create.topics.enable", "false", "0",
     [](const ServerSettings& s) {
       return !s.log.serve.auto_create_topics;
     }},
    {"num.partitions", "3", "3000000000",
     [](const ServerSettings& s) {
       return s.log.serve.default_partitions == 3;
     }},
    {"group.initial.rebalance.delay.ms", "0", "-1",
     [](const ServerSettings& s) {
       return s.log.serve.initial_rebalance_delay == Millis(0);
     }},
    {"offsets.retention.minutes", "2", "0",
     [](const ServerSettings& s) {
       return s.log.serve.offsets_retention == Millis(120'000);
     }},
    {"num.network.threads", "1", "0",
     [](const ServerSettings& s) {
       return s.log.serve.threads == 1;
     }},
    {"socket.request.max.bytes", "1000", "x",
     [](const ServerSettings& s) {
       return s.log.serve.max_frame_bytes == 1'000;
     }},
    {"max.connections", "9", "0",
     [](const ServerSettings& s) {
       return s.log.serve.max_connections == 9;
     }},
    {"max.connections.per.ip", "8", "",
     [](const ServerSettings& s) {
       return s.log.serve.max_connections_per_address == 8;
     }},
    {"connections.max.idle.ms", "5", "0",
     [](const ServerSettings& s) {
       return s.log.serve.max_idle == Millis(5);
     }},
    {"connections.max.stall.ms", "6", "0",
     [](const ServerSettings& s) {
       return s.log.serve.max_stall == Millis(6);
     }},
    {"log.level", "debug", "loud",
     [](const ServerSettings& s) {
       return s.log_level == LogLevel::debug;
     }},
};

TEST(ServerSettings, each_sets_what_it_says_and_refuses_what_makes_no_sense) {
  ASSERT_EQ(std::size(kCases), server_settings().size());
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const auto& row = server_settings()[i];
    const auto& one = kCases[i];
    ASSERT_EQ(row.name, one.name);
    ServerSettings settings;
    EXPECT_FALSE(one.is_set(settings)) << one.name << " is so by default";
    ASSERT_TRUE(row.set(one.good, settings)) << one.name;
    EXPECT_TRUE(one.is_set(settings)) << one.name;
    const auto refused = row.set(one.bad, settings);
    ASSERT_FALSE(refused) << one.name;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().detail.find("must be"), std::string::npos);
  }
}

TEST(ServerSettings, each_stands_in_its_page) {
  std::ifstream file(std::string(WEIR_TEST_DIR) + "/../docs/server.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const auto& row : server_settings()) {
    EXPECT_NE(page.str().find("`" + std::string(row.name) + "`"), std::string::npos) << row.name;
  }
}

}  // namespace
}  // namespace weir::cli::server_settings_test
