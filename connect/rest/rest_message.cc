#include "connect/rest/rest_message.h"

#include <algorithm>

#include "connect/settings/text.h"

namespace weir::connect {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool may_be_hex = text[i] == '%' && i + 2 < text.size();
    const int high = may_be_hex ? hex_digit(text[i + 1]) : -1;
    const int low = may_be_hex ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

RestTarget RestTarget::parse(std::string_view target) {
  RestTarget parsed;
  const auto question = std::min(target.find('?'), target.size());
  for (const std::string& part : split(target.substr(0, question), '/')) parsed.path.push_back(decoded(part));
  if (question == target.size()) return parsed;
  for (const std::string& part : split(target.substr(question + 1), '&')) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string value = part.substr(std::min(equals + 1, part.size()));
    parsed.query[decoded(part.substr(0, equals))].push_back(decoded(value));
  }
  return parsed;
}

std::string RestTarget::text(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string{} : found->second.back();
}

bool RestTarget::is_set(const std::string& name, const std::string& value) const {
  const auto found = query.find(name);
  return found != query.end() && std::ranges::find(found->second, value) != found->second.end();
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    }
  }
  return out;
}

std::string with_query(const std::string& target, const std::string& name, const std::string& value) {
  const RestTarget parsed = RestTarget::parse(target);
  std::string out = target.substr(0, std::min(target.find('?'), target.size()));
  char separator = '?';
  for (const auto& [known, values] : parsed.query) {
    if (known == name) continue;
    for (const auto& one : values) {
      out += separator + url_encoded(known) + "=" + url_encoded(one);
      separator = '&';
    }
  }
  return out + separator + url_encoded(name) + "=" + url_encoded(value);
}

}  // namespace weir::connect
