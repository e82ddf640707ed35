#include "tests/vectors/patterns/language.h"

#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/vectors/patterns/event.h"
#include "tests/vectors/patterns/spec.h"

namespace weir::vectors {

namespace {

using streams::Match;
using streams::Pattern;
using streams::SoFar;
using Millis = std::chrono::milliseconds;

class SoFarView final : public RunView {
 public:
  explicit SoFarView(const SoFar<PatternEvent>& so_far) : so_far_(so_far) {}

  std::int64_t count(const std::string& step) const override { return static_cast<std::int64_t>(so_far_.count(step)); }
  const PatternEvent* first(const std::string& step) const override { return so_far_.first(step); }
  double sum_of_prices(const std::string& step) const override {
    double sum = 0;
    for (const PatternEvent* event : so_far_.all(step)) sum += event->price;
    return sum;
  }

 private:
  const SoFar<PatternEvent>& so_far_;
};

// Hands `use` the condition in the form that it needs.
template <class Use>
Pattern<PatternEvent> with_condition(const boost::json::value& json, Use use) {
  if (!looks_at_run(json)) {
    return use([json](const PatternEvent& event) { return holds(json, event, nullptr); });
  }
  return use([json](const PatternEvent& event, const SoFar<PatternEvent>& so_far) {
    const SoFarView view(so_far);
    return holds(json, event, &view);
  });
}

Pattern<PatternEvent> sequence_of(const boost::json::array& steps);

Pattern<PatternEvent> repeated(Pattern<PatternEvent> pattern, const Object& step) {
  const auto is = [&](const char* name) {
    return step.contains(name) && step.at(name).as_bool();
  };
  if (!is_null(step, "times")) {
    const Object& times = step.at("times").as_object();
    const int from = static_cast<int>(number_of(times, "from"));
    pattern = is_null(times, "to") ? pattern.times_or_more(from)
                                   : pattern.times(from, static_cast<int>(number_of(times, "to")));
  }
  if (is("optional")) pattern = pattern.optional();
  if (is("greedy")) pattern = pattern.greedy();
  if (!is_null(step, "inner")) {
    pattern = text_of(step, "inner") == "strict" ? pattern.consecutive() : pattern.combinations();
  }
  if (!is_null(step, "gap_ms")) pattern = pattern.step_within(Millis(number_of(step, "gap_ms")));
  if (is_null(step, "until")) return pattern;
  return with_condition(step.at("until"), [&](auto condition) { return pattern.until(condition); });
}

Pattern<PatternEvent> one_of(const Object& step) {
  if (step.contains("group")) return repeated(group(sequence_of(step.at("group").as_array())), step);
  auto pattern = streams::pattern<PatternEvent>(text_of(step, "name"));
  if (!is_null(step, "where")) {
    pattern = with_condition(step.at("where"), [&](auto condition) { return pattern.where(condition); });
  }
  return repeated(pattern, step);
}

Pattern<PatternEvent> sequence_of(const boost::json::array& steps) {
  std::optional<Pattern<PatternEvent>> all;
  for (const auto& json : steps) {
    const Object& step = json.as_object();
    const Pattern<PatternEvent> one = one_of(step);
    const std::string word = text_of(step, "contiguity");
    if (!all) {
      all = one;
    } else if (word == "next") {
      all = all->next(one);
    } else if (word == "followed_by") {
      all = all->followed_by(one);
    } else if (word == "followed_by_any") {
      all = all->followed_by_any(one);
    } else if (word == "not_next") {
      all = all->not_next(one);
    } else {
      all = all->not_followed_by(one);
    }
  }
  return *all;
}

template <class Found>
PatternFindings::Ids ids_of(const Found& match) {
  PatternFindings::Ids ids;
  for (const auto& one : match.events) ids.push_back(one.event.id);
  return ids;
}

streams::Topology topology_of(const Object& line) {
  Pattern<PatternEvent> pattern = sequence_of(line.at("pattern").as_array()).after_match(skip_of(line));
  if (!is_null(line, "within_ms")) pattern = pattern.within(Millis(number_of(line, "within_ms")));
  streams::Builder builder;
  auto found = builder.stream<std::string, PatternEvent>("events").detect(pattern, {.store = "found"});
  found.to("matches");
  found.timed_out().to("timeouts");
  return builder.build();
}

void read(streams::TestDriver& driver, PatternFindings& found) {
  using Matched = Match<PatternEvent>;
  for (const auto& record : driver.output<std::string, Matched>("matches").read_all()) {
    found.matches.push_back(ids_of(record.value));
    auto& steps = found.by_step.emplace_back();
    for (const auto& one : record.value.events) steps[one.step].push_back(one.event.id);
  }
  for (const auto& record : driver.output<std::string, Matched>("timeouts").read_all()) {
    found.timeouts.emplace(ids_of(record.value), record.timestamp_ms);
  }
}

}  // namespace

PatternFindings found_by_language(const Object& line) {
  PatternFindings found;
  try {
    streams::TestDriver driver(topology_of(line));
    auto events = driver.input<std::string, PatternEvent>("events");
    try {
      for (const auto& json : line.at("events").as_array()) {
        events.pipe("key", pattern_event(json.as_object()), number_of(json.as_object(), "ts"));
      }
      // An event of another key moves the time.
      if (!is_null(line, "end_ms")) events.pipe("other", {.id = 0, .name = ""}, number_of(line, "end_ms"));
    } catch (const std::runtime_error& error) {
      found.error = "skip";
    }
    read(driver, found);
  } catch (const streams::TopologyError&) {
    found.error = "pattern";
  }
  return found;
}

}  // namespace weir::vectors
