// RulesRow: what a store keeps of one key of a stream on which rules are looked for: of each rule that has something
// open there its matches (PatternRow), told apart by the rule's own key if it has one.
//
//   row   = version (1 byte: 1) | count | entry*
//   entry = number | grace, ms | size | key | size | PatternRow          numbers are varints
//
// A rule's number is a new one each time that it begins to look for something else (rule_book.h): what an earlier one
// left is so told apart, and goes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "streams/operators/pattern/pattern_row.h"

namespace weir::streams::cep {

using RuleNumber = std::uint64_t;

struct RuleMatches {
  RuleNumber rule = 0;
  std::int64_t grace_ms = 0;
  std::string key = {};
  PatternRow row = {};

  // Not kept: what it comes to as bytes, and has of its own in memory, until it is changed.
  mutable OwnedBytes encoded = {};
  mutable std::size_t known_heap_bytes = 0;

  // Nothing happens before the operator's time is that, if no event comes.
  std::int64_t due_ms() const { return saturated_sum(row.due_ms(), grace_ms); }
};

struct RulesRow {
  // By number, then key. Shared by copies of the row, of which there is one for each transaction: what is changed is
  // copied before.
  std::vector<std::shared_ptr<const RuleMatches>> entries = {};

  mutable std::int64_t listed_ms = kForeverMs;  // as PatternRow's
  std::uint64_t checked_as_of = 0;              // the rules of which all entries are known to be

  bool empty() const { return entries.empty(); }
  std::int64_t due_ms() const {
    std::int64_t due = kForeverMs;
    for (const auto& one : entries) due = std::min(due, one->due_ms());
    return due;
  }
  bool has(RuleNumber rule) const {
    const auto at = place_of(rule, {});
    return at != entries.end() && (*at)->rule == rule;
  }
  // Null: there is none.
  const RuleMatches* find(RuleNumber rule, std::string_view key) const {
    const auto at = place_of(rule, key);
    return at != entries.end() && (*at)->rule == rule && (*at)->key == key ? at->get() : nullptr;
  }
  // To be changed; it is made if there is none. It goes with the row.
  RuleMatches& entry(RuleNumber rule, std::string_view key) {
    auto at = entries.begin() + (place_of(rule, key) - entries.begin());
    if (at == entries.end() || (*at)->rule != rule || (*at)->key != key) {
      at = entries.insert(at, std::make_shared<RuleMatches>(RuleMatches{.rule = rule, .key = std::string(key)}));
    }
    return own(*at);
  }
  // One of `entries`, to be changed.
  static RuleMatches& own(std::shared_ptr<const RuleMatches>& entry) {
    if (entry.use_count() > 1) entry = std::make_shared<RuleMatches>(*entry);
    auto& mine = const_cast<RuleMatches&>(*entry);  // made as one that may be changed, and nobody else has it
    mine.encoded.clear();
    return mine;
  }
  void drop_empty() {
    std::erase_if(entries, [](const auto& one) { return one->row.empty(); });
  }

  Bytes encode(OwnedBytes& scratch) const;
  bool decode(const TypeOps& event, Bytes bytes);
  std::size_t heap_bytes() const;

 private:
  std::vector<std::shared_ptr<const RuleMatches>>::const_iterator place_of(RuleNumber rule,
                                                                           std::string_view key) const {
    return std::lower_bound(entries.begin(), entries.end(), rule, [&](const auto& one, RuleNumber wanted) {
      return one->rule != wanted ? one->rule < wanted : one->key < key;
    });
  }
};

}  // namespace weir::streams::cep
