#include "tests/vectors/streams/text.h"

#include <algorithm>
#include <cctype>

namespace weir::vectors {

namespace {

// The bytes of the character that begins at `at`.
std::size_t character_size(const std::string& text, std::size_t at) {
  auto byte = static_cast<unsigned char>(text[at]);
  std::size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return std::min(size, text.size() - at);
}

std::size_t units_of(std::size_t character_bytes) {
  return character_bytes == 4 ? 2 : 1;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

std::string rendered(const Text& text) {
  return text.value_or("null");
}

bool is_integer(const Text& text) {
  if (!text) return false;
  std::size_t digits = text->size() - (text->starts_with('-') ? 1 : 0);
  return digits >= 1 && digits <= 15 &&
         std::all_of(text->end() - static_cast<std::ptrdiff_t>(digits), text->end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::int64_t number_in(const Text& text) {
  return is_integer(text) ? std::stoll(*text) : 0;
}

std::size_t utf16_length(const std::string& text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size(); at += character_size(text, at))
    units += units_of(character_size(text, at));
  return units;
}

std::string utf16_prefix(const std::string& text, std::size_t units) {
  std::size_t at = 0;
  while (at < text.size() && units > 0) {
    std::size_t size = character_size(text, at);
    if (units_of(size) > units) return text.substr(0, at) + "?";
    units -= units_of(size);
    at += size;
  }
  return text.substr(0, at);
}

std::string upper(const std::string& text) {
  static const std::string kSharpS = "\xc3\x9f";
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, kSharpS.size(), kSharpS) == 0) {
      result += "SS";
      at += kSharpS.size();
    } else {
      auto byte = static_cast<unsigned char>(text[at++]);
      result += byte < 0x80 ? static_cast<char>(std::toupper(byte)) : static_cast<char>(byte);
    }
  }
  return result;
}

std::string reversed(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = character_size(text, at);
    result.insert(0, text, at, size);
    at += size;
  }
  return result;
}

std::vector<std::string> words_in(const std::string& text) {
  auto words = split(text, ' ');
  std::erase(words, "");
  return words;
}

Text field(const Text& text, std::size_t index) {
  if (!text) return std::nullopt;
  auto fields = split(*text, '|');
  return index < fields.size() ? Text(fields[index]) : std::nullopt;
}

bool contains(const Text& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

}  // namespace weir::vectors
