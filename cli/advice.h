// What is said of words that no command knows: which, and the right one that is nearest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace weir::cli {

// "weir topic list"
std::string path_of(const CLI::App& command);

// "; did you mean 'produce'?", or nothing if no word is near.
std::string or_meant(std::string_view text, const std::vector<std::string>& words);

struct WrongUsage {
  std::string message;                // empty: a noun without a verb, whose help says it all
  const CLI::App* command = nullptr;  // the innermost one that was named
};

// What is wrong with the words of a command line that `app` could not parse; `otherwise` is what the parser said.
WrongUsage explain(const CLI::App& app, const std::vector<std::string>& words, const std::string& otherwise);

}  // namespace weir::cli
