// Regex: a regular expression that matches whole names, over RE2: linear in the name's length whatever is asked, so
// that one that comes from outside does no harm. RE2's syntax, which is that of RE2/J as well: no look-around and no
// back-references. Copies share what was compiled.
#pragma once

#include <memory>
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

 private:
  struct Compiled;

  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace weir
