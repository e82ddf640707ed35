#include "cli/options.h"

#include <algorithm>
#include <map>
#include <vector>

#include "cli/advice.h"

namespace weir::cli {

namespace {

const std::map<std::string, Output> kOutputs = {{"text", Output::text}, {"json", Output::json}};
const std::map<std::string, ValueFormat> kValueFormats = {{"string", ValueFormat::string},
                                                          {"int64", ValueFormat::int64},
                                                          {"double", ValueFormat::float64},
                                                          {"hex", ValueFormat::hex},
                                                          {"json", ValueFormat::json}};

// An option whose value is one of a few names.
template <class Value>
void add_choice(CLI::App& verb, const std::string& name, Value& value, const std::map<std::string, Value>& names,
                const std::string& what) {
  std::string all;
  std::vector<std::string> words;
  for (const auto& [choice, meaning] : names) {
    all += (all.empty() ? "" : "|") + choice;
    words.push_back(choice);
  }
  auto is_known = [all, words](const std::string& text) -> std::string {
    if (std::find(words.begin(), words.end(), text) != words.end()) return {};
    return "'" + text + "' is none of " + all + or_meant(text, words);
  };
  verb.add_option_function<std::string>(
          name, [&value, &names](const std::string& text) { value = names.at(text); }, what)
      ->check(CLI::Validator(is_known, ""))
      ->type_name(all);
}

}  // namespace

void add_data(CLI::App& verb, std::string& data) {
  verb.add_option("--data", data, "the log's directory; default: what WEIR_DATA says")
      ->required()
      ->envname("WEIR_DATA")
      ->type_name("DIR");
}

void add_log(CLI::App& verb, LogPlace& place) {
  verb.add_option("--data", place.data, "the log's directory; default: what WEIR_DATA says")->type_name("DIR");
  verb.add_option("--bootstrap", place.bootstrap,
                  "or servers of a log that is elsewhere, with commas between them; default: what WEIR_BOOTSTRAP says")
      ->type_name("HOST:PORT");
  verb.add_option("--security", place.security,
                  "how to come to them: properties with Kafka's security.protocol, sasl.* and ssl.*; default: what "
                  "WEIR_SECURITY says")
      ->type_name("FILE");
}

void add_output(CLI::App& verb, Output& output) {
  add_choice(verb, "-o,--output", output, kOutputs, "how to print; default text");
}

void add_value_formats(CLI::App& verb, ValueFormat& key, ValueFormat& value) {
  add_choice(verb, "--key-format", key, kValueFormats, "what keys are; default string");
  add_choice(verb, "--value-format", value, kValueFormats, "what values are; default string");
}

Result<std::pair<std::string, std::string>> parse_config(const std::string& text) {
  auto separator = text.find('=');
  if (separator == std::string::npos || separator == 0) {
    return fail(ErrorCode::invalid_argument, "--config: '" + text + "' must be NAME=VALUE");
  }
  return std::pair(text.substr(0, separator), text.substr(separator + 1));
}

}  // namespace weir::cli
