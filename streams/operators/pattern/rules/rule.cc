#include "streams/operators/pattern/rules/rule.h"

#include <algorithm>

#include "log/base/json_reader.h"
#include "streams/operators/pattern/text/text_pattern.h"

namespace weir::streams::cep {

namespace {

constexpr std::size_t kLongestId = 200;

tl::unexpected<Error> wrong_rule(const std::string& what) {
  return fail(ErrorCode::invalid_argument, what);
}

const char* kind_name(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::null:
      return "null";
    case JsonValue::Kind::boolean:
      return "a truth";
    case JsonValue::Kind::number:
      return "a number";
    case JsonValue::Kind::string:
      return "a text";
    case JsonValue::Kind::array:
      return "an array";
    case JsonValue::Kind::object:
      return "an object";
  }
  return "";
}

Result<> read_field(const JsonValue& json, std::string& into) {
  if (!json.get(into)) return wrong_rule(std::string("a text was expected, not ") + kind_name(json.kind()));
  return {};
}
Result<> read_field(const JsonValue& json, std::int64_t& into) {
  if (!json.get(into)) return wrong_rule(std::string("a whole number was expected, not ") + kind_name(json.kind()));
  return {};
}
Result<> read_field(const JsonValue& json, std::optional<std::int64_t>& into) {
  return read_field(json, into.emplace());
}
Result<> read_field(const JsonValue& json, bool& into) {
  if (!json.get(into)) return wrong_rule(std::string("true or false was expected, not ") + kind_name(json.kind()));
  return {};
}
// One text, or an array of some.
Result<> read_field(const JsonValue& json, std::vector<std::string>& into) {
  if (!json.is_array()) return read_field(json, into.emplace_back());
  for (const JsonValue* one = json.first(); one != json.end(); one = one->next()) {
    WEIR_TRY(read_field(*one, into.emplace_back()));
  }
  return {};
}
Result<> read_field(const JsonValue& json, std::map<std::string, std::string>& into) {
  if (!json.is_object()) return wrong_rule(std::string("an object was expected, not ") + kind_name(json.kind()));
  for (const JsonValue* name = json.first(); name != json.end(); name = name->next()->next()) {
    WEIR_TRY(read_field(*name->next(), into[std::string(name->text())]));
  }
  return {};
}

// Every field once.
template <class Visit>
void for_each_field(Rule& rule, Visit visit) {
  visit("id", rule.id);
  visit("version", rule.version);
  visit("pattern", rule.pattern);
  visit("key", rule.key);
  visit("within", rule.within);
  visit("grace", rule.grace);
  visit("skip", rule.skip);
  visit("severity", rule.severity);
  visit("labels", rule.labels);
  visit("description", rule.description);
  visit("max_partial_matches", rule.max_partial_matches);
  visit("shadow", rule.is_shadow);
  visit("enabled", rule.is_enabled);
}

Result<> read_member(std::string_view name, const JsonValue& json, Rule& into) {
  bool is_known = false;
  Result<> read;
  std::string all;
  for_each_field(into, [&](std::string_view known, auto& member) {
    all += (all.empty() ? "" : ", ") + std::string(known);
    if (known != name) return;
    is_known = true;
    read = read_field(json, member);
  });
  if (!is_known) return wrong_rule("there is no field '" + std::string(name) + "'; there are: " + all);
  if (!read) return wrong_rule("field '" + std::string(name) + "': " + read.error().detail);
  return {};
}

Result<> check_members(const Rule& rule) {
  const bool is_printable =
      std::all_of(rule.id.begin(), rule.id.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  if (rule.id.empty() || rule.id.size() > kLongestId || !is_printable) {
    return wrong_rule("field 'id': a text of 1 to " + std::to_string(kLongestId) + " bytes was expected");
  }
  if (rule.version < 1) return wrong_rule("field 'version': a whole number from 1 on was expected");
  if (rule.pattern.empty()) return wrong_rule("field 'pattern' is missing");
  if (rule.max_partial_matches && *rule.max_partial_matches < 1) {
    return wrong_rule("field 'max_partial_matches': at least one must be allowed");
  }
  return {};
}

template <class T>
Result<T> of_field(const char* name, Result<T> read) {
  if (!read) return fail(read.error().code, "field '" + std::string(name) + "': " + read.error().detail);
  return read;
}

}  // namespace

bool Rule::looks_for_the_same(const Rule& other) const {
  return pattern == other.pattern && key == other.key && within == other.within && grace == other.grace &&
         skip == other.skip && is_enabled == other.is_enabled;
}

Result<Rule> read_rule(Bytes json) {
  auto document = JsonDocument::parse(json);
  if (!document) return wrong_rule(document.error().detail);
  const JsonValue& root = document->root();
  if (!root.is_object()) return wrong_rule(std::string("an object was expected, not ") + kind_name(root.kind()));
  Rule rule;
  for (const JsonValue* name = root.first(); name != root.end(); name = name->next()->next()) {
    WEIR_TRY(read_member(name->text(), *name->next(), rule));
  }
  WEIR_TRY(check_members(rule));
  return rule;
}

Result<CompiledRule> compile_rule(Rule rule, const std::shared_ptr<const FieldTable>& fields) {
  CompiledRule compiled;
  std::optional<std::int64_t> within_ms;
  if (!rule.within.empty()) {
    WEIR_TRY_VAR(read, of_field("within", read_duration(rule.within)));
    within_ms = read;
  }
  WEIR_TRY_VAR(spec, of_field("pattern", read_pattern(rule.pattern, fields, within_ms)));
  if (!rule.grace.empty()) {
    WEIR_TRY_VAR(grace_ms, of_field("grace", read_duration(rule.grace)));
    compiled.grace_ms = grace_ms;
  }
  if (!rule.skip.empty()) {
    WEIR_TRY_VAR(skip, of_field("skip", read_skip(rule.skip, spec.elements)));
    spec.skip = std::move(skip);
  }
  for (const std::string& name : rule.key) {
    const Field* field = fields->find(name);
    if (field == nullptr) {
      std::string all;
      for (const Field& one : fields->fields()) all += (all.empty() ? "" : ", ") + one.name;
      return wrong_rule("field 'key': events have no field '" + name + "'; there are: " + all);
    }
    compiled.key.push_back(field);
  }
  WEIR_TRY_VAR(automaton, of_field("pattern", compile(spec)));
  compiled.automaton = std::make_shared<const Automaton>(std::move(automaton));
  compiled.conditions = std::move(spec.conditions);
  compiled.rule = std::move(rule);
  return compiled;
}

}  // namespace weir::streams::cep
