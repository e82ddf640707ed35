#include "streams/operators/pattern/text/expression.h"

#include <algorithm>
#include <utility>

#include "log/expression/expression.h"

namespace weir::streams::cep {

namespace {

using expression::Asked;
using expression::Evaluation;

// What a run has taken, for expressions.
class TakenSoFar final : public expression::LookBack {
 public:
  explicit TakenSoFar(const SoFar& so_far) : so_far_(so_far) {}

  const void* first(const std::string& step) const override { return event(so_far_.first(so_far_.step(step))); }
  const void* last(const std::string& step) const override { return event(so_far_.last(so_far_.step(step))); }
  const void* latest() const override { return event(so_far_.last()); }
  std::size_t count(const std::string& step) const override { return so_far_.count(so_far_.step(step)); }
  void collect(const std::string& step, std::vector<const void*>& into) const override {
    so_far_.collect(so_far_.step(step), into);
  }

 private:
  static const void* event(const MatchBuffer::Event* taken) { return taken == nullptr ? nullptr : taken->value.get(); }

  const SoFar& so_far_;
};

bool all_hold(const std::vector<Evaluation>& evaluations, const Asked& asked) {
  return std::all_of(evaluations.begin(), evaluations.end(),
                     [&](const Evaluation& one) { return one(asked).is_true(); });
}

}  // namespace

Result<Condition> read_condition(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                 const std::vector<std::string>& steps) {
  WEIR_TRY_VAR(parts, expression::read_conditions(lexer, fields, steps));
  const auto needs = expression::demanded(parts);
  std::vector<Evaluation> alone;
  std::vector<Evaluation> back;
  for (auto& part : parts) (part.looks_back ? back : alone).push_back(std::move(part.value));
  Condition condition;
  if (needs != nullptr) condition.needs = std::make_shared<const Equality>(*needs);
  if (!alone.empty()) {
    condition.of_event = [alone = std::move(alone)](const void* event) {
      return all_hold(alone, {event, nullptr});
    };
  }
  if (!back.empty()) {
    condition.of_match = [back = std::move(back)](const void* event, const SoFar& so_far) {
      const TakenSoFar taken(so_far);
      return all_hold(back, {event, &taken});
    };
  }
  return condition;
}

}  // namespace weir::streams::cep
