// TLS without sockets: a session of the server and one of OpenSSL's clients hand each other their bytes.
#include "log/net/tls.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "log/base/logging.h"

namespace weir::log::net::tls_test {
namespace {

struct Pem {
  std::string certificate;
  std::string key;
};

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

// A certificate that signs itself, of this serial number.
Pem make_certificate(long serial) {
  EVP_PKEY* key = EVP_EC_gen("prime256v1");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_text = BIO_new(BIO_s_mem());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {text_in(certificate_text), text_in(key_text)};
}

// A client of OpenSSL's over memory.
class TlsClient {
 public:
  explicit TlsClient(int max_version = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_, max_version);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_security_level(context_, 0);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool is_established() { return SSL_do_handshake(ssl_) == 1; }
  void end() { SSL_shutdown(ssl_); }
  void write(const std::string& plain) {
    EXPECT_EQ(SSL_write(ssl_, plain.data(), static_cast<int>(plain.size())), static_cast<int>(plain.size()));
  }
  std::string read() {
    std::string all;
    char part[4'096];
    for (int count; (count = SSL_read(ssl_, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(count));
    return all;
  }
  std::string take_outgoing() {
    BIO* out = SSL_get_wbio(ssl_);
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  void received(const std::string& bytes) {
    if (!bytes.empty()) BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  }
  long serial() {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    const long number = certificate == nullptr ? 0 : ASN1_INTEGER_get(X509_get_serialNumber(certificate));
    X509_free(certificate);
    return number;
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
};

// Until both have nothing to say; gives what the server read, or why it cannot.
Result<std::string> talk(TlsClient& client, TlsSession& server) {
  std::string read;
  for (int quiet = 0; quiet < 2;) {
    (void)client.is_established();
    const auto to_server = client.take_outgoing();
    server.received(to_server);
    char part[1'000];
    for (;;) {
      WEIR_TRY_VAR(count, server.read(part));
      if (count == 0) break;
      read.append(part, count);
    }
    const auto to_client = server.take_outgoing();
    client.received(to_client);
    quiet = to_server.empty() && to_client.empty() ? quiet + 1 : 0;
  }
  return read;
}

TEST(Tls, bytes_go_both_ways) {
  const auto pem = make_certificate(7);
  const auto context = TlsContext::of_server({pem.certificate, pem.key}, TlsPeer::not_asked).value();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(version);
    TlsSession server(*context);
    EXPECT_FALSE(server.is_established());
    ASSERT_TRUE(talk(client, server));
    EXPECT_TRUE(server.is_established());
    EXPECT_EQ(client.serial(), 7);
    const std::string question(50'000, 'q');
    client.write(question);
    EXPECT_TRUE(*talk(client, server) == question);
    const std::string answer(3'000'000, 'a');
    server.write(answer);
    EXPECT_TRUE(server.has_outgoing());
    client.received(server.take_outgoing());
    EXPECT_FALSE(server.has_outgoing());
    EXPECT_TRUE(client.read() == answer);
    client.end();
    EXPECT_EQ(talk(client, server).error().code, ErrorCode::closed);
  }
}

TEST(Tls, old_versions_and_other_protocols_are_refused) {
  const auto pem = make_certificate(7);
  const auto context = TlsContext::of_server({pem.certificate, pem.key}, TlsPeer::not_asked).value();
  TlsClient old(TLS1_1_VERSION);
  TlsSession first(*context);
  EXPECT_EQ(talk(old, first).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(first.has_outgoing());  // the client is told
  TlsSession second(*context);
  second.received(std::string(100, 'x'));
  char part[10];
  EXPECT_EQ(second.read(part).error().code, ErrorCode::invalid_argument);
}

TEST(Tls, what_is_no_certificate_or_not_its_key_is_refused) {
  const auto one = make_certificate(1);
  const auto other = make_certificate(2);
  EXPECT_FALSE(TlsContext::of_server({"", one.key}, TlsPeer::not_asked));
  EXPECT_FALSE(TlsContext::of_server({one.certificate, ""}, TlsPeer::not_asked));
  EXPECT_FALSE(TlsContext::of_server({one.certificate, one.certificate}, TlsPeer::not_asked));
  EXPECT_FALSE(TlsContext::of_server({one.certificate, other.key}, TlsPeer::not_asked));
  EXPECT_TRUE(
      TlsContext::of_server({one.certificate + other.certificate, one.key}, TlsPeer::not_asked));  // with a chain
}

class TlsFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "weir_tls_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  long serial_of(TlsFiles& files) {
    TlsClient client;
    TlsSession server(*files.context());
    EXPECT_TRUE(talk(client, server));
    return client.serial();
  }

  std::string folder_;
  ManualClock clock_;
};

TEST_F(TlsFilesTest, what_has_changed_is_used_after_a_while) {
  const auto first = make_certificate(1);
  const auto second = make_certificate(2);
  auto files = TlsFiles::open({put("c", first.certificate), put("k", first.key)}, TlsPeer::not_asked, clock_);
  ASSERT_TRUE(files) << files.error().to_string();
  EXPECT_EQ(serial_of(*files), 1);
  put("c", second.certificate);
  EXPECT_EQ(serial_of(*files), 1);
  set_log_level(LogLevel::off);
  clock_.advance(TlsFiles::kLookInterval);
  EXPECT_EQ(serial_of(*files), 1);  // its key is not there yet
  put("k", second.key);
  clock_.advance(TlsFiles::kLookInterval);
  EXPECT_EQ(serial_of(*files), 2);
  std::filesystem::remove(folder_ + "/c");
  clock_.advance(TlsFiles::kLookInterval);
  EXPECT_EQ(serial_of(*files), 2);
  set_log_level(LogLevel::info);
}

TEST_F(TlsFilesTest, what_cannot_be_used_is_named) {
  const auto pem = make_certificate(1);
  const auto none = TlsFiles::open({folder_ + "/none", put("k", pem.key)}, TlsPeer::not_asked, clock_);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().detail.find("/none"), std::string::npos);
  const auto wrong = TlsFiles::open({put("c", "no certificate"), put("k", pem.key)}, TlsPeer::not_asked, clock_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(wrong.error().detail.find("/c"), std::string::npos);
}

}  // namespace
}  // namespace weir::log::net::tls_test
