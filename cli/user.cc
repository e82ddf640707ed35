// weir user add | list | remove
#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

using log::security::ScramMechanism;

struct AddUserOptions {
  LogPlace log;
  std::string name;
  std::string password_file;
  std::vector<std::string> mechanisms;
  std::int32_t iterations = log::security::kLeastIterations;
};

struct ListUsersOptions {
  LogPlace log;
  Output output = Output::text;
};

struct RemoveUserOptions {
  LogPlace log;
  std::string name;
};

// A terminal that does not show what is typed.
class NoEcho {
 public:
  NoEcho() {
    is_terminal_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::cerr << "password: " << std::flush;
  }
  ~NoEcho() {
    if (!is_terminal_) return;
    (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool is_terminal_ = false;
};

// The first line.
Result<std::string> password_of(const AddUserOptions& options) {
  std::string text;
  if (options.password_file.empty()) {
    const NoEcho hidden;
    std::getline(std::cin, text);
  } else {
    WEIR_TRY_VAR(content, read_file(posix_files(), options.password_file));
    text = content.substr(0, content.find('\n'));
  }
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty())
    return fail(ErrorCode::invalid_argument,
                "no password: its first line is expected on standard input, "
                "or in --password-file");
  return text;
}

Result<std::vector<ScramMechanism>> mechanisms_of(const AddUserOptions& options) {
  std::vector<ScramMechanism> mechanisms;
  for (const auto& name : options.mechanisms) mechanisms.push_back(*log::security::scram_mechanism_named(name));
  if (mechanisms.empty()) mechanisms = {ScramMechanism::sha_256, ScramMechanism::sha_512};
  return mechanisms;
}

Result<int> add_user(const AddUserOptions& options) {
  WEIR_TRY(check_place(options.log));
  WEIR_TRY_VAR(mechanisms, mechanisms_of(options));
  WEIR_TRY_VAR(password, password_of(options));
  WEIR_TRY_VAR(client, open_or_make(options.log));
  WEIR_TRY(client.security_admin()->put_user(options.name, password, mechanisms, options.iterations));
  return kDone;
}

std::string as_json(const std::vector<log::UserListing>& users) {
  std::string text = "[";
  for (const auto& user : users) {
    text.append(text.size() > 1 ? ",{\"name\":" : "{\"name\":");
    append_json_string(user.name, text);
    text.append(",\"mechanisms\":{");
    bool is_first = true;
    for (const auto& [mechanism, iterations] : user.iterations) {
      if (!std::exchange(is_first, false)) text.push_back(',');
      append_json_string(log::security::name_of(mechanism), text);
      text.append(":" + std::to_string(iterations));
    }
    text.append("}}");
  }
  return text + "]\n";
}

std::string as_text(const std::vector<log::UserListing>& users) {
  std::string text;
  for (const auto& user : users) {
    text += user.name + "\t";
    bool is_first = true;
    for (const auto& [mechanism, iterations] : user.iterations) {
      text += std::string(std::exchange(is_first, false) ? "" : ", ") + std::string(log::security::name_of(mechanism));
    }
    text += "\n";
  }
  return text;
}

Result<int> list_users(const ListUsersOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(users, client.security_admin()->list_users());
  WEIR_TRY(print(options.output == Output::json ? as_json(users) : as_text(users)));
  return kDone;
}

Result<int> remove_user(const RemoveUserOptions& options) {
  WEIR_TRY_VAR(client, open_to_change(options.log));
  WEIR_TRY(client.security_admin()->remove_user(options.name));
  return kDone;
}

}  // namespace

void add_user_commands(CLI::App& app, Action& chosen) {
  auto* user = app.add_subcommand("user", "who may come where a server asks who it is");
  user->require_subcommand(1);

  auto add = std::make_shared<AddUserOptions>();
  auto* add_verb = user->add_subcommand(
      "add",
      "make a user, or give one another password: the first line of standard input; only what SCRAM needs of it "
      "is kept");
  add_verb->add_option("name", add->name, "what it is called")->required()->type_name("NAME");
  add_verb->add_option("--password-file", add->password_file, "the password is this file's first line")
      ->type_name("FILE");
  add_verb->add_option("--mechanism", add->mechanisms, "by which it may be known; may be repeated; default both")
      ->check(CLI::IsMember({"SCRAM-SHA-256", "SCRAM-SHA-512"}))
      ->type_name("SCRAM-SHA-256|SCRAM-SHA-512");
  add_verb->add_option("--iterations", add->iterations, "how much work a guess is; default 4096")
      ->check(CLI::Range(log::security::kLeastIterations, log::security::kMostIterations))
      ->type_name("N");
  add_log(*add_verb, add->log);
  choose(*add_verb, chosen, add, add_user);

  auto list = std::make_shared<ListUsersOptions>();
  auto* list_verb = user->add_subcommand("list", "users, and by which mechanisms they may be known");
  add_log(*list_verb, list->log);
  add_output(*list_verb, list->output);
  choose(*list_verb, chosen, list, list_users);

  auto remove = std::make_shared<RemoveUserOptions>();
  auto* remove_verb = user->add_subcommand("remove", "forget a user; its connections end");
  remove_verb->add_option("name", remove->name, "what it is called")->required()->type_name("NAME");
  add_log(*remove_verb, remove->log);
  choose(*remove_verb, chosen, remove, remove_user);
}

}  // namespace weir::cli
