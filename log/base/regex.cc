#include "log/base/regex.h"

#include <re2/re2.h>

namespace weir {

struct Regex::Compiled {
  Compiled(const std::string& text, const RE2::Options& options) : pattern(text, options) {}

  RE2 pattern;
};

namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);  // they are told to the caller
  return options;
}

}  // namespace

Result<Regex> Regex::compile(const std::string& text) {
  auto compiled = std::make_shared<Compiled>(text, quiet());
  if (!compiled->pattern.ok()) {
    return fail(ErrorCode::invalid_argument, "pattern '" + text + "': " + compiled->pattern.error());
  }
  return Regex(std::move(compiled));
}

const std::string& Regex::text() const {
  return compiled_->pattern.pattern();
}

bool Regex::matches_whole(std::string_view name) const {
  return RE2::FullMatch(name, compiled_->pattern);
}

}  // namespace weir
