#include "log/security/scram_messages.h"

#include <algorithm>
#include <charconv>

#include "log/security/base64.h"

namespace weir::log::security {

namespace {

tl::unexpected<Error> no_scram(const char* which) {
  return fail(ErrorCode::invalid_argument, std::string("not a message of SCRAM: ") + which);
}

bool is_name(std::string_view text) {
  return !text.empty() && from_sasl_name(text);
}

bool is_printable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

bool is_value(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0 && c != ','; });
}

bool is_extension(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return std::ranges::all_of(text.substr(0, equals), is_letter) && is_value(text.substr(equals + 1));
}

// A message's attributes, one after the other: "KEY=VALUE" between commas.
class Attributes {
 public:
  explicit Attributes(std::string_view text) : rest_(text), is_over_(false) {}

  bool is_over() const { return is_over_; }
  std::string_view next() {
    const auto comma = rest_.find(',');
    const auto one = rest_.substr(0, comma);
    is_over_ = comma == std::string_view::npos;
    rest_ = is_over_ ? std::string_view() : rest_.substr(comma + 1);
    return one;
  }
  bool begins(std::string_view key) const { return !is_over_ && rest_.starts_with(key); }
  // The value of the attribute that comes now; nullopt if another one does.
  std::optional<std::string_view> value_of(std::string_view key) {
    if (!begins(key)) return std::nullopt;
    return next().substr(key.size());
  }
  // A mandatory extension of the future; it is left out where it is well-formed.
  bool skip_reserved() { return !begins("m=") || is_value(next().substr(2)); }
  // All that are left, as they stand, with a comma in front of each.
  std::optional<std::string> extensions() {
    std::string all;
    while (!is_over_) {
      const auto one = next();
      if (!is_extension(one)) return std::nullopt;
      all += "," + std::string(one);
    }
    return all;
  }

 private:
  std::string_view rest_;
  bool is_over_;
};

std::optional<OwnedBytes> decoded(const std::optional<std::string_view>& value) {
  return value ? from_base64(*value) : std::nullopt;
}

}  // namespace

std::string to_sasl_name(std::string_view name) {
  std::string text;
  for (char c : name) text += c == '=' ? "=3D" : c == ',' ? "=2C" : std::string(1, c);
  return text;
}

std::optional<std::string> from_sasl_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    std::size_t taken = 1;
    char c = text.front();
    if (text.starts_with("=3D") || text.starts_with("=2C")) {
      c = text[1] == '3' ? '=' : ',';
      taken = 3;
    } else if (c <= 0 || c == '=' || c == ',') {
      return std::nullopt;
    }
    name += c;
    text.remove_prefix(taken);
  }
  return name;
}

// client-first ----------------------------------------------------------------------------------------------------

std::string ClientFirst::bare() const {
  return "n=" + sasl_name + ",r=" + nonce + extensions;
}

std::string ClientFirst::to_string() const {
  return "n," + (authzid.empty() ? "" : "a=" + authzid) + "," + bare();
}

Result<ClientFirst> ClientFirst::parse(std::string_view text) {
  const auto wrong = no_scram("client-first");
  Attributes attributes(text);
  ClientFirst parsed;
  if (attributes.next() != "n" || attributes.is_over()) return wrong;
  const auto authzid = attributes.next();
  if (!authzid.empty()) {
    if (!authzid.starts_with("a=") || !is_name(authzid.substr(2))) return wrong;
    parsed.authzid = authzid.substr(2);
  }
  if (!attributes.skip_reserved()) return wrong;
  const auto name = attributes.value_of("n=");
  const auto nonce = attributes.value_of("r=");
  if (!name || !is_name(*name) || !nonce || !is_printable(*nonce)) return wrong;
  auto extensions = attributes.extensions();
  if (!extensions) return wrong;
  parsed.sasl_name = *name;
  parsed.nonce = *nonce;
  parsed.extensions = *std::move(extensions);
  return parsed;
}

// server-first ----------------------------------------------------------------------------------------------------

std::string ServerFirst::to_string() const {
  return "r=" + nonce + ",s=" + to_base64(salt) + ",i=" + std::to_string(iterations);
}

Result<ServerFirst> ServerFirst::parse(std::string_view text) {
  const auto wrong = no_scram("server-first");
  Attributes attributes(text);
  ServerFirst parsed;
  if (!attributes.skip_reserved()) return wrong;
  const auto nonce = attributes.value_of("r=");
  auto salt = decoded(attributes.value_of("s="));
  const auto count = attributes.value_of("i=");
  if (!nonce || !is_printable(*nonce) || !salt || !count || !attributes.extensions()) return wrong;
  const auto [end, error] = std::from_chars(count->data(), count->data() + count->size(), parsed.iterations);
  if (error != std::errc() || end != count->data() + count->size() || parsed.iterations <= 0) return wrong;
  parsed.nonce = *nonce;
  parsed.salt = *std::move(salt);
  return parsed;
}

// client-final ----------------------------------------------------------------------------------------------------

std::string ClientFinal::without_proof() const {
  return "c=" + to_base64(channel_binding) + ",r=" + nonce + extensions;
}

std::string ClientFinal::to_string() const {
  return without_proof() + ",p=" + to_base64(proof);
}

Result<ClientFinal> ClientFinal::parse(std::string_view text) {
  const auto wrong = no_scram("client-final");
  const auto last = text.rfind(",p=");  // nothing comes behind it, and base64 has no comma
  if (last == std::string_view::npos) return wrong;
  auto proof = from_base64(text.substr(last + 3));
  Attributes attributes(text.substr(0, last));
  ClientFinal parsed;
  auto binding = decoded(attributes.value_of("c="));
  const auto nonce = attributes.value_of("r=");
  if (!proof || !binding || !nonce || !is_printable(*nonce)) return wrong;
  auto extensions = attributes.extensions();
  if (!extensions) return wrong;
  parsed.channel_binding = *std::move(binding);
  parsed.nonce = *nonce;
  parsed.extensions = *std::move(extensions);
  parsed.proof = *std::move(proof);
  return parsed;
}

// server-final ----------------------------------------------------------------------------------------------------

std::string ServerFinal::to_string() const {
  return error.empty() ? "v=" + to_base64(signature) : "e=" + error;
}

Result<ServerFinal> ServerFinal::parse(std::string_view text) {
  const auto wrong = no_scram("server-final");
  Attributes attributes(text);
  ServerFinal parsed;
  if (const auto error = attributes.value_of("e=")) {
    if (!is_value(*error) || !attributes.extensions()) return wrong;
    parsed.error = *error;
    return parsed;
  }
  auto signature = decoded(attributes.value_of("v="));
  if (!signature || !attributes.extensions()) return wrong;
  parsed.signature = *std::move(signature);
  return parsed;
}

}  // namespace weir::log::security
