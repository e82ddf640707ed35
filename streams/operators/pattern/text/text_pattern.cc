#include "streams/operators/pattern/text/text_pattern.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "log/base/saturate.h"
#include "streams/operators/pattern/text/expression.h"

namespace weir::streams::cep {

namespace {

Result<int> whole_number(Lexer& lexer) {
  int value = 0;
  const std::string& text = lexer.now().text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (lexer.now().kind != Token::Kind::number || error != std::errc() || end != text.data() + text.size()) {
    return lexer.wrong("a whole number was expected, not " + lexer.shown());
  }
  WEIR_TRY(lexer.advance());
  return value;
}

// In milliseconds.
Result<std::int64_t> duration(Lexer& lexer) {
  WEIR_TRY_VAR(count, whole_number(lexer));
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"MILLISECOND", 1}, {"MS", 1},           {"SECOND", 1'000}, {"S", 1'000},        {"MINUTE", 60'000},
      {"MIN", 60'000},    {"HOUR", 3'600'000}, {"H", 3'600'000},  {"DAY", 86'400'000}, {"D", 86'400'000}};
  for (const auto& [unit, ms] : kUnits) {
    if (!lexer.is_word(unit) && !lexer.is_word(std::string(unit) + "S")) continue;
    WEIR_TRY(lexer.advance());
    return saturated_product(count, ms);
  }
  return lexer.wrong("MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS was expected, not " + lexer.shown());
}

// What stands behind AFTER MATCH SKIP; or NO SKIP.
Result<Skip> skip_here(Lexer& lexer, const std::set<std::string>& steps) {
  Skip skip;
  if (lexer.take_word("NO")) {
    skip.to = SkipTo::none;
    WEIR_TRY(lexer.expect_word("SKIP"));
    return skip;
  }
  if (lexer.take_word("PAST")) {
    WEIR_TRY(lexer.expect_word("LAST"));
    WEIR_TRY(lexer.expect_word("ROW"));
    return skip;
  }
  WEIR_TRY(lexer.expect_word("TO"));
  if (lexer.take_word("NEXT")) {
    skip.to = SkipTo::next;
    WEIR_TRY(lexer.expect_word("ROW"));
    return skip;
  }
  skip.to = lexer.is_word("FIRST") ? SkipTo::first : SkipTo::last;
  if (!lexer.take_word("FIRST")) WEIR_TRY(lexer.expect_word("LAST"));
  if (!steps.contains(lexer.now().text)) return lexer.wrong(lexer.shown() + " is no step of the pattern");
  skip.step = lexer.now().text;
  WEIR_TRY(lexer.advance());
  return skip;
}

Result<> expect_end(const Lexer& lexer) {
  if (lexer.now().kind == Token::Kind::end) return {};
  return lexer.wrong("nothing more was expected, and there is " + lexer.shown());
}

void add_steps(const std::vector<Element>& elements, std::set<std::string>& into) {
  for (const Element& element : elements) {
    if (!element.name.empty()) into.insert(element.name);
    add_steps(element.parts, into);
  }
}

class PatternReader {
 public:
  PatternReader(std::string_view text, const std::shared_ptr<const FieldTable>& fields)
      : text_(text), fields_(fields), lexer_(text) {}

  Result<PatternSpec> run(std::optional<std::int64_t> within_ms) {
    WEIR_TRY(lexer_.start());
    WEIR_TRY(lexer_.expect_word("PATTERN"));
    WEIR_TRY(lexer_.expect_sign("("));
    WEIR_TRY_VAR(whole, choice());
    WEIR_TRY(lexer_.expect_sign(")"));
    const bool is_plain = whole.kind == Element::Kind::sequence && whole.times.is_once();
    if (is_plain) {
      spec_.elements = std::move(whole.parts);
    } else {
      spec_.elements.push_back(std::move(whole));
    }
    while (lexer_.now().kind != Token::Kind::end) WEIR_TRY(clause());
    if (within_ms && spec_.within_ms) {
      return fail(ErrorCode::invalid_argument, "the pattern has a WITHIN of its own, and is given another one");
    }
    if (within_ms) spec_.within_ms = within_ms;
    for (Element& element : spec_.elements) bind(element);
    WEIR_TRY(check(spec_));
    return std::move(spec_);
  }

 private:
  // --- the pattern ---

  Result<Element> choice() {
    Element any{.kind = Element::Kind::any_of};
    do {
      WEIR_TRY_VAR(one, sequence());
      any.parts.push_back(std::move(one));
    } while (lexer_.take_sign("|"));
    if (any.parts.size() == 1) {
      Element only = std::move(any.parts.front());
      return only;
    }
    for (Element& part : any.parts) part = alone(std::move(part));
    return any;
  }

  // A sequence of one is that one.
  static Element alone(Element element) {
    if (element.kind != Element::Kind::sequence || element.parts.size() != 1) return element;
    Element only = std::move(element.parts.front());
    return only;
  }

  Result<Element> sequence() {
    Element all{.kind = Element::Kind::sequence};
    std::vector<Gap> joints;  // before each
    for (;;) {
      Contiguity joint = Contiguity::next;
      const bool follows = lexer_.take_sign("->");
      const bool follows_any = !follows && lexer_.take_sign("->>");
      if (follows) joint = Contiguity::followed_by;
      if (follows_any) joint = Contiguity::followed_by_any;
      if (all.parts.empty() && (follows || follows_any)) return lexer_.wrong("a step was expected before it");
      if (!follows && !follows_any && !begins_element()) break;
      const bool is_absence = lexer_.take_sign("!");
      WEIR_TRY_VAR(element, element_here());
      if (lexer_.take_word("WITHIN")) {
        WEIR_TRY_VAR(gap_ms, duration(lexer_));
        element.gap_ms = gap_ms;
      }
      if (!is_absence && element.kind == Element::Kind::step) steps_.push_back(element.name);
      if (is_absence) joint = joint == Contiguity::next ? Contiguity::not_next : Contiguity::not_followed_by;
      element.contiguity = joint;
      joints.push_back(is_absence ? Gap::strict : gap_of(joint));
      all.parts.push_back(std::move(element));
    }
    if (all.parts.empty()) return lexer_.wrong("a step was expected, not " + lexer_.shown());
    for (std::size_t i = 0; i < all.parts.size(); ++i) {
      const std::size_t at = i > 0 || all.parts.size() == 1 ? i : 1;
      finish_quantifier(all.parts[i], all.parts.size() == 1 ? Gap::strict : joints[at]);
    }
    return all;
  }

  bool begins_element() const {
    return lexer_.now().kind == Token::Kind::word || lexer_.is_sign("(") || lexer_.is_sign("!");
  }

  Result<Element> element_here() {
    Element element;
    if (lexer_.take_sign("(")) {
      WEIR_TRY_VAR(inner, choice());
      WEIR_TRY(lexer_.expect_sign(")"));
      element = std::move(inner);
    } else if (lexer_.is_word("PERMUTE")) {
      WEIR_TRY(lexer_.advance());
      WEIR_TRY(lexer_.expect_sign("("));
      element.kind = Element::Kind::all_of;
      do {
        WEIR_TRY_VAR(one, choice());
        one = alone(std::move(one));
        one.contiguity = Contiguity::next;
        element.parts.push_back(std::move(one));
      } while (lexer_.take_sign(","));
      WEIR_TRY(lexer_.expect_sign(")"));
    } else {
      if (lexer_.now().kind != Token::Kind::word) return lexer_.wrong("a step was expected, not " + lexer_.shown());
      element.name = lexer_.now().text;
      if (!names_.insert(element.name).second) return lexer_.wrong("step '" + element.name + "' is there twice");
      WEIR_TRY(lexer_.advance());
    }
    WEIR_TRY(quantifier(element));
    return element;
  }

  Result<> quantifier(Element& element) {
    const auto repeat = [&](int from, std::optional<int> to) {
      element.times = {std::max(from, 1), to};
      element.is_optional = element.is_optional || from == 0;
    };
    if (lexer_.take_sign("*")) {
      repeat(0, std::nullopt);
    } else if (lexer_.take_sign("+")) {
      repeat(1, std::nullopt);
    } else if (lexer_.take_sign("?")) {
      element.is_optional = true;
    } else if (lexer_.take_sign("{")) {
      WEIR_TRY_VAR(from, whole_number(lexer_));
      std::optional<int> to = from;
      if (lexer_.take_sign(",")) {
        to.reset();
        if (!lexer_.is_sign("}")) {
          WEIR_TRY_VAR(most, whole_number(lexer_));
          to = most;
        }
      }
      if (to && (*to < 1 || *to < from)) return lexer_.wrong("the greater number comes last, and is at least 1");
      WEIR_TRY(lexer_.expect_sign("}"));
      repeat(from, to);
    } else {
      return {};
    }
    element.is_greedy = !lexer_.take_sign("?");
    return {};
  }

  // What may lie between repetitions is known when the neighbours are.
  static void finish_quantifier(Element& element, Gap inner) {
    element.inner = inner;
    const bool may_be_greedy = element.kind == Element::Kind::step && !element.times.is_once() && inner != Gap::any &&
                               !is_not(element.contiguity);
    element.is_greedy = element.is_greedy && may_be_greedy;
  }

  // --- clauses ---

  Result<> clause() {
    const Token word = lexer_.now();
    if (lexer_.take_word("DEFINE")) return definitions();
    if (lexer_.take_word("WITHIN")) return within(word);
    if (lexer_.take_word("AFTER")) return after_match(word);
    return lexer_.wrong("DEFINE, WITHIN or AFTER MATCH was expected, not " + lexer_.shown());
  }

  Result<> definitions() {
    do {
      const Token name = lexer_.now();
      if (!names_.contains(name.text)) {
        return lexer_.wrong(lexer_.shown() + " is no step of the pattern");
      }
      if (conditions_.contains(name.text)) return lexer_.wrong("step '" + name.text + "' is defined twice");
      WEIR_TRY(lexer_.advance());
      WEIR_TRY(lexer_.expect_word("AS"));
      const std::size_t begin = lexer_.now().at;
      WEIR_TRY_VAR(condition, read_condition(lexer_, fields_, steps_));
      condition.text = trimmed(text_.substr(begin, lexer_.now().at - begin));
      conditions_[name.text] = static_cast<ConditionIndex>(spec_.conditions.size());
      spec_.conditions.push_back(std::move(condition));
    } while (lexer_.take_sign(","));
    return {};
  }

  static std::string trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t')) text.remove_suffix(1);
    return std::string(text);
  }

  Result<> within(const Token& word) {
    if (spec_.within_ms) return lexer_.wrong_at(word.at, "WITHIN is there twice");
    WEIR_TRY_VAR(time_ms, duration(lexer_));
    spec_.within_ms = time_ms;
    return {};
  }

  Result<> after_match(const Token& word) {
    if (has_skip_) return lexer_.wrong_at(word.at, "AFTER MATCH is there twice");
    has_skip_ = true;
    WEIR_TRY(lexer_.expect_word("MATCH"));
    if (!lexer_.is_word("NO")) WEIR_TRY(lexer_.expect_word("SKIP"));
    WEIR_TRY_VAR(skip, skip_here(lexer_, names_));
    spec_.skip = std::move(skip);
    return {};
  }

  void bind(Element& element) const {
    if (const auto found = conditions_.find(element.name); found != conditions_.end()) element.where = found->second;
    for (Element& part : element.parts) bind(part);
  }

  const std::string_view text_;
  const std::shared_ptr<const FieldTable>& fields_;
  Lexer lexer_;
  PatternSpec spec_;
  std::set<std::string> names_;
  std::vector<std::string> steps_;  // that may be looked back at
  std::map<std::string, ConditionIndex> conditions_;
  bool has_skip_ = false;
};

}  // namespace

Result<PatternSpec> read_pattern(std::string_view text, const std::shared_ptr<const FieldTable>& fields,
                                 std::optional<std::int64_t> within_ms) {
  return PatternReader(text, fields).run(within_ms);
}

Result<std::int64_t> read_duration(std::string_view text) {
  Lexer lexer(text);
  WEIR_TRY(lexer.start());
  WEIR_TRY_VAR(time_ms, duration(lexer));
  WEIR_TRY(expect_end(lexer));
  return time_ms;
}

Result<Skip> read_skip(std::string_view text, const std::vector<Element>& elements) {
  Lexer lexer(text);
  WEIR_TRY(lexer.start());
  std::set<std::string> steps;
  add_steps(elements, steps);
  WEIR_TRY_VAR(skip, skip_here(lexer, steps));
  WEIR_TRY(expect_end(lexer));
  return skip;
}

}  // namespace weir::streams::cep
