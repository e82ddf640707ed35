// A whole application against a server that asks who it is, by TLS, with the rules that docs/security.md names for it.
#include <filesystem>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "streams/streams.h"
#include "tests/log/net/certificates.h"

namespace weir::streams::secured_app_test {
namespace {

using log::security::Acl;
using log::security::Operation;
using log::security::Pattern;
using log::security::Resource;

Topology counting_words() {
  Builder builder;
  builder.stream<NoKey, std::string>("lines")
      .group_by([](const std::string& word) { return word; })
      .count({.store = "counts"})
      .to_stream()
      .to("counts");
  return builder.build();
}

class SecuredAppTest : public ::testing::Test {
 protected:
  SecuredAppTest() {
    log::OpenOptions options{.durability = log::Durability::os, .files = &files_};
    options.listen = {"sasl-ssl://127.0.0.1:0"};
    options.serve.tls_certificate = folder_.put("server.pem", server_.certificate());
    options.serve.tls_key = folder_.put("server.key", server_.key());
    options.serve.super_users = {"User:alice"};
    options.serve.stop_within = Millis(10);
    log_.emplace(log::open("log", options).value());
    for (const char* topic : {"lines", "counts"}) EXPECT_TRUE(log_->admin()->create_topic({topic, 2, {}}));
    const auto security = log_->security_admin();
    EXPECT_TRUE(security->put_user("words", "secret", {log::security::ScramMechanism::sha_512}, 4'096));
    state_ = folder_.put("state", "");
    std::filesystem::remove(state_);
  }
  Result<log::Client> come() {
    log::ConnectOptions options;
    options.security.tls = true;
    options.security.tls_ca = folder_.put("ca.pem", server_.certificate());
    options.security.sasl_mechanism = "SCRAM-SHA-512";
    options.security.user = "words";
    options.security.password = "secret";
    return log::connect(log::listening_on(*log_).at(0), options);
  }
  void allow() {
    std::vector<Acl> acls;
    for (const auto resource : {Resource::topic, Resource::group, Resource::transactional_id}) {
      acls.push_back({resource, Pattern::prefixed, "word-count", "User:words", "*", Operation::all});
    }
    acls.push_back({Resource::topic, Pattern::literal, "lines", "User:words", "*", Operation::read});
    acls.push_back({Resource::topic, Pattern::literal, "counts", "User:words", "*", Operation::write});
    ASSERT_TRUE(log_->security_admin()->add_acls(acls));
  }
  void send(const std::string& word) {
    auto producer = log_->producer().value();
    ASSERT_TRUE(producer->send("lines", log::PartitionIndex(0), 1'000, std::nullopt, word));
    ASSERT_TRUE(producer->flush());
  }
  Result<> run() {
    WEIR_TRY_VAR(client, come());
    App app(counting_words(), client, {.application_id = "word-count", .state_directory = state_});
    return app.run_to_end();
  }
  std::map<std::string, std::string> counts() {
    std::map<std::string, std::string> all;
    auto consumer = log_->consumer({.isolation = log::Isolation::read_committed}).value();
    EXPECT_TRUE(consumer->assign({{"counts", log::PartitionIndex(0)}, {"counts", log::PartitionIndex(1)}}));
    for (auto batches = consumer->poll(Millis(500)).value(); !batches.empty();
         batches = consumer->poll(Millis(500)).value()) {
      log::BatchReader reader;
      for (const auto& fetched : batches) {
        EXPECT_TRUE(log::for_each_record(reader, fetched, [&](const log::RecordView& record) -> Result<> {
          all[std::string(record.key.value())] = to_hex(record.value.value());
          return {};
        }));
      }
    }
    return all;
  }

  log::net::TestFolder folder_;
  log::net::TestCertificate server_{"server"};
  MemoryFileSystem files_;
  std::optional<log::Client> log_;
  std::string state_;
};

TEST_F(SecuredAppTest, an_application_runs_with_the_rules_that_are_named_for_it) {
  for (const char* word : {"a", "b", "a"}) send(word);
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("authorization_failed"), std::string::npos) << refused.error().to_string();
  allow();
  const auto done = run();
  ASSERT_TRUE(done) << done.error().to_string();
  send("a");
  ASSERT_TRUE(run());
  EXPECT_EQ(counts(), (std::map<std::string, std::string>{{"a", "0000000000000003"}, {"b", "0000000000000001"}}));
}

}  // namespace
}  // namespace weir::streams::secured_app_test
