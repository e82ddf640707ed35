#include "log/expression/expression.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::expression {

namespace {

const char* name_of(TextKind kind) {
  switch (kind) {
    case TextKind::null:
      return "null";
    case TextKind::truth:
      return "a truth";
    case TextKind::number:
      return "a number";
    case TextKind::text:
      return "a text";
    case TextKind::any:
      return "anything";
  }
  return "";
}

enum class Comparison { equal, not_equal, less, at_most, more, at_least };

bool holds(Comparison how, int order) {
  switch (how) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::at_most:
      return order <= 0;
    case Comparison::more:
      return order > 0;
    case Comparison::at_least:
      return order >= 0;
  }
  return false;
}

TextValue compared(Comparison how, const TextValue& a, const TextValue& b) {
  if (a.kind == TextKind::null || b.kind == TextKind::null || a.kind != b.kind) return TextValue::of(false);
  if (a.kind == TextKind::text) return TextValue::of(holds(how, a.text.compare(b.text)));
  if (a.number != a.number || b.number != b.number) return TextValue::of(how == Comparison::not_equal);
  return TextValue::of(holds(how, a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
}

TextValue calculated(char sign, const TextValue& a, const TextValue& b) {
  if (a.kind != TextKind::number || b.kind != TextKind::number) return {};
  if (sign == '+') return TextValue::of(a.number + b.number);
  if (sign == '-') return TextValue::of(a.number - b.number);
  if (sign == '*') return TextValue::of(a.number * b.number);
  return b.number == 0 ? TextValue{} : TextValue::of(a.number / b.number);
}

enum class Fold { sum, average, least, most };

TextValue folded(Fold how, const std::vector<const void*>& events, const Field& field) {
  double sum = 0;
  double least = 0;
  double most = 0;
  std::size_t count = 0;
  for (const void* event : events) {
    const TextValue value = read(field, event);
    if (value.kind != TextKind::number) continue;
    sum += value.number;
    least = count == 0 ? value.number : std::min(least, value.number);
    most = count == 0 ? value.number : std::max(most, value.number);
    ++count;
  }
  if (count == 0) return {};
  switch (how) {
    case Fold::sum:
      return TextValue::of(sum);
    case Fold::average:
      return TextValue::of(sum / static_cast<double>(count));
    case Fold::least:
      return TextValue::of(least);
    case Fold::most:
      return TextValue::of(most);
  }
  return {};
}

// One of several values of one field.
std::shared_ptr<const Equality> either(const std::shared_ptr<const Equality>& a,
                                       const std::shared_ptr<const Equality>& b) {
  if (a == nullptr || b == nullptr || a->field != b->field) return nullptr;
  auto both = std::make_shared<Equality>(*a);
  both->values.insert(both->values.end(), b->values.begin(), b->values.end());
  return both;
}

class ConditionReader {
 public:
  ConditionReader(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields, const std::vector<std::string>& steps)
      : lexer_(lexer), fields_(fields), steps_(steps) {}

  // Those that must all hold.
  Result<std::vector<Expression>> all() {
    std::vector<Expression> parts;
    do {
      WEIR_TRY_VAR(part, negated());
      WEIR_TRY(must_be(part, TextKind::truth, lexer_.now().at));
      parts.push_back(std::move(part));
    } while (lexer_.take_word("AND"));
    if (!lexer_.is_word("OR")) return parts;
    WEIR_TRY_VAR(either, rest_of_either(conjunction(std::move(parts))));
    parts.clear();
    parts.push_back(std::move(either));
    return parts;
  }

  // A value of any kind.
  Result<Expression> whole() {
    WEIR_TRY_VAR(first, negated());
    if (!lexer_.is_word("AND") && !lexer_.is_word("OR")) return first;
    WEIR_TRY(must_be(first, TextKind::truth, lexer_.now().at));
    std::vector<Expression> parts;
    parts.push_back(std::move(first));
    while (lexer_.take_word("AND")) {
      WEIR_TRY_VAR(part, negated());
      WEIR_TRY(must_be(part, TextKind::truth, lexer_.now().at));
      parts.push_back(std::move(part));
    }
    return rest_of_either(conjunction(std::move(parts)));
  }

 private:
  static Expression conjunction(std::vector<Expression> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    bool looks_back = false;
    auto equality = demanded(parts);
    std::vector<Evaluation> evals;
    for (Expression& part : parts) {
      looks_back = looks_back || part.looks_back;
      evals.push_back(std::move(part.value));
    }
    return {TextKind::truth, looks_back,
            [evals = std::move(evals)](const Asked& asked) {
              return TextValue::of(
                  std::all_of(evals.begin(), evals.end(), [&](const Evaluation& one) { return one(asked).is_true(); }));
            },
            nullptr, std::move(equality)};
  }

  Result<Expression> rest_of_either(Expression first) {
    while (lexer_.take_word("OR")) {
      std::vector<Expression> parts;
      do {
        WEIR_TRY_VAR(part, negated());
        WEIR_TRY(must_be(part, TextKind::truth, lexer_.now().at));
        parts.push_back(std::move(part));
      } while (lexer_.take_word("AND"));
      Expression second = conjunction(std::move(parts));
      const bool looks_back = first.looks_back || second.looks_back;
      first = {TextKind::truth, looks_back,
               [a = std::move(first.value), b = std::move(second.value)](const Asked& asked) {
                 return TextValue::of(a(asked).is_true() || b(asked).is_true());
               },
               nullptr, either(first.equality, second.equality)};
    }
    return first;
  }

  Result<Expression> negated() {
    if (!lexer_.take_word("NOT")) return comparison();
    const std::size_t at = lexer_.now().at;
    WEIR_TRY_VAR(inner, negated());
    WEIR_TRY(must_be(inner, TextKind::truth, at));
    return Expression{TextKind::truth, inner.looks_back, [value = std::move(inner.value)](const Asked& asked) {
                        return TextValue::of(!value(asked).is_true());
                      }};
  }

  Result<Expression> comparison() {
    WEIR_TRY_VAR(left, sum());
    static constexpr std::pair<std::string_view, Comparison> kSigns[] = {
        {"=", Comparison::equal},      {"==", Comparison::equal},   {"!=", Comparison::not_equal},
        {"<>", Comparison::not_equal}, {"<=", Comparison::at_most}, {"<", Comparison::less},
        {">=", Comparison::at_least},  {">", Comparison::more}};
    for (const auto& [sign, how] : kSigns) {
      if (!lexer_.is_sign(sign)) continue;
      WEIR_TRY(lexer_.advance());
      const std::size_t at = lexer_.now().at;
      WEIR_TRY_VAR(right, sum());
      WEIR_TRY(must_agree(left, right, at));
      return compare(how, std::move(left), std::move(right));
    }
    const bool is_negated = lexer_.take_word("NOT");
    if (!is_negated && !lexer_.is_word("IN")) return left;
    WEIR_TRY(lexer_.expect_word("IN"));
    WEIR_TRY(lexer_.expect_sign("("));
    Expression any{TextKind::truth, false, [](const Asked&) {
                     return TextValue::of(false);
                   }};
    std::shared_ptr<const Equality> of_all;
    bool is_first = true;
    do {
      const std::size_t at = lexer_.now().at;
      WEIR_TRY_VAR(one, sum());
      WEIR_TRY(must_agree(left, one, at));
      Expression is = compare(Comparison::equal, left, std::move(one));
      const bool looks_back = any.looks_back || is.looks_back;
      of_all = std::exchange(is_first, false) ? is.equality : either(of_all, is.equality);
      any = {TextKind::truth, looks_back, [a = std::move(any.value), b = std::move(is.value)](const Asked& asked) {
               return TextValue::of(a(asked).is_true() || b(asked).is_true());
             }};
    } while (lexer_.take_sign(","));
    WEIR_TRY(lexer_.expect_sign(")"));
    if (is_negated) {
      return Expression{TextKind::truth, any.looks_back, [value = std::move(any.value)](const Asked& asked) {
                          return TextValue::of(!value(asked).is_true());
                        }};
    }
    any.equality = std::move(of_all);
    return any;
  }

  // A field of the event is one value.
  static std::shared_ptr<const Equality> equality_of(const Expression& left, const Expression& right) {
    const Expression& constant = left.field == nullptr ? left : right;
    const Field* field = left.field == nullptr ? right.field : left.field;
    if (field == nullptr || constant.field != nullptr || constant.equality == nullptr) return nullptr;
    auto made = std::make_shared<Equality>(*constant.equality);
    made->field = field->name;
    return made;
  }

  static Expression compare(Comparison how, Expression left, Expression right) {
    const bool looks_back = left.looks_back || right.looks_back;
    auto equality = how == Comparison::equal ? equality_of(left, right) : nullptr;
    return {TextKind::truth, looks_back,
            [how, a = std::move(left.value), b = std::move(right.value)](const Asked& asked) {
              return compared(how, a(asked), b(asked));
            },
            nullptr, std::move(equality)};
  }

  Result<Expression> sum() {
    WEIR_TRY_VAR(left, product());
    while (lexer_.is_sign("+") || lexer_.is_sign("-")) {
      const char sign = lexer_.now().text[0];
      WEIR_TRY_VAR(both, calculation(std::move(left), sign, [this] { return product(); }));
      left = std::move(both);
    }
    return left;
  }

  Result<Expression> product() {
    WEIR_TRY_VAR(left, factor());
    while (lexer_.is_sign("*") || lexer_.is_sign("/")) {
      const char sign = lexer_.now().text[0];
      WEIR_TRY_VAR(both, calculation(std::move(left), sign, [this] { return factor(); }));
      left = std::move(both);
    }
    return left;
  }

  template <class Operand>
  Result<Expression> calculation(Expression left, char sign, Operand operand) {
    WEIR_TRY(must_be(left, TextKind::number, lexer_.now().at));
    WEIR_TRY(lexer_.advance());
    const std::size_t at = lexer_.now().at;
    WEIR_TRY_VAR(right, operand());
    WEIR_TRY(must_be(right, TextKind::number, at));
    const bool looks_back = left.looks_back || right.looks_back;
    return Expression{TextKind::number, looks_back,
                      [sign, a = std::move(left.value), b = std::move(right.value)](const Asked& asked) {
                        return calculated(sign, a(asked), b(asked));
                      }};
  }

  Result<Expression> factor() {
    const Token token = lexer_.now();
    if (lexer_.take_sign("(")) {
      WEIR_TRY_VAR(inner, whole());
      WEIR_TRY(lexer_.expect_sign(")"));
      return inner;
    }
    if (lexer_.take_sign("-")) {
      const std::size_t at = lexer_.now().at;
      WEIR_TRY_VAR(inner, factor());
      WEIR_TRY(must_be(inner, TextKind::number, at));
      return Expression{TextKind::number, inner.looks_back, [value = std::move(inner.value)](const Asked& asked) {
                          return calculated('-', TextValue::of(0.0), value(asked));
                        }};
    }
    if (token.kind == Token::Kind::number) {
      double number = 0;
      const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), number);
      if (error != std::errc() || end != token.text.data() + token.text.size()) {
        return lexer_.wrong("'" + token.text + "' is not a number");
      }
      WEIR_TRY(lexer_.advance());
      return constant(TextValue::of(number));
    }
    if (token.kind == Token::Kind::text) {
      WEIR_TRY(lexer_.advance());
      return Expression{TextKind::text, false,
                        [text = token.text](const Asked&) { return TextValue::of(std::string_view(text)); }, nullptr,
                        std::make_shared<Equality>(Equality{{}, {{TextKind::text, 0, token.text}}})};
    }
    if (token.kind != Token::Kind::word) return lexer_.wrong("a value was expected, not " + lexer_.shown());
    WEIR_TRY(lexer_.advance());
    if (is_same_word(token.text, "TRUE")) return constant(TextValue::of(true));
    if (is_same_word(token.text, "FALSE")) return constant(TextValue::of(false));
    if (is_same_word(token.text, "NULL")) return constant({});
    if (lexer_.is_sign("(")) return function(token);
    if (lexer_.is_sign(".") && !(fields_->is_open() && !is_step(token.text))) {
      WEIR_TRY(lexer_.advance());
      WEIR_TRY_VAR(step, step_named(token));
      WEIR_TRY_VAR(field, field_here());
      return latest(step, *field);
    }
    WEIR_TRY_VAR(field, field_named(token));
    return Expression{field->kind, false,
                      [field, keep = fields_](const Asked& asked) { return read(*field, asked.event); }, field};
  }

  static Expression constant(TextValue value) {
    Expression made{value.kind, false, [value](const Asked&) {
                      return value;
                    }};
    if (value.kind == TextKind::truth || value.kind == TextKind::number) {
      made.equality = std::make_shared<Equality>(Equality{{}, {{value.kind, value.number, {}}}});
    }
    return made;
  }

  Expression latest(const std::string& step, const Field& field) {
    return {field.kind, true, [step, &field, keep = fields_](const Asked& asked) {
              const void* event = asked.before->last(step);
              return event == nullptr ? TextValue{} : read(field, event);
            }};
  }

  Result<Expression> function(const Token& name) {
    WEIR_TRY(lexer_.expect_sign("("));
    const Token argument = lexer_.now();
    if (argument.kind != Token::Kind::word) return lexer_.wrong(name.text + " takes a name, not " + lexer_.shown());
    WEIR_TRY(lexer_.advance());
    WEIR_TRY_VAR(made, called(name, argument));
    WEIR_TRY(lexer_.expect_sign(")"));
    return made;
  }

  Result<Expression> called(const Token& name, const Token& argument) {
    const auto is = [&](std::string_view word) {
      return is_same_word(name.text, word);
    };
    if (is("COUNT")) {
      WEIR_TRY_VAR(step, step_named(argument));
      return Expression{TextKind::number, true, [step](const Asked& asked) {
                          return TextValue::of(static_cast<double>(asked.before->count(step)));
                        }};
    }
    if (is("PREV")) {
      WEIR_TRY_VAR(field, field_named(argument));
      return Expression{field->kind, true, [field, keep = fields_](const Asked& asked) {
                          const void* event = asked.before->latest();
                          return event == nullptr ? TextValue{} : read(*field, event);
                        }};
    }
    static constexpr std::pair<std::string_view, Fold> kFolds[] = {
        {"SUM", Fold::sum}, {"AVG", Fold::average}, {"MIN", Fold::least}, {"MAX", Fold::most}};
    const auto fold =
        std::find_if(std::begin(kFolds), std::end(kFolds), [&](const auto& one) { return is(one.first); });
    if (fold == std::end(kFolds) && !is("FIRST") && !is("LAST")) {
      return lexer_.wrong_at(
          name.at, "there is no function " + name.text + "; there are COUNT, FIRST, LAST, PREV, SUM, AVG, MIN and MAX");
    }
    WEIR_TRY_VAR(step, step_named(argument));
    WEIR_TRY(lexer_.expect_sign("."));
    const std::size_t at = lexer_.now().at;
    WEIR_TRY_VAR(field, field_here());
    if (is("LAST")) return latest(step, *field);
    if (is("FIRST")) {
      return Expression{field->kind, true, [step, field, keep = fields_](const Asked& asked) {
                          const void* event = asked.before->first(step);
                          return event == nullptr ? TextValue{} : read(*field, event);
                        }};
    }
    if (field->kind != TextKind::number && field->kind != TextKind::any) {
      return lexer_.wrong_at(at, name.text + " takes a number, and '" + field->name + "' is " + name_of(field->kind));
    }
    return Expression{TextKind::number, true, [how = fold->second, step, field, keep = fields_](const Asked& asked) {
                        std::vector<const void*> events;
                        asked.before->collect(step, events);
                        return folded(how, events, *field);
                      }};
  }

  bool is_step(const std::string& name) const { return std::find(steps_.begin(), steps_.end(), name) != steps_.end(); }
  Result<std::string> step_named(const Token& token) {
    if (is_step(token.text)) return token.text;
    std::string all;
    for (const std::string& step : steps_) all += (all.empty() ? "" : ", ") + step;
    return lexer_.wrong_at(token.at, "'" + token.text + "' is no step that is taken; there are: " + all);
  }
  Result<const Field*> field_here() {
    const Token token = lexer_.now();
    if (token.kind != Token::Kind::word) return lexer_.wrong("a field was expected, not " + lexer_.shown());
    WEIR_TRY(lexer_.advance());
    return field_named(token);
  }
  // Of an open table also one inside of others: what stands behind its dots belongs to it.
  Result<const Field*> field_named(const Token& token) {
    if (fields_->is_open()) {
      std::string path = token.text;
      while (lexer_.take_sign(".")) {
        if (lexer_.now().kind != Token::Kind::word) return lexer_.wrong("a field was expected, not " + lexer_.shown());
        path += "." + lexer_.now().text;
        WEIR_TRY(lexer_.advance());
      }
      return fields_->find(path);
    }
    if (const Field* field = fields_->find(token.text)) return field;
    std::string all;
    for (const Field& field : fields_->fields()) all += (all.empty() ? "" : ", ") + field.name;
    return lexer_.wrong_at(token.at, "there is no field '" + token.text + "'; there are: " + all);
  }

  static bool is_open(TextKind kind) { return kind == TextKind::null || kind == TextKind::any; }
  Result<> must_be(const Expression& expression, TextKind kind, std::size_t at) const {
    if (expression.kind == kind || is_open(expression.kind)) return {};
    return lexer_.wrong_at(
        at, std::string("this is ") + name_of(expression.kind) + ", and " + name_of(kind) + " was expected");
  }
  Result<> must_agree(const Expression& left, const Expression& right, std::size_t at) const {
    if (left.kind == right.kind || is_open(left.kind) || is_open(right.kind)) return {};
    return lexer_.wrong_at(at, std::string(name_of(left.kind)) + " is compared with " + name_of(right.kind));
  }

  Lexer& lexer_;
  const std::shared_ptr<const FieldTable>& fields_;
  const std::vector<std::string>& steps_;
};

}  // namespace

// What holds if all of them do, of the event alone.
std::shared_ptr<const Equality> demanded(const std::vector<Expression>& parts) {
  for (const Expression& part : parts) {
    if (!part.looks_back && part.equality != nullptr) return part.equality;
  }
  return nullptr;
}

Result<std::vector<Expression>> read_conditions(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                                const std::vector<std::string>& steps) {
  return ConditionReader(lexer, fields, steps).all();
}

Result<Expression> read_expression(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                   const std::vector<std::string>& steps) {
  return ConditionReader(lexer, fields, steps).whole();
}

}  // namespace weir::expression
