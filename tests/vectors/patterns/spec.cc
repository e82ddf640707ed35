#include "tests/vectors/patterns/spec.h"

#include <stdexcept>

#include "streams/operators/pattern/so_far.h"
#include "tests/vectors/patterns/event.h"

namespace weir::vectors {

namespace {

using namespace streams::cep;

class SpecRunView final : public RunView {
 public:
  explicit SpecRunView(const streams::cep::SoFar& so_far) : so_far_(so_far) {}

  std::int64_t count(const std::string& step) const override {
    return static_cast<std::int64_t>(so_far_.count(of(step)));
  }
  const PatternEvent* first(const std::string& step) const override {
    const auto* event = so_far_.first(of(step));
    return event == nullptr ? nullptr : static_cast<const PatternEvent*>(event->value.get());
  }
  double sum_of_prices(const std::string& step) const override {
    std::vector<const void*> events;
    so_far_.collect(of(step), events);
    double sum = 0;
    for (const void* event : events) sum += static_cast<const PatternEvent*>(event)->price;
    return sum;
  }

 private:
  StepIndex of(const std::string& step) const { return so_far_.step(step); }

  const streams::cep::SoFar& so_far_;
};

class Reader {
 public:
  explicit Reader(PatternSpec& spec) : spec_(spec) {}

  std::vector<Element> sequence(const boost::json::array& steps) {
    std::vector<Element> elements;
    for (const auto& step : steps) elements.push_back(element(step.as_object()));
    return elements;
  }

 private:
  Element element(const Object& step) {
    Element out;
    if (!is_null(step, "name")) out.name = text_of(step, "name");
    out.contiguity = contiguity(text_of(step, "contiguity"));
    if (!is_null(step, "where")) out.where = condition(step.at("where"));
    if (!is_null(step, "until")) out.until = condition(step.at("until"));
    if (!is_null(step, "times")) {
      const Object& times = step.at("times").as_object();
      out.times.from = static_cast<int>(number_of(times, "from"));
      out.times.to.reset();
      if (!is_null(times, "to")) out.times.to = static_cast<int>(number_of(times, "to"));
    }
    out.is_optional = step.contains("optional") && step.at("optional").as_bool();
    out.is_greedy = step.contains("greedy") && step.at("greedy").as_bool();
    if (!is_null(step, "inner")) out.inner = text_of(step, "inner") == "strict" ? Gap::strict : Gap::any;
    if (!is_null(step, "gap_ms")) out.gap_ms = number_of(step, "gap_ms");
    if (step.contains("group")) {
      out.kind = Element::Kind::sequence;
      out.parts = sequence(step.at("group").as_array());
    }
    return out;
  }

  static Contiguity contiguity(const std::string& word) {
    if (word == "first" || word == "followed_by") return Contiguity::followed_by;
    if (word == "next") return Contiguity::next;
    if (word == "followed_by_any") return Contiguity::followed_by_any;
    if (word == "not_next") return Contiguity::not_next;
    if (word == "not_followed_by") return Contiguity::not_followed_by;
    throw std::invalid_argument("no contiguity: " + word);
  }

  ConditionIndex condition(const boost::json::value& json) {
    streams::cep::Condition made;
    made.text = boost::json::serialize(json);
    if (looks_at_run(json)) {
      made.of_match = [json](const void* event, const streams::cep::SoFar& so_far) {
        const SpecRunView run(so_far);
        return holds(json, *static_cast<const PatternEvent*>(event), &run);
      };
    } else {
      made.of_event = [json](const void* event) {
        return holds(json, *static_cast<const PatternEvent*>(event), nullptr);
      };
    }
    spec_.conditions.push_back(std::move(made));
    return static_cast<ConditionIndex>(spec_.conditions.size() - 1);
  }

  PatternSpec& spec_;
};

}  // namespace

Skip skip_of(const Object& line) {
  const std::string word = text_of(line, "skip");
  Skip skip;
  skip.must_advance = line.contains("throw_on_miss") && line.at("throw_on_miss").as_bool();
  if (word == "no_skip") {
    skip.to = SkipTo::none;
  } else if (word == "to_next") {
    skip.to = SkipTo::next;
  } else if (word == "past_last_event") {
    skip.to = SkipTo::past_last_event;
  } else if (word.starts_with("to_first:")) {
    skip.to = SkipTo::first;
    skip.step = word.substr(9);
  } else if (word.starts_with("to_last:")) {
    skip.to = SkipTo::last;
    skip.step = word.substr(8);
  } else {
    throw std::invalid_argument("no strategy: " + word);
  }
  return skip;
}

PatternSpec pattern_spec(const Object& line) {
  PatternSpec spec;
  Reader reader(spec);
  spec.elements = reader.sequence(line.at("pattern").as_array());
  if (!is_null(line, "within_ms")) spec.within_ms = number_of(line, "within_ms");
  spec.skip = skip_of(line);
  return spec;
}

}  // namespace weir::vectors
