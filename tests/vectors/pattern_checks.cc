// Pattern vectors: patterns, events, and every match. The format and its rules are data/CEP.md.
#include <algorithm>
#include <map>
#include <set>

#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/matcher.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/patterns/event.h"
#include "tests/vectors/patterns/language.h"
#include "tests/vectors/patterns/spec.h"

namespace weir::vectors {

namespace {

using namespace streams::cep;
using Found = PatternFindings;
using Ids = Found::Ids;
using ByStep = std::map<std::string, Ids>;

class Collector final : public MatchSink {
 public:
  Collector(const Automaton& automaton, Found& found) : automaton_(automaton), found_(found) {}

  void matched(std::span<const TakenEvent> events, std::int64_t) override {
    found_.matches.push_back(ids(events));
    ByStep& steps = found_.by_step.emplace_back();
    for (const TakenEvent& event : events) steps[automaton_.steps[event.step]].push_back(id(event));
  }
  void timed_out(std::span<const TakenEvent> events, std::int64_t at_ms) override {
    found_.timeouts.emplace(ids(events), at_ms);
  }

 private:
  static std::int64_t id(const TakenEvent& event) { return static_cast<const PatternEvent*>(event.event)->id; }
  static Ids ids(std::span<const TakenEvent> events) {
    Ids all;
    for (const TakenEvent& event : events) all.push_back(id(event));
    return all;
  }

  const Automaton& automaton_;
  Found& found_;
};

std::size_t open_partial_matches(const KeyMatches& key) {
  std::set<Ids> open;
  key.for_each_run([&](const Run& run) {
    Ids ids;
    for (TakeIndex at = run.take; at != kNoTake; at = key.buffer.take(at).before) {
      ids.push_back(key.buffer.event_of(key.buffer.take(at)).position);
    }
    open.insert(ids);
  });
  return open.size();
}

// What is kept is written and read back between the events, as over a restart.
bool restart(const Automaton& automaton, KeyMatches& key) {
  OwnedBytes bytes;
  Writer out(bytes);
  key.encode(out);
  weir::Reader in(bytes);
  KeyMatches read;
  if (!read.decode(streams::type_ops<PatternEvent>(), in) || !in.at_end() || !read.fits(automaton)) return false;
  key = read;
  return true;
}

Found run_engine(const Object& line) {
  Found found;
  const PatternSpec spec = pattern_spec(line);
  const auto automaton = compile(spec);
  if (!automaton) {
    found.error = "pattern";
    return found;
  }
  Matcher matcher(*automaton, spec.conditions, streams::type_ops<PatternEvent>());
  KeyMatches key;
  Collector sink(*automaton, found);
  const auto note = [&](const Result<>& result) {
    if (!result) found.error = "skip";
    return result.has_value();
  };
  for (const auto& json : line.at("events").as_array()) {
    const PatternEvent event = pattern_event(json.as_object());
    if (!note(matcher.process(key, &event, number_of(json.as_object(), "ts"), sink))) return found;
    if (!restart(*automaton, key)) found.error = "restart";
  }
  if (!is_null(line, "end_ms")) note(matcher.advance(key, number_of(line, "end_ms"), sink));
  found.open = open_partial_matches(key);
  return found;
}

Ids ids_of(const boost::json::value& json) {
  Ids ids;
  for (const auto& id : json.as_array()) ids.push_back(number_of(id));
  return ids;
}

std::string spelled(std::vector<Ids> lists) {
  std::sort(lists.begin(), lists.end());
  std::string text;
  for (const Ids& ids : lists) {
    text += "[";
    for (std::int64_t id : ids) text += std::to_string(id) + " ";
    if (!ids.empty()) text.pop_back();
    text += "]";
  }
  return text;
}

Failure compare(const Object& line, Found found, bool knows_open) {
  const std::string error = line.contains("error") ? text_of(line, "error") : "";
  if (found.error != error) return "error '" + found.error + "' instead of '" + error + "'";
  if (line.contains("matches")) {
    std::vector<Ids> expected;
    for (const auto& ids : line.at("matches").as_array()) expected.push_back(ids_of(ids));
    const std::string wanted = spelled(expected);
    const std::string got = spelled(found.matches);
    if (wanted != got) return "matches " + got + " instead of " + wanted;
  }
  if (line.contains("by_step")) {
    std::vector<ByStep> expected;
    for (const auto& match : line.at("by_step").as_array()) {
      ByStep& steps = expected.emplace_back();
      for (const auto& [step, ids] : match.as_object()) steps[std::string(step)] = ids_of(ids);
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.by_step.begin(), found.by_step.end());
    if (expected != found.by_step) return "the matches are right, their events stand at other steps";
  }
  if (line.contains("timeouts")) {
    std::set<std::pair<Ids, std::int64_t>> expected;
    for (const auto& one : line.at("timeouts").as_array()) {
      expected.emplace(ids_of(one.as_object().at("events")), number_of(one.as_object(), "at"));
    }
    if (expected != found.timeouts) return "the time-outs are others: " + std::to_string(found.timeouts.size());
  }
  if (knows_open && line.contains("open") && number_of(line, "open") != static_cast<std::int64_t>(found.open)) {
    return std::to_string(found.open) + " partial matches are open";
  }
  return {};
}

}  // namespace

// By the engine, and as the public language says it, found by an operator. What is open shows in the engine only.
Failure check_pattern(const Object& line) {
  if (auto failure = compare(line, run_engine(line), true)) return failure;
  auto failure = compare(line, found_by_language(line), false);
  if (failure) return "by the language: " + *failure;
  return {};
}

}  // namespace weir::vectors
