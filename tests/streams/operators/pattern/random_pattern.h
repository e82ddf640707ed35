// Random patterns that make sense, and random letters.
#pragma once

#include <random>

#include "tests/streams/operators/pattern/letters.h"

namespace weir::streams::random_pattern {

using cep::Contiguity;
using cep::Element;
using cep::Gap;
using letters::Ask;
using letters::Letter;

struct Case {
  cep::PatternSpec pattern;
  std::vector<Ask> asks;
  std::vector<Letter> events;
  std::int64_t end_ms = 0;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  // A pattern of one to six steps. It may make no sense still: `check` says.
  Case next() {
    Case out;
    out_ = &out;
    steps_left_ = below(6) + 1;
    next_step_ = 0;
    names_.clear();
    open_ended_ = 0;
    out.pattern.elements = sequence(0, false);
    if (one_in(3)) out.pattern.within_ms = below(9) + 1;
    skip(out.pattern.skip);
    const int events = below(7) + 2 - std::min(open_ended_, 2);
    std::int64_t time_ms = 0;
    for (int i = 0; i < std::max(events, 2); ++i) {
      time_ms += below(3);
      out.events.push_back({static_cast<char>('a' + below(3)), below(3), time_ms});
    }
    out.end_ms = time_ms + below(8);
    for (const Ask& ask : out.asks) out.pattern.conditions.push_back(ask.condition());
    return out;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }

  std::vector<Element> sequence(int depth, bool is_repeated) {
    std::vector<Element> elements;
    const int most = depth == 0 ? 6 : 2 + below(2);
    while (steps_left_ > 0 && static_cast<int>(elements.size()) < most) {
      const bool may_be_not = !elements.empty() && can_precede_not(elements.back()) && !is_repeated;
      elements.push_back(may_be_not && one_in(5) ? absence() : element(depth));
      if (depth > 0 && one_in(3)) break;
    }
    // What must not come last of a group would stand before its next round, or behind it.
    if (depth > 0 && is_not(elements.back().contiguity)) elements.pop_back();
    return elements;
  }

  // Behind a repetition of a group it is not said which of its steps it looks at.
  static bool can_precede_not(const Element& element) {
    if (element.is_optional) return false;
    return element.kind == Element::Kind::step || element.times.is_once();
  }

  Element absence() {
    Element element = step();
    element.contiguity = one_in(2) ? Contiguity::not_next : Contiguity::not_followed_by;
    if (element.contiguity == Contiguity::not_followed_by && one_in(2)) element.gap_ms = below(4) + 1;
    return element;
  }

  Element step() {
    --steps_left_;
    Element element;
    element.name = "s" + std::to_string(next_step_++);
    element.where = ask();
    return element;
  }

  Element element(int depth) {
    Element element;
    const int kind = depth < 2 && steps_left_ > 1 ? below(10) : 9;
    if (kind > 3) {
      element = step();
      names_.push_back(element.name);
    } else {
      const bool is_repeated = kind < 2 && one_in(2);
      element.kind = kind < 2 ? Element::Kind::sequence : kind == 2 ? Element::Kind::any_of : Element::Kind::all_of;
      element.parts = kind < 2 ? sequence(depth + 1, is_repeated) : alternatives(depth + 1);
      if (is_repeated) repeat(element);
    }
    element.contiguity = static_cast<Contiguity>(below(3));
    if (element.kind == Element::Kind::step && one_in(2)) repeat(element);
    element.is_optional = one_in(5);
    if (one_in(6)) element.gap_ms = below(5) + 1;
    return element;
  }

  std::vector<Element> alternatives(int depth) {
    std::vector<Element> parts;
    while (steps_left_ > 0 && parts.size() < 3) {
      parts.push_back(element(depth));
      parts.back().is_optional = false;
      if (parts.size() >= 2 && one_in(2)) break;
    }
    return parts;
  }

  void repeat(Element& element) {
    element.times.from = below(2) + 1;
    element.times.to = element.times.from + below(2);
    if (one_in(2)) {
      element.times.to.reset();
      ++open_ended_;
      if (one_in(3)) element.until = ask();
    }
    element.inner = static_cast<Gap>(below(3));
    const bool may_be_greedy = element.kind == Element::Kind::step && !element.times.is_once();
    element.is_greedy = may_be_greedy && element.inner != Gap::any && one_in(3);
  }

  cep::ConditionIndex ask() {
    if (one_in(10)) return cep::kNoCondition;
    Ask ask;
    ask.name = static_cast<char>('a' + below(3));
    ask.number = below(3);
    const int kind = below(12);
    if (kind == 0) ask.kind = Ask::Kind::not_name;
    if (kind == 1) ask.kind = Ask::Kind::size_at_least;
    if (kind >= 9 && !names_.empty()) {
      ask.kind = static_cast<Ask::Kind>(static_cast<int>(Ask::Kind::fewer_than) + kind - 9);
      ask.step_index = static_cast<cep::StepIndex>(below(static_cast<int>(names_.size())));
      ask.step = names_[ask.step_index];
      ask.number += 1;
    }
    out_->asks.push_back(ask);
    return static_cast<cep::ConditionIndex>(out_->asks.size() - 1);
  }

  void skip(cep::Skip& skip) {
    skip.to = one_in(2) ? cep::SkipTo::none : static_cast<cep::SkipTo>(below(5));
    if (!names_.empty()) skip.step = names_[static_cast<std::size_t>(below(static_cast<int>(names_.size())))];
    skip.must_advance = one_in(4);
  }

  std::mt19937_64 random_;
  Case* out_ = nullptr;
  int steps_left_ = 0;
  int next_step_ = 0;
  int open_ended_ = 0;
  std::vector<std::string> names_;  // of steps that are taken, in order
};

}  // namespace weir::streams::random_pattern
