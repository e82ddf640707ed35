// weir rules lint: rules that patterns of events are looked for by, before they go to their topic.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "streams/dsl/event_fields.h"
#include "streams/operators/pattern/rules/rule.h"

namespace weir::cli {

namespace {

struct LintRulesOptions {
  std::vector<std::string> files;
  std::vector<std::string> fields;
  Output output = Output::text;
};

// A rule's JSON, and where it stands: "FILE:3" of a line, "FILE, rule 3" of an array.
struct RuleText {
  std::string place;
  std::string json;
};

Result<std::string> text_of_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (path != "-" && (!file.is_open() || file.bad())) return fail(ErrorCode::io_error, path + " cannot be read");
  return text;
}

// One rule, an array of rules, or one a line.
std::vector<RuleText> rules_in(const std::string& path, const std::string& text) {
  std::vector<RuleText> rules;
  if (const auto whole = JsonDocument::parse(text)) {
    const JsonValue& root = whole->root();
    if (!root.is_array()) return {{path, text}};
    for (const JsonValue* one = root.first(); one != root.end(); one = one->next()) {
      rules.push_back({path + ", rule " + std::to_string(rules.size() + 1), std::string(one->text())});
    }
    return rules;
  }
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string json = text.substr(at, end - at);
    if (json.find_first_not_of(" \t\r") != std::string::npos) {
      rules.push_back({path + ":" + std::to_string(line), json});
    }
    at = end + 1;
  }
  return rules;
}

// Events have the fields that were named; if none was, any.
std::shared_ptr<const streams::cep::FieldTable> table_of(const std::vector<std::string>& names) {
  if (names.empty()) return streams::fields_of<streams::JsonEvent>();
  auto fields = std::make_shared<streams::cep::FieldTable>();
  for (const std::string& name : names) {
    fields->add({name, streams::cep::TextKind::any, 0, [](const void*, const streams::cep::Field&) {
                   return streams::cep::TextValue{};
                 }});
  }
  return fields;
}

class RulesLinter {
 public:
  explicit RulesLinter(const std::vector<std::string>& fields) : fields_(table_of(fields)) {}

  void look_at(const RuleText& text) {
    auto rule = streams::cep::read_rule(text.json);
    if (!rule) return tell(text.place, "", rule.error());
    const std::string id = rule->id;
    const std::int64_t version = rule->version;
    const auto compiled = streams::cep::compile_rule(*std::move(rule), fields_);
    if (!compiled) tell(text.place, id, compiled.error());
    const auto [known, is_new] = versions_.emplace(id, version);
    if (!is_new && version <= known->second) {
      problems_.push_back(text.place + ": rule '" + id + "': version " + std::to_string(known->second) +
                          " stands before it, and " + std::to_string(version) + " is not a later one");
    }
    known->second = std::max(known->second, version);
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void tell(const std::string& place, const std::string& id, const Error& error) {
    problems_.push_back(place + ": " + (id.empty() ? "" : "rule '" + id + "': ") + error.detail);
  }

  const std::shared_ptr<const streams::cep::FieldTable> fields_;
  std::map<std::string, std::int64_t> versions_;  // by id: the highest
  std::vector<std::string> problems_;
};

Result<int> lint_rules(const LintRulesOptions& options) {
  RulesLinter linter(options.fields);
  for (const std::string& file : options.files) {
    WEIR_TRY_VAR(text, text_of_file(file));
    for (const RuleText& rule : rules_in(file, text)) linter.look_at(rule);
  }
  std::string text;
  for (const std::string& problem : linter.problems()) {
    if (options.output == Output::text) {
      text += problem + "\n";
    } else {
      text += text.empty() ? "" : ",";
      append_json_string(problem, text);
    }
  }
  const bool is_right = linter.problems().empty();
  if (is_right && options.output == Output::text) {
    for (const auto& file : options.files) std::fprintf(stderr, "%s: nothing is wrong\n", file.c_str());
  }
  if (options.output == Output::json) text = "{\"problems\":[" + text + "]}\n";
  WEIR_TRY(print(text));
  return is_right ? kDone : kFailed;
}

}  // namespace

void add_rules_commands(CLI::App& app, Action& chosen) {
  auto* rules = app.add_subcommand("rules", "rules that come as data: patterns of events");
  rules->require_subcommand(1);
  auto options = std::make_shared<LintRulesOptions>();
  auto* verb = rules->add_subcommand("lint", "say what is wrong with these rules; status 1 if anything is");
  verb->add_option("files", options->files, "JSON: a rule, an array of rules, or one a line; - is standard input")
      ->required()
      ->type_name("FILE");
  verb->add_option("--field", options->fields, "that events have; may be said again; default: they have any")
      ->type_name("NAME");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, lint_rules);
}

}  // namespace weir::cli
