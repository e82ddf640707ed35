#include "log/net/tls.h"

#include <functional>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

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

Result<> use_key(SSL_CTX* context, const std::string& pem) {
  const auto text = over(pem);
  const OwnedKey key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return tls_error("the key");
  if (SSL_CTX_check_private_key(context) != 1) return tls_error("the key is another certificate's");
  return {};
}

}  // namespace

// TlsContext ------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<const TlsContext>> TlsContext::of(const std::string& certificates, const std::string& key) {
  ERR_clear_error();
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  WEIR_ASSERT(made != nullptr, "out of memory");
  std::shared_ptr<const TlsContext> context(new TlsContext(made));  // shared: with connections
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);  // those that are idle hold little
  WEIR_TRY(use_certificates(made, certificates));
  WEIR_TRY(use_key(made, key));
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

TlsSession::~TlsSession() {
  SSL_free(ssl_);
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
      return fail(ErrorCode::closed, "the client has ended its TLS");
    default:
      return tls_error("TLS");
  }
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

Result<TlsFiles> TlsFiles::open(std::string certificate_path, std::string key_path, Clock& clock) {
  TlsFiles files(std::move(certificate_path), std::move(key_path), clock);
  WEIR_TRY(files.load());
  return files;
}

Result<> TlsFiles::load() {
  looked_ns_ = clock_->monotonic_ns();
  auto certificates = read_file(posix_files(), certificate_path_);
  if (!certificates) return fail(certificates.error().at(certificate_path_));
  auto key = read_file(posix_files(), key_path_);
  if (!key) return fail(key.error().at(key_path_));
  const std::size_t seen = std::hash<std::string>{}(*certificates + *key);
  if (context_ != nullptr && seen == seen_) return {};
  seen_ = seen;
  auto context = TlsContext::of(*certificates, *key);
  if (!context) return fail(context.error().at(certificate_path_ + " and " + key_path_));
  context_ = *std::move(context);
  return {};
}

const std::shared_ptr<const TlsContext>& TlsFiles::context() {
  if (clock_->monotonic_ns() - looked_ns_ >= Millis(kLookInterval).count() * 1'000'000) {
    const auto before = context_;
    const auto loaded = load();
    if (!loaded) log_line::warn("TLS goes on with the certificate that it had: {}", loaded.error().to_string());
    if (loaded && context_ != before) log_line::info("TLS: a new certificate, of {}", certificate_path_);
  }
  return context_;
}

}  // namespace weir::log::net
