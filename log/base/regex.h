// Regex: a regular expression that matches whole names, over RE2: linear in the name's length whatever is asked, so
// that one that comes from outside does no harm. RE2's syntax, which is that of RE2/J as well: no look-around and no
// back-references. A group may be named as in Java, (?<name>...), too. Copies share what was compiled.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir {

class Regex {
 public:
  // invalid_argument, with the expression and what is wrong with it.
  static Result<Regex> compile(const std::string& text);

  const std::string& text() const;
  bool matches_whole(std::string_view name) const;

  // What a name that matches becomes, nullopt for one that does not. In the replacement, as in Java's, $1 is what the
  // first group matched, ${name} what a group of that name did, and \\ takes the next character as it is. Precondition:
  // check_replacement.
  std::optional<std::string> replace_whole(std::string_view name, std::string_view replacement) const;
  // invalid_argument: a group that the expression does not have.
  Result<> check_replacement(std::string_view replacement) const;

 private:
  struct Compiled;

  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace weir
