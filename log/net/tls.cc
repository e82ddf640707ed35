#include "log/net/tls.h"

#include <functional>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "log/base/assert.h"
#include "log/base/file.h"
#include "log/base/log_line.h"

namespace weir::log::net {

namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using OwnedBio = std::unique_ptr<BIO, Freed<BIO_free>>;
using OwnedCertificate = std::unique_ptr<X509, Freed<X509_free>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// What the library says, which keeps it for the thread.
tl::unexpected<Error> tls_error(const std::string& what) {
  char text[256] = "no reason given";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return fail(ErrorCode::invalid_argument, what + ": " + text);
}

int no_passphrase(char*, int, int, void*) {
  return 0;  // nobody is asked
}

OwnedBio over(const std::string& text) {
  return OwnedBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<> use_certificates(SSL_CTX* context, const std::string& pem) {
  const auto text = over(pem);
  const OwnedCertificate own(PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr));
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return tls_error("the certificate");
  for (;;) {
    const OwnedCertificate next(PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr));
    if (next == nullptr) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return tls_error("a certificate of the chain");
  }
  ERR_clear_error();  // the text has ended
  return {};
}

// All certificates of the text.
Result<> trust(SSL_CTX* context, const std::string& pem) {
  const auto text = over(pem);
  for (int count = 0;; ++count) {
    const OwnedCertificate next(PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr));
    if (next == nullptr && count == 0) return tls_error("the certificates of who is trusted");
    if (next == nullptr) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get()) != 1) return tls_error("who is trusted");
    (void)SSL_CTX_add_client_CA(context, next.get());  // named to clients, so that they choose a certificate
  }
  ERR_clear_error();  // the text has ended
  return {};
}

void set_up(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // those that are idle hold little
}

Result<> use_key(SSL_CTX* context, const std::string& pem) {
  const auto text = over(pem);
  const OwnedKey key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return tls_error("the key");
  if (SSL_CTX_check_private_key(context) != 1) return tls_error("the key is another certificate's");
  return {};
}

}  // namespace

// TlsContext ------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<const TlsContext>> TlsContext::of_server(const TlsTexts& texts, TlsPeer clients) {
  ERR_clear_error();
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  WEIR_ASSERT(made != nullptr, "out of memory");
  std::shared_ptr<const TlsContext> context(new TlsContext(made));  // shared: with connections
  set_up(made);
  SSL_CTX_set_options(made, SSL_OP_CIPHER_SERVER_PREFERENCE);
  WEIR_TRY(use_certificates(made, texts.certificate));
  WEIR_TRY(use_key(made, texts.key));
  if (clients == TlsPeer::not_asked) return context;
  WEIR_TRY(trust(made, texts.trusted));
  // Sessions are not taken up again: each proves who it is.
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(made, SSL_OP_NO_TICKET);
  const int required = clients == TlsPeer::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER | required, nullptr);
  return context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::of_client(const TlsTexts& texts) {
  ERR_clear_error();
  SSL_CTX* made = SSL_CTX_new(TLS_client_method());
  WEIR_ASSERT(made != nullptr, "out of memory");
  std::shared_ptr<const TlsContext> context(new TlsContext(made));  // shared: with connections
  set_up(made);
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
  if (texts.trusted.empty()) {
    if (SSL_CTX_set_default_verify_paths(made) != 1) return tls_error("whom the system trusts");
  } else {
    WEIR_TRY(trust(made, texts.trusted));
  }
  if (texts.certificate.empty()) return context;
  WEIR_TRY(use_certificates(made, texts.certificate));
  WEIR_TRY(use_key(made, texts.key));
  return context;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

// TlsSession ------------------------------------------------------------------------------------------------------

TlsSession::TlsSession(const TlsContext& context) : ssl_(SSL_new(context.context_)) {
  WEIR_ASSERT(ssl_ != nullptr, "out of memory");
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_);
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host, bool verifies_host)
    : ssl_(SSL_new(context.context_)) {
  WEIR_ASSERT(ssl_ != nullptr, "out of memory");
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl_);
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
  if (!verifies_host && is_address) X509_VERIFY_PARAM_set1_ip(checks, nullptr, 0);
  if (!is_address) {
    (void)SSL_set_tlsext_host_name(ssl_, host.c_str());
    if (verifies_host) (void)SSL_set1_host(ssl_, host.c_str());
  }
  ERR_clear_error();
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

void TlsSession::start() {
  ERR_clear_error();
  (void)SSL_do_handshake(ssl_);  // wants to read: nothing has come yet
}

void TlsSession::received(Bytes encrypted) {
  const int taken = BIO_write(SSL_get_rbio(ssl_), encrypted.data(), static_cast<int>(encrypted.size()));
  WEIR_ASSERT(taken == static_cast<int>(encrypted.size()), "out of memory");
}

Result<std::size_t> TlsSession::read(std::span<char> plain) {
  ERR_clear_error();
  std::size_t count = 0;
  const int done = SSL_read_ex(ssl_, plain.data(), plain.size(), &count);
  if (done == 1) return count;
  switch (SSL_get_error(ssl_, done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return std::size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      return fail(ErrorCode::closed, "the other side has ended its TLS");
    default:
      break;
  }
  const long verified = SSL_get_verify_result(ssl_);
  if (verified != X509_V_OK && !is_established()) {
    ERR_clear_error();
    return fail(ErrorCode::invalid_argument,
                "TLS: the certificate is not trusted: " + std::string(X509_verify_cert_error_string(verified)));
  }
  return tls_error("TLS");
}

std::optional<std::string> TlsSession::peer_subject() const {
  const OwnedCertificate certificate(SSL_get1_peer_certificate(ssl_));
  if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return std::nullopt;
  const OwnedBio out(BIO_new(BIO_s_mem()));
  // As Java's classes write a name, and so Kafka.
  constexpr unsigned long kForm = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  (void)X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate.get()), 0, kForm);
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(out.get(), &data));
  return std::string(data, size);
}

void TlsSession::write(Bytes plain) {
  ERR_clear_error();
  std::size_t count = 0;
  // Into memory: it has room for all.
  const int done = SSL_write_ex(ssl_, plain.data(), plain.size(), &count);
  WEIR_ASSERT(done == 1 && count == plain.size(), "a session that is not established writes nothing");
}

OwnedBytes TlsSession::take_outgoing() {
  BIO* out = SSL_get_wbio(ssl_);
  OwnedBytes bytes(BIO_ctrl_pending(out), '\0');
  if (!bytes.empty()) (void)BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

bool TlsSession::has_outgoing() const {
  return BIO_ctrl_pending(SSL_get_wbio(ssl_)) > 0;
}

bool TlsSession::is_established() const {
  return SSL_is_init_finished(ssl_) == 1;
}

// TlsFiles --------------------------------------------------------------------------------------------------------

Result<TlsTexts> read_tls_files(const TlsPaths& paths) {
  TlsTexts texts;
  const std::pair<const std::string*, std::string*> all[] = {
      {&paths.certificate, &texts.certificate}, {&paths.key, &texts.key}, {&paths.trusted, &texts.trusted}};
  for (const auto& [path, text] : all) {
    if (path->empty()) continue;
    auto content = read_file(posix_files(), *path);
    if (!content) return fail(content.error().at(*path));
    *text = *std::move(content);
  }
  return texts;
}

Result<TlsFiles> TlsFiles::open(TlsPaths paths, TlsPeer clients, Clock& clock) {
  TlsFiles files(std::move(paths), clients, clock);
  WEIR_TRY(files.load());
  return files;
}

Result<> TlsFiles::load() {
  looked_ns_ = clock_->monotonic_ns();
  WEIR_TRY_VAR(texts, read_tls_files(paths_));
  const std::size_t seen = std::hash<std::string>{}(texts.certificate + texts.key + texts.trusted);
  if (context_ != nullptr && seen == seen_) return {};
  seen_ = seen;
  auto context = TlsContext::of_server(texts, clients_);
  if (!context) return fail(context.error().at(paths_.certificate + " and " + paths_.key));
  context_ = *std::move(context);
  return {};
}

const std::shared_ptr<const TlsContext>& TlsFiles::context() {
  if (clock_->monotonic_ns() - looked_ns_ >= Millis(kLookInterval).count() * 1'000'000) {
    const auto before = context_;
    const auto loaded = load();
    if (!loaded) log_line::warn("TLS goes on with the certificate that it had: {}", loaded.error().to_string());
    if (loaded && context_ != before) log_line::info("TLS: a new certificate, of {}", paths_.certificate);
  }
  return context_;
}

}  // namespace weir::log::net
