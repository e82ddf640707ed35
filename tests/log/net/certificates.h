// Certificates for tests, in PEM: authorities, and those they vouch for.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace weir::log::net {

// Of one subject, and its key.
class TestCertificate {
 public:
  // Signed by itself, or by `authority`; for 127.0.0.1, or for `host`.
  explicit TestCertificate(const std::string& name, const TestCertificate* authority = nullptr,
                           const std::string& names = "IP:127.0.0.1,DNS:localhost")
      : key_(EVP_EC_gen("prime256v1")), certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), authority == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3'600);
    X509_NAME* subject = X509_get_subject_name(certificate_);
    add(subject, "O", "Tests");
    add(subject, "CN", name);
    const TestCertificate& signs = authority == nullptr ? *this : *authority;
    X509_set_issuer_name(certificate_, X509_get_subject_name(signs.certificate_));
    X509_set_pubkey(certificate_, key_);
    extend(NID_subject_alt_name, names);
    if (authority == nullptr) extend(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate_, signs.key_, EVP_sha256());
  }
  ~TestCertificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string certificate() const {
    BIO* text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(text, certificate_);
    return taken(text);
  }
  std::string key() const {
    BIO* text = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(text, key_, nullptr, nullptr, 0, nullptr, nullptr);
    return taken(text);
  }

 private:
  static void add(X509_NAME* subject, const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.c_str()), -1,
                               -1, 0);
  }
  void extend(int what, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string taken(BIO* bio) {
    char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
    std::string text(data, size);
    BIO_free(bio);
    return text;
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

// A folder of files that goes when it does.
class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("weir_pem_" + std::to_string(::getpid()))) {
    static int count = 0;
    path_ += "_" + std::to_string(++count);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  // Its path.
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace weir::log::net
