#include "streams/operators/pattern/text/text_pattern.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "log/base/saturate.h"
#include "streams/operators/pattern/text/expression.h"
#include "streams/operators/pattern/text/lexer.h"

namespace weir::streams::cep {

namespace {

class PatternReader {
 public:
  PatternReader(std::string_view text, const std::shared_ptr<const FieldTable>& fields)
      : text_(text), fields_(fields), lexer_(text) {}

  Result<PatternSpec> run() {
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
      WEIR_TRY_VAR(from, number());
      std::optional<int> to = from;
      if (lexer_.take_sign(",")) {
        to.reset();
        if (!lexer_.is_sign("}")) {
          WEIR_TRY_VAR(most, number());
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

  Result<int> number() {
    int value = 0;
    const std::string& text = lexer_.now().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (lexer_.now().kind != Token::Kind::number || error != std::errc() || end != text.data() + text.size()) {
      return lexer_.wrong("a whole number was expected, not " + lexer_.shown());
    }
    WEIR_TRY(lexer_.advance());
    return value;
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
    WEIR_TRY_VAR(count, number());
    static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
        {"MILLISECOND", 1}, {"MS", 1},           {"SECOND", 1'000}, {"S", 1'000},        {"MINUTE", 60'000},
        {"MIN", 60'000},    {"HOUR", 3'600'000}, {"H", 3'600'000},  {"DAY", 86'400'000}, {"D", 86'400'000}};
    for (const auto& [unit, ms] : kUnits) {
      if (!lexer_.is_word(unit) && !lexer_.is_word(std::string(unit) + "S")) continue;
      spec_.within_ms = saturated_product(count, ms);
      return lexer_.advance();
    }
    return lexer_.wrong("MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS was expected, not " + lexer_.shown());
  }

  Result<> after_match(const Token& word) {
    if (has_skip_) return lexer_.wrong_at(word.at, "AFTER MATCH is there twice");
    has_skip_ = true;
    WEIR_TRY(lexer_.expect_word("MATCH"));
    if (lexer_.take_word("NO")) {
      spec_.skip.to = SkipTo::none;
      return lexer_.expect_word("SKIP");
    }
    WEIR_TRY(lexer_.expect_word("SKIP"));
    if (lexer_.take_word("PAST")) {
      WEIR_TRY(lexer_.expect_word("LAST"));
      return lexer_.expect_word("ROW");
    }
    WEIR_TRY(lexer_.expect_word("TO"));
    if (lexer_.take_word("NEXT")) {
      spec_.skip.to = SkipTo::next;
      return lexer_.expect_word("ROW");
    }
    spec_.skip.to = lexer_.is_word("FIRST") ? SkipTo::first : SkipTo::last;
    if (!lexer_.take_word("FIRST")) WEIR_TRY(lexer_.expect_word("LAST"));
    if (!names_.contains(lexer_.now().text)) return lexer_.wrong(lexer_.shown() + " is no step of the pattern");
    spec_.skip.step = lexer_.now().text;
    return lexer_.advance();
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

Result<PatternSpec> read_pattern(std::string_view text, const std::shared_ptr<const FieldTable>& fields) {
  return PatternReader(text, fields).run();
}

}  // namespace weir::streams::cep
