#include "log/base/regex.h"

#include <vector>

#include <re2/re2.h>

namespace weir {

struct Regex::Compiled {
  explicit Compiled(const std::string& given);

  std::string text;
  RE2 pattern;
};

namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);  // they are told to the caller
  return options;
}

// (?<name>...) as RE2 writes it: (?P<name>...).
std::string with_groups_of_re2(const std::string& text) {
  std::string out;
  bool is_escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    const bool is_group = !is_escaped && rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
    if (is_group) {
      out += "(?P<";
      i += 2;
      continue;
    }
    is_escaped = !is_escaped && text[i] == '\\';
    out.push_back(text[i]);
  }
  return out;
}

// A replacement in pieces: text, or the number of a group.
struct Piece {
  std::string text{};
  int group = -1;
};

// As Java reads "$12": further digits belong to it as long as there is such a group.
Result<int> take_number(std::string_view& rest, int groups) {
  int number = rest[0] - '0';
  rest.remove_prefix(1);
  if (number > groups) return fail(ErrorCode::invalid_argument, "there is no group " + std::to_string(number));
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9' && number * 10 + (rest[0] - '0') <= groups) {
    number = number * 10 + (rest[0] - '0');
    rest.remove_prefix(1);
  }
  return number;
}

Result<int> take_group(std::string_view& rest, const RE2& pattern) {
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return take_number(rest, pattern.NumberOfCapturingGroups());
  const auto end = rest.find('}');
  if (rest.empty() || rest[0] != '{' || end == std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "'$' must be followed by the number of a group or by {its name}");
  }
  const std::string name(rest.substr(1, end - 1));
  rest.remove_prefix(end + 1);
  const auto& names = pattern.NamedCapturingGroups();
  auto found = names.find(name);
  if (found == names.end()) return fail(ErrorCode::invalid_argument, "there is no group '" + name + "'");
  return found->second;
}

Result<std::vector<Piece>> pieces_of(std::string_view rest, const RE2& pattern) {
  std::vector<Piece> pieces(1);
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '$') {
      WEIR_TRY_VAR(group, take_group(rest, pattern));
      pieces.back().group = group;
      pieces.emplace_back();
      continue;
    }
    if (c == '\\' && !rest.empty()) {
      pieces.back().text.push_back(rest[0]);
      rest.remove_prefix(1);
    } else {
      pieces.back().text.push_back(c);
    }
  }
  return pieces;
}

}  // namespace

Regex::Compiled::Compiled(const std::string& given) : text(given), pattern(with_groups_of_re2(given), quiet()) {}

Result<Regex> Regex::compile(const std::string& text) {
  auto compiled = std::make_shared<Compiled>(text);
  if (!compiled->pattern.ok()) {
    return fail(ErrorCode::invalid_argument, "pattern '" + text + "': " + compiled->pattern.error());
  }
  return Regex(std::move(compiled));
}

const std::string& Regex::text() const {
  return compiled_->text;
}

Result<> Regex::check_replacement(std::string_view replacement) const {
  WEIR_TRY(pieces_of(replacement, compiled_->pattern));
  return {};
}

std::optional<std::string> Regex::replace_whole(std::string_view name, std::string_view replacement) const {
  const RE2& pattern = compiled_->pattern;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
  if (!pattern.Match(name, 0, name.size(), RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()))) {
    return std::nullopt;
  }
  auto pieces = pieces_of(replacement, pattern);
  if (!pieces) return std::nullopt;
  std::string out;
  for (const Piece& piece : *pieces) {
    out += piece.text;
    if (piece.group < 0) continue;
    const re2::StringPiece& group = groups[static_cast<std::size_t>(piece.group)];
    out.append(group.data(), group.size());
  }
  return out;
}

bool Regex::matches_whole(std::string_view name) const {
  return RE2::FullMatch(name, compiled_->pattern);
}

}  // namespace weir
