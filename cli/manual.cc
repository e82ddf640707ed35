#include "cli/manual.h"

#include <functional>

#include "cli/advice.h"

namespace weir::cli {

namespace {

std::vector<const CLI::App*> subcommands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> described_options(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

std::vector<const CLI::Option*> arguments_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

// "-o, --output text|json"
std::string spelled(const CLI::Option& option) {
  std::string text;
  for (const auto& name : option.get_snames()) text += (text.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  const std::string type =
      option.get_type_name().substr(0, option.get_type_name().find(':'));  // without what is checked
  return option.get_items_expected_max() == 0 || type.empty() ? text : text + " " + type;
}

std::string spelled_argument(const CLI::Option& argument) {
  std::string text = argument.get_type_name().empty() ? argument.get_name(true) : argument.get_type_name();
  if (argument.get_items_expected_max() > 1) text += "...";
  return argument.get_required() ? text : "[" + text + "]";
}

std::string synopsis(const CLI::App& command) {
  std::string text = path_of(command);
  for (const CLI::Option* argument : arguments_of(command)) text += " " + spelled_argument(*argument);
  return text + (described_options(command).empty() ? "" : " [OPTIONS]");
}

void each_command(const CLI::App& command, const std::function<void(const CLI::App&)>& use) {
  const auto verbs = subcommands_of(command);
  if (verbs.empty()) use(command);
  for (const CLI::App* verb : verbs) each_command(*verb, use);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// A table's cell: '|' would end it.
std::string cell(const std::string& text) {
  return replaced(text, "|", "\\|");
}

// roff: backslashes and hyphens are letters, and no line begins with a request.
std::string roff(const std::string& text) {
  const std::string escaped = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  return escaped.starts_with(".") || escaped.starts_with("'") ? "\\&" + escaped : escaped;
}

bool is_of_every_command(const CLI::Option& option) {
  return option.check_lname("help");
}

}  // namespace

std::string as_markdown(const CLI::App& app) {
  std::string text =
      "# The command line\n\n" + app.get_description() +
      "\n\nMade by `weir help --as markdown`. Exit status: 0, 1 for a failure, 2 for wrong usage. `weir help NOUN VERB`"
      "\nshows one command; where neither `--data` nor `--bootstrap` is given, the variable\n`WEIR_DATA` names the "
      "log's directory, or `WEIR_BOOTSTRAP` servers, and `WEIR_SECURITY` the file that says how to come to them.\n";
  for (const CLI::App* noun : subcommands_of(app)) {
    text += "\n## weir " + noun->get_name() + "\n\n" + noun->get_description() + "\n";
    each_command(*noun, [&](const CLI::App& command) {
      if (&command != noun) text += "\n### " + path_of(command) + "\n\n" + command.get_description() + "\n";
      text += "\n`" + synopsis(command) + "`\n\n| | |\n|---|---|\n";
      for (const CLI::Option* argument : arguments_of(command)) {
        text += "| `" + cell(spelled_argument(*argument)) + "` | " + cell(argument->get_description()) + " |\n";
      }
      for (const CLI::Option* option : described_options(command)) {
        if (is_of_every_command(*option)) continue;
        text += "| `" + cell(spelled(*option)) + "` | " + cell(option->get_description()) + " |\n";
      }
    });
  }
  return text;
}

std::string as_man_page(const CLI::App& app) {
  std::string text =
      ".TH WEIR 1 \"\" \"Weir\" \"User Commands\"\n.SH NAME\nweir \\- looks after a log of Weir\n.SH SYNOPSIS\n";
  each_command(app, [&](const CLI::App& command) { text += ".B " + roff(synopsis(command)) + "\n.br\n"; });
  text += ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n.SH COMMANDS\n";
  each_command(app, [&](const CLI::App& command) {
    text += ".SS " + roff(synopsis(command)) + "\n" + roff(command.get_description()) + "\n";
    for (const CLI::Option* argument : arguments_of(command)) {
      text += ".TP\n.I " + roff(spelled_argument(*argument)) + "\n" + roff(argument->get_description()) + "\n";
    }
    for (const CLI::Option* option : described_options(command)) {
      if (is_of_every_command(*option)) continue;
      text += ".TP\n.B " + roff(spelled(*option)) + "\n" + roff(option->get_description()) + "\n";
    }
  });
  return text +
         ".SH ENVIRONMENT\n.TP\n.B WEIR_DATA\nThe log's directory where \\-\\-data is not given.\n.TP\n.B "
         "WEIR_BOOTSTRAP\n"
         "Servers of a log elsewhere where neither \\-\\-data nor \\-\\-bootstrap is given.\n.TP\n.B WEIR_SECURITY\n"
         "A file that says how to come to them where \\-\\-security is not given.\n.TP\n.B WEIR_LOG\n"
         "Which messages the library writes to standard error: debug, info, warn, error or off.\n"
         ".SH EXIT STATUS\n0, 1 for a failure, 2 for wrong usage.\n";
}

std::string as_bash_completion(const CLI::App& app) {
  auto names = [](const std::vector<const CLI::App*>& commands) {
    std::string all;
    for (const CLI::App* command : commands) all += (all.empty() ? "" : " ") + command->get_name();
    return all;
  };
  std::string text =
      "# Completion of weir for bash: source it, or put it into /usr/share/bash-completion/completions as weir.\n"
      "# Made by 'weir help --as bash'.\n"
      "_weir() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  case \"$before\" in\n"
      "    --data) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
      "    -o|--output) COMPREPLY=($(compgen -W 'text json' -- \"$word\")); return ;;\n"
      "    --key-format|--value-format) COMPREPLY=($(compgen -W 'string int64 double hex json' -- \"$word\")); return "
      ";;\n"
      "  esac\n"
      "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  each_command(app, [&](const CLI::App& command) {
    std::string options;
    for (const CLI::Option* option : described_options(command)) {
      for (const auto& name : option->get_lnames()) options += (options.empty() ? "--" : " --") + name;
    }
    const std::string path = path_of(command).substr(app.get_name().size() + 1);
    text += "    '" + path + "'" + (path.find(' ') == std::string::npos ? "*" : "") + ") words='" + options + "' ;;\n";
  });
  text += "  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then words='" + names(subcommands_of(app)) + "'; fi\n";
  text += "  if [ \"$COMP_CWORD\" -eq 2 ]; then\n    case \"${COMP_WORDS[1]}\" in\n";
  for (const CLI::App* noun : subcommands_of(app)) {
    if (!subcommands_of(*noun).empty())
      text += "      " + noun->get_name() + ") words='" + names(subcommands_of(*noun)) + "' ;;\n";
  }
  text +=
      "    esac\n  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
      "}\ncomplete -o filenames -F _weir weir\n";
  return text;
}

}  // namespace weir::cli
