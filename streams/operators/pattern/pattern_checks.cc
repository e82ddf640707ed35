#include <set>

#include "streams/operators/pattern/pattern_spec.h"

namespace weir::streams::cep {

namespace {

// Whether it may be passed without an event.
bool may_be_empty(const Element& element) {
  if (element.is_optional) return true;
  if (element.kind == Element::Kind::step) return is_not(element.contiguity);
  bool any = false;
  bool all = true;
  for (const Element& part : element.parts) (may_be_empty(part) ? any : all) = may_be_empty(part);
  return element.kind == Element::Kind::any_of ? any : all;
}

class Checker {
 public:
  explicit Checker(const PatternSpec& pattern) : pattern_(pattern) {}

  Result<> run() {
    if (pattern_.elements.empty()) return wrong("a pattern needs a step");
    if (pattern_.within_ms && *pattern_.within_ms < 1) return wrong("within: the time must be at least 1 ms");
    WEIR_TRY(sequence(pattern_.elements));
    WEIR_TRY(end(pattern_.elements));
    const Skip& skip = pattern_.skip;
    if ((skip.to == SkipTo::first || skip.to == SkipTo::last) && !taken_.contains(skip.step)) {
      return wrong("after a match it goes on at step '" + skip.step + "', which there is not");
    }
    return {};
  }

 private:
  static tl::unexpected<Error> wrong(std::string what) {
    return fail(ErrorCode::invalid_argument, "pattern: " + std::move(what));
  }
  static std::string called(const Element& element) {
    return element.kind == Element::Kind::step ? "step '" + element.name + "'" : "a group";
  }

  Result<> sequence(const std::vector<Element>& elements) {
    const Element* before = nullptr;
    for (const Element& element : elements) {
      const bool is_absence = element.kind == Element::Kind::step && is_not(element.contiguity);
      if (is_absence && before == nullptr) {
        return wrong(called(element) + " must not come, but nothing comes before it");
      }
      if (is_absence && !is_not(before->contiguity) && may_be_empty(*before)) {
        return wrong(called(element) + " must not come, and stands behind " + called(*before) +
                     ", which is optional: it is not clear from when on");
      }
      WEIR_TRY(one(element));
      before = &element;
    }
    return {};
  }

  Result<> one(const Element& element) {
    WEIR_TRY(numbers(element));
    if (element.kind == Element::Kind::step) return step(element);
    if (is_not(element.contiguity)) return wrong("a group cannot be one that must not come");
    if (element.is_greedy) return wrong("a group cannot be greedy");
    if (element.parts.empty()) return wrong("a group needs a step");
    if (element.kind == Element::Kind::sequence) return sequence(element.parts);
    if (element.kind == Element::Kind::all_of && element.parts.size() > 5) {
      return wrong("all_of takes at most 5, and has " + std::to_string(element.parts.size()));
    }
    for (const Element& part : element.parts) {
      if (may_be_empty(part)) return wrong("what any_of and all_of take must not be optional");
      WEIR_TRY(one(part));
    }
    return {};
  }

  Result<> numbers(const Element& element) {
    const Times& times = element.times;
    const std::string who = called(element);
    if (times.from < 1 || (times.to && *times.to < times.from)) {
      return wrong(
          who + ": it must be taken once at least, and the greater number comes last; what may be missing is optional");
    }
    if (element.until != kNoCondition && times.to) return wrong(who + ": until ends what has no other end");
    if (element.gap_ms && *element.gap_ms < 1) return wrong(who + ": a time must be at least 1 ms");
    if (element.gap_ms && pattern_.within_ms && *element.gap_ms > *pattern_.within_ms) {
      return wrong(who + ": the time for the step is longer than that for the whole pattern");
    }
    return {};
  }

  Result<> step(const Element& element) {
    const std::string who = called(element);
    if (element.name.empty()) return wrong("a step needs a name");
    if (!names_.insert(element.name).second) return wrong(who + " is there twice");
    if (is_not(element.contiguity)) {
      if (!element.times.is_once() || element.is_optional || element.is_greedy || element.until != kNoCondition) {
        return wrong(who + " must not come: it has no times, and is not optional or greedy");
      }
      return {};
    }
    taken_.insert(element.name);
    if (element.is_greedy && element.times.is_once())
      return wrong(who + ": greedy is what may be taken more than once");
    if (element.is_greedy && element.inner == Gap::any) return wrong(who + ": greedy does not go with combinations");
    return {};
  }

  Result<> end(const std::vector<Element>& elements) {
    const Element& last = elements.back();
    if (last.kind == Element::Kind::sequence) return end(last.parts);
    if (last.kind != Element::Kind::step) {
      for (const Element& part : last.parts) WEIR_TRY(end({part}));
      return {};
    }
    if (last.contiguity == Contiguity::not_followed_by && !last.gap_ms && !pattern_.within_ms) {
      return wrong(called(last) + " is the last, and must not come: within which time?");
    }
    return {};
  }

  const PatternSpec& pattern_;
  std::set<std::string> names_;
  std::set<std::string> taken_;
};

}  // namespace

Result<> check(const PatternSpec& pattern) {
  return Checker(pattern).run();
}

}  // namespace weir::streams::cep
