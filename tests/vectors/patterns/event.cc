#include "tests/vectors/patterns/event.h"

#include <algorithm>
#include <stdexcept>

namespace weir::vectors {

namespace {

bool compares(const std::string& op, double left, double right) {
  if (op == "eq") return left == right;
  if (op == "lt") return left < right;
  if (op == "gt") return left > right;
  if (op == "le") return left <= right;
  if (op == "ge") return left >= right;
  throw std::invalid_argument("no comparison: " + op);
}

bool holds_one(const std::string& word, const boost::json::value& value, const PatternEvent& event,
               const RunView* run) {
  const auto text = [&] {
    return std::string(value.as_string());
  };
  if (word == "const") return value.as_bool();
  if (word == "name") return event.name == text();
  if (word == "name_contains") return event.name.find(text()) != std::string::npos;
  if (word == "name_starts") return event.name.starts_with(text());
  if (word == "sub") return event.sub == value.as_bool();
  if (word == "volume_gt") return event.sub && event.volume > real_of(value);
  if (word.starts_with("price_") && word != "price_eq_first") {
    return compares(word.substr(6), event.price, real_of(value));
  }
  if (word == "and" || word == "or") {
    const auto holds_here = [&](const auto& part) {
      return holds(part, event, run);
    };
    const auto& parts = value.as_array();
    return word == "and" ? std::all_of(parts.begin(), parts.end(), holds_here)
                         : std::any_of(parts.begin(), parts.end(), holds_here);
  }
  if (word == "price_eq_first") {
    const PatternEvent* first = run->first(text());
    return first != nullptr && first->price == event.price;
  }
  const Object& of = value.as_object();
  const std::string step = text_of(of, "of");
  if (word == "count") {
    return compares(text_of(of, "op"), static_cast<double>(run->count(step)), real_of(of.at("value")));
  }
  if (word == "sum_price") {
    const bool plus_current = of.contains("plus_current") && of.at("plus_current").as_bool();
    const double sum = run->sum_of_prices(step) + (plus_current ? event.price : 0);
    return compares(text_of(of, "op"), sum, real_of(of.at("value")));
  }
  throw std::invalid_argument("no condition: " + word);
}

}  // namespace

bool looks_at_run(const boost::json::value& condition) {
  for (const auto& [word, value] : condition.as_object()) {
    if (word == "price_eq_first" || word == "count" || word == "sum_price") return true;
    if (word != "and" && word != "or") continue;
    const auto& parts = value.as_array();
    if (std::any_of(parts.begin(), parts.end(), looks_at_run)) return true;
  }
  return false;
}

bool holds(const boost::json::value& condition, const PatternEvent& event, const RunView* run) {
  const Object& all = condition.as_object();
  return std::all_of(all.begin(), all.end(),
                     [&](const auto& one) { return holds_one(std::string(one.key()), one.value(), event, run); });
}

}  // namespace weir::vectors
