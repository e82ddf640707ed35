// weir help: what there is, in every form.
#include "cli/advice.h"
#include "cli/command.h"
#include "cli/manual.h"
#include "cli/standard_output.h"

namespace weir::cli {

namespace {

struct HelpOptions {
  const CLI::App* app = nullptr;
  std::vector<std::string> words;
  std::string form = "text";
};

// App::help() would show what was parsed: this command.
std::string help_of(const CLI::App& command) {
  return command.get_formatter()->make_help(&command, path_of(command), CLI::AppFormatMode::Normal);
}

Result<int> help(const HelpOptions& options) {
  if (options.form != "text" && !options.words.empty()) {
    return fail(ErrorCode::invalid_argument, "--as " + options.form + " is the manual of all commands");
  }
  if (options.form == "markdown") {
    WEIR_TRY(print(as_markdown(*options.app)));
    return kDone;
  }
  if (options.form == "man") {
    WEIR_TRY(print(as_man_page(*options.app)));
    return kDone;
  }
  if (options.form == "bash") {
    WEIR_TRY(print(as_bash_completion(*options.app)));
    return kDone;
  }
  const WrongUsage found = explain(*options.app, options.words, "");
  if (!found.message.empty()) return fail(ErrorCode::invalid_argument, found.message);
  WEIR_TRY(print(help_of(*found.command)));
  return kDone;
}

}  // namespace

void add_help_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<HelpOptions>();
  options->app = &app;
  auto* verb = app.add_subcommand("help", "what there is: all of it, a noun's verbs, or one command");
  verb->add_option("words", options->words, "a noun, and a verb of it")->type_name("WORD");
  verb->add_option("--as", options->form, "the whole manual in another form; default text")
      ->check(CLI::IsMember({"text", "markdown", "man", "bash"}))
      ->type_name("text|markdown|man|bash");
  choose(*verb, chosen, options, help);
}

}  // namespace weir::cli
