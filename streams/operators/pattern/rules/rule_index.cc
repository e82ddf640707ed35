#include "streams/operators/pattern/rules/rule_index.h"

#include <algorithm>

namespace weir::streams::cep {

namespace {

// The conditions that tell whether an event means something there; false: any event may, if only because it is the one
// behind a take, where what must not come and what ends a greedy one mean more than later.
bool conditions_of(const Place& place, bool is_start, std::vector<ConditionIndex>& into) {
  for (const Way& way : place.ways) {
    if (way.kind == Way::Kind::absence) continue;
    if (way.kind == Way::Kind::next || (way.gap == Gap::strict && !is_start)) return false;
    into.push_back(way.where);
  }
  if (is_start) return true;
  if (!place.kills.empty()) return false;
  for (const Guard& guard : place.guards) {
    if (guard.until != kNoCondition) return false;
    into.push_back(guard.where);
  }
  for (const Stop& stop : place.stops) into.push_back(stop.until);
  return true;
}

}  // namespace

void RuleIndex::add(Slot slot, const CompiledRule& rule, const FieldTable& fields) {
  const std::vector<Place>& places = rule.automaton->places;
  std::vector<ConditionIndex> conditions;
  bool is_indexed = conditions_of(places[Automaton::kStart], true, conditions);
  for (PlaceIndex i = Automaton::kStart + 1; of_ == Of::any_step && i < places.size(); ++i) {
    is_indexed = is_indexed && conditions_of(places[i], false, conditions);
  }
  std::sort(conditions.begin(), conditions.end());
  conditions.erase(std::unique(conditions.begin(), conditions.end()), conditions.end());
  is_indexed = is_indexed && std::all_of(conditions.begin(), conditions.end(), [&](ConditionIndex index) {
                 return index != kNoCondition && rule.conditions[static_cast<std::size_t>(index)].needs != nullptr;
               });
  if (!is_indexed) return always_.push_back(slot);
  for (const ConditionIndex index : conditions) {
    const Equality& needs = *rule.conditions[static_cast<std::size_t>(index)].needs;
    for (const Equality::Value& value : needs.values) add_value(slot, fields.find(needs.field), value);
  }
}

void RuleIndex::add_value(Slot slot, const Field* field, const Equality::Value& value) {
  auto found = std::find_if(fields_.begin(), fields_.end(), [&](const ByField& by) { return by.field == field; });
  if (found == fields_.end()) found = fields_.insert(fields_.end(), ByField{.field = field});
  if (value.kind == TextKind::number) {
    found->numbers[value.number].push_back(slot);
  } else if (value.kind == TextKind::text) {
    found->texts[value.text].push_back(slot);
  } else {
    found->truths[value.number != 0 ? 1 : 0].push_back(slot);
  }
}

void RuleIndex::find(const void* event, std::vector<Slot>& into) const {
  const auto add = [&](const auto& map, const auto& value) {
    if (const auto found = map.find(value); found != map.end()) {
      into.insert(into.end(), found->second.begin(), found->second.end());
    }
  };
  for (const ByField& by : fields_) {
    const TextValue value = read(*by.field, event);
    if (value.kind == TextKind::number) {
      add(by.numbers, value.number);
    } else if (value.kind == TextKind::text) {
      add(by.texts, value.text);
    } else if (value.kind == TextKind::truth) {
      const auto& slots = by.truths[value.number != 0 ? 1 : 0];
      into.insert(into.end(), slots.begin(), slots.end());
    }
  }
}

}  // namespace weir::streams::cep
