// Every match of a pattern, enumerated by definition: each run is grown on its own, and each of its takes is held to
// every rule over all the events between it and the one before. No automaton, no shared state: slow, and plain to read.
// The rules are those of tests/vectors/data/CEP.md.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "tests/streams/operators/pattern/letters.h"

namespace weir::streams::by_definition {

using cep::Element;
using cep::Gap;
using letters::Ask;
using letters::Letter;
using Positions = std::vector<int>;
using Steps = std::vector<std::string>;

inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

struct Found {
  std::vector<std::pair<Positions, Steps>> matches;  // sorted
  std::set<std::pair<Positions, std::int64_t>> timeouts;
  std::set<Positions> open;
  bool is_error = false;

  bool operator==(const Found&) const = default;
};

class Enumeration {
 public:
  Enumeration(const cep::PatternSpec& pattern, const std::vector<Ask>& asks, const std::vector<Letter>& events,
              std::int64_t end_ms)
      : pattern_(pattern), asks_(asks), events_(events), end_ms_(end_ms) {}

  Found run() {
    for (int i = 0; i < size(); ++i) {
      After after;
      sequence(pattern_.elements, 0, Entry{.is_start = true}, {}, Path{}, after, {[this](const Path& path, After& out) {
                 end_of_pattern(path, out);
               }});
      for (const Way& way : after.ways) {
        if (way.kind == Way::Kind::take) begin(way, after, i);
      }
    }
    return with_skips();
  }

 private:
  // --- what may follow a take: read off the elements ---

  struct After;
  struct Path {
    std::vector<const Element*> nots;
    std::size_t awaited = 0;
    std::vector<const Element*> greedy;
    std::set<const Element*> begun;  // groups of which nothing is taken yet in this round
  };
  struct Then {
    std::function<void(const Path&, After&)> go;
  };
  struct Way {
    enum class Kind { take, next, absence } kind;
    const Element* step = nullptr;
    Gap gap = Gap::any;
    std::optional<std::int64_t> gap_ms = {};
    std::vector<const Element*> nots = {};
    std::vector<const Element*> greedy = {};
    std::vector<int> stops = {};
    bool is_first = false;
    std::function<void(After&)> then = {};
  };
  struct After {
    bool is_match = false;
    std::vector<Way> ways;
  };
  struct Entry {
    Gap gap = Gap::any;
    std::optional<std::int64_t> gap_ms = {};
    bool is_start = false;
  };

  static std::optional<std::int64_t> lesser(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
  }
  static bool may_be_empty(const Element& e) {
    if (e.is_optional) return true;
    if (e.kind == Element::Kind::step) return is_not(e.contiguity);
    if (e.kind != Element::Kind::sequence) return false;
    return std::all_of(e.parts.begin(), e.parts.end(), may_be_empty);
  }
  static bool is_greedy(const Element& e) { return e.is_greedy && e.times.to != e.times.from; }

  void sequence(const std::vector<Element>& parts, std::size_t at, Entry entry, const std::vector<int>& stops,
                Path path, After& out, const Then& then) {
    while (at < parts.size() && parts[at].kind == Element::Kind::step && is_not(parts[at].contiguity)) {
      path.nots.push_back(&parts[at++]);
    }
    if (at == parts.size()) return then.go(path, out);
    const bool is_start = entry.is_start;
    const Then rest{[this, &parts, at, is_start, stops, then](const Path& behind, After& o) {
      // at the start of a pattern nothing was taken yet: the gap is of no account
      const bool still = is_start && behind.begun.contains(nullptr);
      if (at + 1 == parts.size()) return then.go(behind, o);
      std::size_t next = at + 1;
      while (next < parts.size() && parts[next].kind == Element::Kind::step && is_not(parts[next].contiguity)) ++next;
      Entry own{.is_start = still};
      if (next < parts.size()) {
        own.gap = gap_of(parts[next].contiguity);
        own.gap_ms = parts[next].gap_ms;
      }
      sequence(parts, at + 1, own, stops, behind, o, then);
    }};
    if (is_start) path.begun.insert(nullptr);
    element(parts[at], entry, stops, path, out, rest);
  }

  void element(const Element& e, Entry entry, std::vector<int> stops, const Path& path, After& out, const Then& then) {
    if (e.kind == Element::Kind::step) {
      add(out, e, entry, stops, path, true, [this, &e, stops, then](After& o) { again(e, 1, stops, o, then); });
    } else {
      if (e.until >= 0) stops.push_back(e.until);
      round(e, 1, entry, stops, path, out, then);
    }
    if (!may_be_empty(e)) return;
    Path passed = path;
    passed.awaited = passed.nots.size();
    if (is_greedy(e)) passed.greedy.push_back(&e);
    then.go(passed, out);
  }

  // Behind the `count`th take of a step.
  void again(const Element& e, int count, const std::vector<int>& stops, After& out, const Then& then) {
    if (!e.times.to || count < *e.times.to) {
      Path path;
      if (count < e.times.from) path.nots = directly_behind(then);
      std::vector<int> all = stops;
      if (e.until >= 0) all.push_back(e.until);
      add(out, e, {e.inner, e.gap_ms}, all, path, false,
          [this, &e, count, stops, then](After& o) { again(e, count + 1, stops, o, then); });
    }
    if (count < e.times.from) return;
    Path path;
    if (is_greedy(e)) path.greedy.push_back(&e);
    then.go(path, out);
  }

  // not_followed_by that stand in all ways on.
  static std::vector<const Element*> directly_behind(const Then& then) {
    After after;
    then.go({}, after);
    std::vector<const Element*> common;
    bool is_first = true;
    for (const Way& way : after.ways) {
      std::vector<const Element*> here;
      for (const Element* n : way.nots) {
        if (n->contiguity != cep::Contiguity::not_followed_by) continue;
        if (is_first || std::find(common.begin(), common.end(), n) != common.end()) here.push_back(n);
      }
      common = here;
      is_first = false;
    }
    return common;
  }

  void round(const Element& e, int count, Entry entry, const std::vector<int>& stops, Path path, After& out,
             const Then& then) {
    path.begun.insert(&e);
    const bool is_nothing_enough =
        e.kind == Element::Kind::sequence && std::all_of(e.parts.begin(), e.parts.end(), may_be_empty);
    const int least = is_nothing_enough ? 1 : e.times.from;
    const Then end{[this, &e, count, least, stops, then](const Path& behind, After& o) {
      if (behind.begun.contains(&e)) return;  // nothing was taken
      if (!e.times.to || count < *e.times.to) round(e, count + 1, {e.inner, e.gap_ms}, stops, behind, o, then);
      if (count >= least) then.go(behind, o);
    }};
    if (e.kind == Element::Kind::sequence) return sequence(e.parts, 0, entry, stops, path, out, end);
    if (e.kind == Element::Kind::any_of) {
      for (const Element& part : e.parts) element(part, entry, stops, path, out, end);
      return;
    }
    std::vector<std::size_t> order(e.parts.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      one_of_order(e, order, 0, entry, stops, path, out, end);
    } while (std::next_permutation(order.begin(), order.end()));
  }

  void one_of_order(const Element& e, const std::vector<std::size_t>& order, std::size_t at, Entry entry,
                    const std::vector<int>& stops, const Path& path, After& out, const Then& then) {
    if (at == order.size()) return then.go(path, out);
    const Then rest{[this, &e, order, at, stops, then](const Path& behind, After& o) {
      if (at + 1 == order.size()) return then.go(behind, o);
      const Element& next = e.parts[order[at + 1]];
      one_of_order(e, order, at + 1, {gap_of(next.contiguity), next.gap_ms}, stops, behind, o, then);
    }};
    element(e.parts[order[at]], entry, stops, path, out, rest);
  }

  void add(After& out, const Element& e, Entry entry, const std::vector<int>& stops, const Path& path, bool is_first,
           std::function<void(After&)> then) {
    Way way{.kind = Way::Kind::take, .step = &e, .gap = entry.gap, .gap_ms = lesser(entry.gap_ms, e.gap_ms)};
    way.nots = path.nots;
    way.greedy = path.greedy;
    way.stops = stops;
    way.is_first = is_first;
    way.then = std::move(then);
    out.ways.push_back(std::move(way));
  }

  void end_of_pattern(const Path& path, After& out) const {
    if (path.awaited == path.nots.size()) {
      out.is_match = true;
      return;
    }
    const Element& last = *path.nots.back();
    const bool lasts = last.contiguity == cep::Contiguity::not_followed_by;
    Way way{.kind = lasts ? Way::Kind::absence : Way::Kind::next};
    if (lasts) way.gap_ms = last.gap_ms;
    way.nots = path.nots;
    way.greedy = path.greedy;
    out.ways.push_back(std::move(way));
  }

  // --- runs ---

  struct Run {
    Positions positions;
    letters::Taken taken;
    Steps steps;
    After after;
  };
  struct Match {
    Positions positions;
    Steps steps;
    int event;  // that completed it; -1: the time
    std::int64_t time_ms;
  };

  int size() const { return static_cast<int>(events_.size()); }
  const Letter& event(int at) const { return events_[static_cast<std::size_t>(at)]; }
  bool meets(int condition, int at, const Run& run) const {
    return condition < 0 || asks_[static_cast<std::size_t>(condition)].holds(event(at), run.taken);
  }

  void begin(const Way& way, const After& after, int at) {
    Run nothing;
    nothing.after = after;
    if (!meets(way.step->where, at, nothing)) return;
    if (way.step->until >= 0 && meets(way.step->until, at, nothing)) return;
    for (const Element* g : way.greedy) {
      if (meets(g->where, at, nothing)) return;
    }
    for (int stop : way.stops) {
      if (meets(stop, at, nothing)) return;
    }
    grow(nothing, way, at);
  }

  void grow(const Run& from, const Way& way, int at) {
    Run run;
    run.positions = from.positions;
    run.positions.push_back(at);
    run.taken = from.taken;
    run.taken.emplace_back(way.step->name, event(at));
    run.steps = from.steps;
    run.steps.push_back(way.step->name);
    way.then(run.after);
    if (run.after.is_match) matches_.push_back({run.positions, run.steps, at, event(at).time_ms});
    for (const Way& on : run.after.ways) {
      for (int j = at + 1; j < size(); ++j) {
        if (!is_in_time(run, on, event(j).time_ms)) break;
        if (on.kind == Way::Kind::take && may_take(run, on, j)) grow(run, on, j);
        if (on.kind == Way::Kind::next && j == at + 1 && is_undisturbed(run, on, j)) {
          matches_.push_back({run.positions, run.steps, j, event(j).time_ms});
        }
      }
      const std::int64_t bound = bound_ms(run, on);
      const int last = last_before(bound);
      if (on.kind != Way::Kind::absence || bound > end_ms_) continue;
      if (is_alive(run, on, last)) matches_.push_back({run.positions, run.steps, -1, bound});
    }
    runs_.push_back(std::move(run));
  }

  std::int64_t bound_ms(const Run& run, const Way& way) const {
    std::int64_t bound = kForever;
    if (pattern_.within_ms) bound = event(run.positions.front()).time_ms + *pattern_.within_ms;
    if (way.gap_ms) bound = std::min(bound, event(run.positions.back()).time_ms + *way.gap_ms);
    return bound;
  }
  bool is_in_time(const Run& run, const Way& way, std::int64_t time_ms) const { return time_ms < bound_ms(run, way); }
  int last_before(std::int64_t bound) const {
    int last = size() - 1;
    while (last >= 0 && event(last).time_ms >= bound) --last;
    return last;
  }

  bool kills(const Run& run, const Element& n, int at) const {
    const bool is_in_force = !n.gap_ms || event(at).time_ms < event(run.positions.back()).time_ms + *n.gap_ms;
    return is_in_force && meets(n.where, at, run);
  }

  // No event behind the last take up to `to`, that one included, ends the way, whatever could be taken.
  bool is_undisturbed(const Run& run, const Way& way, int to) const {
    const int first = run.positions.back() + 1;
    if (to < first) return true;
    for (const Way& any : run.after.ways) {
      for (const Element* n : any.nots) {
        if (kills(run, *n, first)) return false;
      }
    }
    for (int x = first; x <= to; ++x) {
      for (const Element* n : way.nots) {
        if (n->contiguity == cep::Contiguity::not_followed_by && kills(run, *n, x)) return false;
      }
      for (const Element* g : way.greedy) {
        const bool is_lifted = g->until >= 0 && meets(g->until, first, run);
        if (!is_lifted && meets(g->where, x, run)) return false;
      }
      for (int stop : way.stops) {
        if (meets(stop, x, run)) return false;
      }
    }
    return true;
  }

  bool gap_lets(const Run& run, const Way& way, int at) const {
    const int first = run.positions.back() + 1;
    if (way.gap == Gap::strict) return at == first;
    if (way.gap == Gap::any) return true;
    for (int x = first; x < at; ++x) {
      if (meets(way.step->where, x, run)) return false;
    }
    return true;
  }

  bool may_take(const Run& run, const Way& way, int at) const {
    if (!meets(way.step->where, at, run)) return false;
    if (way.is_first && way.step->until >= 0 && meets(way.step->until, at, run)) return false;
    return gap_lets(run, way, at) && is_undisturbed(run, way, at);
  }

  // Whether the way is open still behind the event at `at`, time aside.
  bool is_alive(const Run& run, const Way& way, int at) const {
    if (at < run.positions.back() || !is_undisturbed(run, way, at)) return false;
    if (way.kind == Way::Kind::absence) return true;
    if (way.kind == Way::Kind::next) return at == run.positions.back();
    return gap_lets(run, way, at + 1);
  }

  // --- what comes out ---

  struct Moment {
    std::int64_t time_ms;
    int event;  // -1: time only
    int last;   // the latest event that has come
  };

  std::vector<Moment> moments() const {
    std::set<std::int64_t> bounds;
    for (const Run& run : runs_) {
      for (const Way& way : run.after.ways) bounds.insert(bound_ms(run, way));
    }
    std::vector<Moment> all;
    auto bound = bounds.begin();
    const auto times_until = [&](std::int64_t time_ms, int last) {
      for (; bound != bounds.end() && *bound <= time_ms && *bound != kForever; ++bound)
        all.push_back({*bound, -1, last});
    };
    for (int i = 0; i < size(); ++i) {
      times_until(event(i).time_ms, i - 1);
      all.push_back({event(i).time_ms, i, i});
    }
    times_until(end_ms_, size() - 1);
    return all;
  }

  bool is_open(const Run& run, const Moment& now) const {
    if (run.positions.back() > now.last) return false;
    return std::any_of(run.after.ways.begin(), run.after.ways.end(), [&](const Way& way) {
      return bound_ms(run, way) > now.time_ms && is_alive(run, way, now.last);
    });
  }

  Found with_skips() {
    Found found;
    std::set<int> dropped;  // starts
    std::vector<Match> waiting;
    const bool skips = pattern_.skip.to != cep::SkipTo::none;
    const std::vector<Moment> all = moments();
    for (const Moment& now : all) {
      if (now.event < 0) note_timeouts(now, dropped, found);
      std::vector<Match> fresh;
      for (const Match& match : matches_) {
        if (match.event == now.event && (now.event >= 0 || match.time_ms == now.time_ms) &&
            !dropped.contains(match.positions.front())) {
          fresh.push_back(match);
        }
      }
      std::sort(fresh.begin(), fresh.end(), [](const Match& a, const Match& b) {
        return std::tie(a.positions, a.steps) < std::tie(b.positions, b.steps);
      });
      waiting.insert(waiting.end(), fresh.begin(), fresh.end());
      std::stable_sort(waiting.begin(), waiting.end(),
                       [](const Match& a, const Match& b) { return a.positions.front() < b.positions.front(); });
      while (!waiting.empty()) {
        const Match match = waiting.front();
        const bool must_wait =
            skips && std::any_of(runs_.begin(), runs_.end(), [&](const Run& run) {
              const int start = run.positions.front();
              return start < match.positions.front() && !dropped.contains(start) && is_open(run, now);
            });
        if (must_wait) break;
        waiting.erase(waiting.begin());
        const std::optional<int> latest = dropped_by(match, found);
        if (found.is_error) return found;
        found.matches.emplace_back(match.positions, match.steps);
        if (!latest) continue;
        for (int start = 0; start <= *latest && start <= now.last; ++start) dropped.insert(start);
        std::erase_if(waiting, [&](const Match& other) { return dropped.contains(other.positions.front()); });
      }
    }
    if (!all.empty()) {
      for (const Run& run : runs_) {
        if (!dropped.contains(run.positions.front()) && is_open(run, all.back())) found.open.insert(run.positions);
      }
    }
    std::sort(found.matches.begin(), found.matches.end());
    return found;
  }

  void note_timeouts(const Moment& now, const std::set<int>& dropped, Found& found) const {
    for (const Run& run : runs_) {
      if (dropped.contains(run.positions.front()) || run.positions.back() > now.last) continue;
      for (const Way& way : run.after.ways) {
        if (way.kind == Way::Kind::absence || bound_ms(run, way) != now.time_ms) continue;
        if (is_alive(run, way, now.last)) found.timeouts.emplace(run.positions, now.time_ms);
      }
    }
  }

  // Up to which start a match drops what is open; nothing: none.
  std::optional<int> dropped_by(const Match& match, Found& found) const {
    const cep::Skip& skip = pattern_.skip;
    switch (skip.to) {
      case cep::SkipTo::none:
        return std::nullopt;
      case cep::SkipTo::next:
        return match.positions.front();
      case cep::SkipTo::past_last_event:
        return match.positions.back();
      case cep::SkipTo::first:
      case cep::SkipTo::last:
        break;
    }
    std::optional<int> at;
    for (std::size_t i = 0; i < match.steps.size(); ++i) {
      if (match.steps[i] == skip.step && (!at || skip.to == cep::SkipTo::last)) at = match.positions[i];
    }
    found.is_error = skip.must_advance && (!at || *at == match.positions.front());
    if (!at) return std::nullopt;
    return *at - 1;
  }

  const cep::PatternSpec& pattern_;
  const std::vector<Ask>& asks_;
  const std::vector<Letter>& events_;
  const std::int64_t end_ms_;
  std::vector<Run> runs_;
  std::vector<Match> matches_;
};

}  // namespace weir::streams::by_definition
