#include <algorithm>
#include <numeric>

#include "log/base/crc32c.h"
#include "log/base/strong.h"
#include "streams/operators/pattern/automaton.h"

namespace weir::streams::cep {

namespace {

constexpr std::size_t kMostPlaces = 10'000;
constexpr std::size_t kMostWays = 64;
constexpr std::size_t kMostGuards = 16;

// An element as the compiler sees it: in one list, with its neighbours. Orders of all_of are alternatives.
struct Part {
  Element::Kind kind = Element::Kind::step;
  int parent = -1;
  std::size_t depth = 0;  // of the whole pattern: 0
  std::size_t at = 0;     // among the parent's
  std::vector<int> children = {};
  const Element* element = nullptr;
  StepIndex step = 0;
  Times times = {};
  bool is_optional = false;

  bool is_absence() const { return kind == Element::Kind::step && is_not(element->contiguity); }
  bool is_finished(int count) const { return count >= times.from; }
  bool may_go_on(int count) const { return !times.to || count < *times.to; }
  // Counts are told apart as far as it matters.
  int counted(int count) const { return times.to ? count : std::min(count, times.from); }
};

class Parts {
 public:
  explicit Parts(const PatternSpec& pattern) {
    root_element_.kind = Element::Kind::sequence;
    list_.push_back({.kind = Element::Kind::sequence, .element = &root_element_});
    for (const Element& element : pattern.elements) add(element, 0);
    for (std::size_t i = list_.size(); i-- > 0;) settle(list_[i]);
  }
  Part& operator[](int index) { return list_[static_cast<std::size_t>(index)]; }
  const std::vector<std::string>& steps() const { return steps_; }
  std::size_t size() const { return list_.size(); }

 private:
  int place(const Element* element, Element::Kind kind, int parent) {
    const int index = static_cast<int>(list_.size());
    Part& above = list_[static_cast<std::size_t>(parent)];
    Part part{.kind = kind, .parent = parent, .depth = above.depth + 1, .at = above.children.size()};
    part.element = element;
    part.times = element->times;
    part.is_optional = element->is_optional;
    above.children.push_back(index);
    list_.push_back(std::move(part));
    return index;
  }

  void add(const Element& element, int parent) {
    if (element.kind == Element::Kind::step) {
      place(&element, element.kind, parent);
      list_.back().step = step_of(element);
      return;
    }
    if (element.kind != Element::Kind::all_of) {
      const int index = place(&element, element.kind, parent);
      for (const Element& part : element.parts) add(part, index);
      return;
    }
    const int index = place(&element, Element::Kind::any_of, parent);
    std::vector<std::size_t> order(element.parts.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      const int sequence = place(&plain_, Element::Kind::sequence, index);
      for (std::size_t i : order) add(element.parts[i], sequence);
    } while (std::next_permutation(order.begin(), order.end()));
  }

  StepIndex step_of(const Element& element) {
    if (is_not(element.contiguity)) return 0;
    const auto found = std::find(steps_.begin(), steps_.end(), element.name);
    const auto index = static_cast<StepIndex>(found - steps_.begin());
    if (found == steps_.end()) steps_.push_back(element.name);
    return index;
  }

  // A group that may be passed without an event is optional, and one round of it is enough. Children come first.
  void settle(Part& part) {
    if (part.kind == Element::Kind::step) return;
    const auto is_empty = [this](int child) {
      const Part& c = list_[static_cast<std::size_t>(child)];
      return c.is_absence() || c.is_optional;
    };
    const auto& children = part.children;
    const bool may_be_empty = part.kind == Element::Kind::any_of
                                  ? std::any_of(children.begin(), children.end(), is_empty)
                                  : std::all_of(children.begin(), children.end(), is_empty);
    if (!may_be_empty) return;
    part.is_optional = true;
    part.times.from = 1;
  }

  Element root_element_;
  Element plain_;  // of an order of all_of
  std::vector<Part> list_;
  std::vector<std::string> steps_;
};

WEIR_FLAG(IsFirst);  // take of a step, in this round of the groups around it

// How an element is entered: what its first take asks for.
struct Entry {
  Gap gap = Gap::relaxed;
  std::int64_t gap_ms = Way::kNoGap;
};

// On the way from one take to the next.
struct Path {
  std::vector<int> counts = {};          // of the elements around, by their depths
  std::vector<const Part*> absent = {};  // not steps that were passed
  std::size_t awaited = 0;               // from here on they have nothing but the end behind them
  std::vector<const Part*> greedy = {};  // steps that were left
  std::vector<int> begun = {};           // groups whose round began here: nothing is taken in it yet
  bool is_start = false;
};

class Compiler {
 public:
  explicit Compiler(const PatternSpec& pattern) : pattern_(pattern), parts_(pattern) {}

  Result<Automaton> run() {
    out_.places.emplace_back();
    keys_.emplace_back();
    Path start{.begun = {0}, .is_start = true};
    reach_first(0, {.gap = Gap::any}, start);
    for (std::size_t i = 1; i < keys_.size() && !is_too_large_; ++i) {
      now_ = i;
      leave(Key(keys_[i]));  // the list grows
    }
    if (is_too_large_) {
      return fail(ErrorCode::invalid_argument, "pattern: it is too large: more than " + std::to_string(kMostPlaces) +
                                                   " places, or " + std::to_string(kMostWays) + " ways on from one");
    }
    finish();
    return std::move(out_);
  }

 private:
  // A place as it is told apart from others.
  struct Key {
    int leaf = 0;
    std::vector<int> counts;
    auto operator<=>(const Key&) const = default;
  };

  Place& here() { return out_.places[now_]; }

  // Behind a take of `key.leaf`.
  void leave(const Key& key) {
    const Part& leaf = parts_[key.leaf];
    here().step = leaf.step;
    const int count = key.counts.back();
    if (leaf.may_go_on(count)) {
      Path path{.counts = key.counts};
      if (!leaf.is_finished(count)) add_absent_behind(key.leaf, key.counts, path);
      path.counts.pop_back();
      add_take(key.leaf, leaf.counted(count + 1), IsFirst::no, {leaf.element->inner, own_gap_ms(leaf)}, path);
    }
    if (!leaf.is_finished(count)) return;
    Path path{.counts = key.counts};
    path.counts.pop_back();
    if (is_greedy(leaf)) path.greedy.push_back(&leaf);
    follow(key.leaf, std::move(path));
  }

  // A step that must be taken again may already be killed by what must not follow it.
  void add_absent_behind(int index, const std::vector<int>& counts, Path& path) {
    for (; parts_[index].parent >= 0; index = parts_[index].parent) {
      const Part& part = parts_[index];
      const Part& above = parts_[part.parent];
      if (above.kind == Element::Kind::sequence) {
        for (std::size_t i = part.at + 1; i < above.children.size(); ++i) {
          const Part& sibling = parts_[above.children[i]];
          if (!sibling.is_absence()) return;
          if (sibling.element->contiguity == Contiguity::not_followed_by) path.absent.push_back(&sibling);
        }
      }
      if (above.depth > 0 && above.may_go_on(counts[above.depth - 1])) return;  // it may not be the last round
    }
  }

  // `part`, or what comes behind it if it may be passed.
  void reach(int index, Entry entry, const Path& path) {
    enter(index, entry, path);
    const Part& part = parts_[index];
    if (!part.is_optional) return;
    Path passed = path;
    passed.awaited = passed.absent.size();
    if (is_greedy(part)) passed.greedy.push_back(&part);
    follow(index, std::move(passed));
  }

  void enter(int index, Entry entry, Path path) {
    if (parts_[index].kind == Element::Kind::step) return add_take(index, 1, IsFirst::yes, entry, path);
    path.counts.push_back(1);
    path.begun.push_back(index);
    reach_first(index, entry, path);
  }

  // The first elements of a round of `index`.
  void reach_first(int index, Entry entry, const Path& path) {
    const Part& part = parts_[index];
    if (part.kind == Element::Kind::any_of) {
      for (int child : part.children) reach(child, entry, path);
    } else {
      reach(part.children.front(), entry, path);
    }
  }

  // What comes behind `index`, which is done with or was passed.
  void follow(int index, Path path) {
    const Part& part = parts_[index];
    const Part& above = parts_[part.parent];
    if (above.kind == Element::Kind::sequence) {
      for (std::size_t i = part.at + 1; i < above.children.size(); ++i) {
        const int sibling = above.children[i];
        const Part& behind = parts_[sibling];
        if (behind.is_absence()) {
          path.absent.push_back(&behind);
          continue;
        }
        const Gap gap = path.is_start ? Gap::any : gap_of(behind.element->contiguity);
        return reach(sibling, {gap, own_gap_ms(behind)}, path);
      }
    }
    end_round(part.parent, std::move(path));
  }

  void end_round(int index, Path path) {
    if (std::find(path.begun.begin(), path.begun.end(), index) != path.begun.end()) return;  // nothing was taken
    const Part& part = parts_[index];
    if (part.parent < 0) return end(path);
    const int count = path.counts.back();
    if (part.may_go_on(count)) {
      Path again = path;
      again.counts.back() = part.counted(count + 1);
      again.begun.push_back(index);
      reach_first(index, {part.element->inner, own_gap_ms(part)}, again);
    }
    if (!part.is_finished(count)) return;
    path.counts.pop_back();
    follow(index, std::move(path));
  }

  void end(const Path& path) {
    if (path.awaited == path.absent.size()) {
      here().is_match = true;
      return;
    }
    const Part& last = *path.absent.back();
    const bool lasts = last.element->contiguity == Contiguity::not_followed_by;
    add({.kind = lasts ? Way::Kind::absence : Way::Kind::next, .gap_ms = lasts ? own_gap_ms(last) : Way::kNoGap}, path);
  }

  void add_take(int index, int count, IsFirst is_first, Entry entry, const Path& path) {
    const Part& leaf = parts_[index];
    Key key{index, path.counts};
    key.counts.push_back(count);
    Way way{.kind = Way::Kind::take, .gap = entry.gap, .step = leaf.step, .where = leaf.element->where};
    way.gap_ms = own_gap_ms(leaf);
    if (entry.gap_ms != Way::kNoGap && (way.gap_ms == Way::kNoGap || entry.gap_ms < way.gap_ms))
      way.gap_ms = entry.gap_ms;
    way.target = place_of(key);
    const ConditionIndex until = leaf.element->until;
    if (is_first == IsFirst::yes) way.until = until;
    const WayMask bit = add(way, path);
    if (until != kNoCondition && is_first == IsFirst::no) stop(until, bit);
    for (int above = leaf.parent; above >= 0; above = parts_[above].parent) {
      if (parts_[above].element->until != kNoCondition) stop(parts_[above].element->until, bit);
    }
  }

  WayMask add(const Way& way, const Path& path) {
    Place& place = here();
    if (place.ways.size() == kMostWays) {
      is_too_large_ = true;
      return 0;
    }
    const WayMask bit = WayMask{1} << place.ways.size();
    place.ways.push_back(way);
    place.all_ways |= bit;
    place.has_gaps = place.has_gaps || way.gap_ms != Way::kNoGap;
    for (const Part* absent : path.absent) kill(*absent, bit);
    for (const Part* greedy : path.greedy) guard(*greedy, bit);
    return bit;
  }

  void kill(const Part& absent, WayMask bit) {
    const bool only_next = absent.element->contiguity == Contiguity::not_next;
    for (Kill& known : here().kills) {
      if (known.where == absent.element->where && known.only_next == only_next && known.gap_ms == own_gap_ms(absent)) {
        known.ways |= bit;
        return;
      }
    }
    here().kills.push_back({absent.element->where, only_next, own_gap_ms(absent), bit});
  }

  void guard(const Part& greedy, WayMask bit) {
    for (Guard& known : here().guards) {
      if (known.where == greedy.element->where && known.until == greedy.element->until) {
        known.ways |= bit;
        return;
      }
    }
    if (here().guards.size() == kMostGuards) is_too_large_ = true;
    here().guards.push_back({greedy.element->where, greedy.element->until, bit});
  }

  void stop(ConditionIndex until, WayMask bit) {
    for (Stop& known : here().stops) {
      if (known.until != until) continue;
      known.ways |= bit;
      return;
    }
    here().stops.push_back({until, bit});
  }

  PlaceIndex place_of(const Key& key) {
    const auto [found, is_new] = known_.emplace(key, static_cast<PlaceIndex>(keys_.size()));
    if (is_new) {
      if (keys_.size() == kMostPlaces) is_too_large_ = true;
      keys_.push_back(key);
      out_.places.emplace_back();
    }
    return found->second;
  }

  static bool is_greedy(const Part& part) {
    return part.kind == Element::Kind::step && part.element->is_greedy &&
           part.element->times.to != part.element->times.from;
  }
  static std::int64_t own_gap_ms(const Part& part) { return part.element->gap_ms.value_or(Way::kNoGap); }

  void finish() {
    out_.steps = parts_.steps();
    out_.within_ms = pattern_.within_ms;
    out_.skip = pattern_.skip;
    const auto found = std::find(out_.steps.begin(), out_.steps.end(), out_.skip.step);
    if (found != out_.steps.end()) out_.skip_step = static_cast<StepIndex>(found - out_.steps.begin());
    out_.fingerprint = crc32c(shape_of(pattern_));
  }

  const PatternSpec& pattern_;
  Parts parts_;
  Automaton out_;
  std::vector<Key> keys_;  // of the places
  std::map<Key, PlaceIndex> known_;
  std::size_t now_ = 0;  // the place whose ways are made
  bool is_too_large_ = false;
};

}  // namespace

Result<Automaton> compile(const PatternSpec& pattern) {
  WEIR_TRY(check(pattern));
  return Compiler(pattern).run();
}

}  // namespace weir::streams::cep
