// RuleIndex: which rules an event may mean something to. Most demand of an event that some field has a certain value;
// those are found by that value, whatever their number. The others are asked each time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "streams/operators/pattern/rules/rule.h"

namespace weir::streams::cep {

class RuleIndex {
 public:
  using Slot = std::uint32_t;  // of a rule, chosen by whoever adds it

  // Which events count: those that may begin a match; or whatever may touch one, at any step.
  enum class Of : std::uint8_t { first_step, any_step };

  explicit RuleIndex(Of of = Of::first_step) : of_(of) {}

  void clear() {
    fields_.clear();
    always_.clear();
  }
  // `fields` is the table of the rule's conditions.
  void add(Slot slot, const CompiledRule& rule, const FieldTable& fields);
  // Adds those to which the event may mean something, at least; `always` not among them. Some may be there twice.
  void find(const void* event, std::vector<Slot>& into) const;
  // Those that are asked each time, ascending.
  const std::vector<Slot>& always() const { return always_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct ByField {
    const Field* field;
    std::unordered_map<double, std::vector<Slot>> numbers = {};
    std::unordered_map<std::string, std::vector<Slot>, TextHash, std::equal_to<>> texts = {};
    std::vector<Slot> truths[2] = {};
  };

  void add_value(Slot slot, const Field* field, const Equality::Value& value);

  const Of of_;
  std::vector<ByField> fields_;
  std::vector<Slot> always_;
};

}  // namespace weir::streams::cep
