#include "cli/advice.h"

#include <algorithm>

#include "connect/settings/text.h"

namespace weir::cli {

namespace {

std::vector<std::string> verbs_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

// "-c5" and "--count=5" name an option, too.
std::string name_in(const std::string& word) {
  return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

}  // namespace

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent != nullptr ? path_of(*parent) + " " : "") + command.get_name();
}

std::string or_meant(std::string_view text, const std::vector<std::string>& words) {
  std::size_t least = std::max<std::size_t>(2, text.size() / 2) + 1;
  std::string nearest;
  for (const auto& word : words) {
    const std::size_t distance = word.starts_with(text) && text.size() > 1 ? 1 : connect::edit_distance(text, word);
    if (distance >= least) continue;
    least = distance;
    nearest = word;
  }
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

WrongUsage explain(const CLI::App& app, const std::vector<std::string>& words, const std::string& otherwise) {
  const CLI::App* command = &app;
  for (const auto& word : words) {
    const auto verbs = verbs_of(*command);
    if (is_option(word)) {
      const auto options = options_of(*command);
      const std::string name = name_in(word);
      if (std::find(options.begin(), options.end(), name) != options.end()) continue;
      return {path_of(*command) + " has no option " + name + or_meant(name, options), command};
    }
    if (verbs.empty()) continue;  // an argument
    if (std::find(verbs.begin(), verbs.end(), word) == verbs.end()) {
      return {"there is no '" + path_of(*command) + " " + word + "'" + or_meant(word, verbs), command};
    }
    command = command->get_subcommand(word);
  }
  if (!verbs_of(*command).empty()) return {"", command};
  std::string message = otherwise;
  if (message == "--data is required") message += ": the log's directory; WEIR_DATA may name it too";
  return {message, command};
}

}  // namespace weir::cli
