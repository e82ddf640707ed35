#include <algorithm>

#include "streams/operators/pattern/automaton.h"

namespace weir::streams::cep {

namespace {

// --- the pattern ---

std::string repetition(const Element& element) {
  const Times& times = element.times;
  std::string text;
  if (!times.to) {
    if (times.from == 1) {
      text = element.is_optional ? "*" : "+";
    } else {
      text = "{" + std::to_string(times.from) + ",}";
    }
  } else if (*times.to != times.from) {
    text = "{" + std::to_string(times.from) + "," + std::to_string(*times.to) + "}";
  } else if (times.from != 1) {
    text = "{" + std::to_string(times.from) + "}";
  }
  if (element.is_optional && text != "*") text += "?";
  return text;
}

std::string attributes(const Element& element) {
  std::string text;
  const auto add = [&](const std::string& word) {
    text += (text.empty() ? "[" : ", ") + word;
  };
  if (element.is_greedy) add("greedy");
  if (!element.times.is_once() && element.inner == Gap::strict) add("consecutive");
  if (!element.times.is_once() && element.inner == Gap::any) add("combinations");
  if (element.until != kNoCondition) add("until");
  if (element.gap_ms) add("within " + std::to_string(*element.gap_ms) + " ms");
  return text.empty() ? text : text + "]";
}

std::string shape(const std::vector<Element>& elements, const char* between);

std::string shape(const Element& element) {
  std::string text;
  switch (element.kind) {
    case Element::Kind::step:
      text = element.name;
      break;
    case Element::Kind::sequence:
      text = "(" + shape(element.parts, nullptr) + ")";
      break;
    case Element::Kind::any_of:
      text = "(" + shape(element.parts, " | ") + ")";
      break;
    case Element::Kind::all_of:
      text = "(" + shape(element.parts, " & ") + ")";
      break;
  }
  return text + repetition(element) + attributes(element);
}

const char* sign(Contiguity contiguity) {
  switch (contiguity) {
    case Contiguity::next:
      return " > ";
    case Contiguity::followed_by:
      return " ~ ";
    case Contiguity::followed_by_any:
      return " ~~ ";
    case Contiguity::not_next:
      return " > !";
    case Contiguity::not_followed_by:
      return " ~ !";
  }
  return "";
}

std::string shape(const std::vector<Element>& elements, const char* between) {
  std::string text;
  for (const Element& element : elements) {
    if (&element != &elements.front()) text += between != nullptr ? between : sign(element.contiguity);
    text += shape(element);
  }
  return text;
}

std::string skip_text(const Skip& skip) {
  switch (skip.to) {
    case SkipTo::none:
      return "";
    case SkipTo::next:
      return ", after a match to the next event";
    case SkipTo::past_last_event:
      return ", after a match past its last event";
    case SkipTo::first:
      return ", after a match to its first " + skip.step;
    case SkipTo::last:
      return ", after a match to its last " + skip.step;
  }
  return "";
}

// --- the automaton ---

std::string condition_text(ConditionIndex index, const PatternSpec& pattern) {
  if (index == kNoCondition) return "any event";
  const std::string& text = pattern.conditions[static_cast<std::size_t>(index)].text;
  return text.empty() ? "condition " + std::to_string(index) : text;
}

std::string place_name(const Automaton& automaton, PlaceIndex index) {
  if (index == Automaton::kStart) return "start";
  return automaton.steps[automaton.places[index].step] + "#" + std::to_string(index);
}

const char* gap_text(Gap gap) {
  switch (gap) {
    case Gap::strict:
      return "next";
    case Gap::relaxed:
      return "first";
    case Gap::any:
      return "any";
  }
  return "";
}

std::string way_text(const Automaton& automaton, PlaceIndex from, const Way& way) {
  if (way.kind == Way::Kind::next) return "any event: the match is complete";
  std::string time = way.gap_ms == Way::kNoGap ? "" : " within " + std::to_string(way.gap_ms) + " ms";
  if (way.kind == Way::Kind::absence) return "the time is over" + time + ": the match is complete";
  const std::string gap = from == Automaton::kStart ? "" : std::string(gap_text(way.gap)) + " ";
  return gap + automaton.steps[way.step] + time;
}

// The numbers of the ways in a mask: "1, 3".
std::string ways_text(WayMask ways) {
  std::string text;
  for (int i = 0; ways != 0; ++i, ways >>= 1) {
    if ((ways & 1) != 0) text += (text.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  return text;
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 6) text.replace(at, 1, "&quot;");
  return text;
}

}  // namespace

std::string shape_of(const PatternSpec& pattern) {
  std::string text = shape(pattern.elements, nullptr);
  if (pattern.within_ms) text += " within " + std::to_string(*pattern.within_ms) + " ms";
  return text + skip_text(pattern.skip);
}

std::string to_text(const Automaton& automaton, const PatternSpec& pattern) {
  std::string text = shape_of(pattern) + "\n";
  for (PlaceIndex i = 0; i < automaton.places.size(); ++i) {
    const Place& place = automaton.places[i];
    text += place_name(automaton, i) + (place.is_match ? " (match)" : "") + "\n";
    int number = 0;
    for (const Way& way : place.ways) {
      text += "  " + std::to_string(++number) + ". " + way_text(automaton, i, way);
      if (way.kind == Way::Kind::take) {
        text += " (" + condition_text(way.where, pattern) + ") -> " + place_name(automaton, way.target);
      }
      text += "\n";
    }
    for (const Kill& kill : place.kills) {
      text += "  not " + std::string(kill.only_next ? "next" : "meanwhile") + ": " +
              condition_text(kill.where, pattern) + " ends " + ways_text(kill.ways) + "\n";
    }
    for (const Guard& guard : place.guards) {
      text += "  greedy: " + condition_text(guard.where, pattern) + " ends " + ways_text(guard.ways) + "\n";
    }
    for (const Stop& stop : place.stops) {
      text += "  until: " + condition_text(stop.until, pattern) + " ends " + ways_text(stop.ways) + "\n";
    }
  }
  return text;
}

std::string to_mermaid(const Automaton& automaton, const PatternSpec& pattern) {
  std::string text = "flowchart LR\n";
  const auto id = [](PlaceIndex index) {
    return "p" + std::to_string(index);
  };
  for (PlaceIndex i = 0; i < automaton.places.size(); ++i) {
    const bool is_match = automaton.places[i].is_match;
    text += "  " + id(i) + (is_match ? "(((\"" : "([\"") + escaped(place_name(automaton, i)) +
            (is_match ? "\")))" : "\"])");
    text += "\n";
  }
  bool has_end = false;
  for (PlaceIndex i = 0; i < automaton.places.size(); ++i) {
    for (const Way& way : automaton.places[i].ways) {
      const bool is_take = way.kind == Way::Kind::take;
      has_end = has_end || !is_take;
      std::string label = way_text(automaton, i, way);
      if (is_take) label += ": " + condition_text(way.where, pattern);
      text += "  " + id(i) + " -- \"" + escaped(label) + "\" --> " + (is_take ? id(way.target) : "matched") + "\n";
    }
  }
  if (has_end) text += "  matched(((\"match\")))\n";
  return text;
}

}  // namespace weir::streams::cep
