// RulesNode: finds the patterns of many rules among the events of each key. Which rules there are is a table that
// changes while it runs (rule_table.h); what it works by changes between transactions only (rule_book.h).
//
// An event is looked at for the rules that it may begin a match of (rule_index.h) and for those that have something
// open of its key, and for no others. What is known of a key is one row (rules_row.h); rules with a grace hold events
// back there as DetectNode does. Children: the first one is told matches, all others what timed out; matches of rules
// in shadow mode are counted only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/pattern/due_list.h"
#include "streams/operators/pattern/matcher.h"
#include "streams/operators/pattern/operator_time.h"
#include "streams/operators/pattern/rules/rule_book.h"
#include "streams/operators/pattern/rules/rule_index.h"
#include "streams/operators/pattern/rules/rules_row.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

struct PatternCounters;

struct RulesDetecting {
  std::string store = {};  // of partial matches
  std::string book = {};   // the store of the rules that are worked by
  std::string table = {};  // the global store of rules
  std::optional<std::int64_t> idle_timeout_ms = {};
  cep::RunLimit limit = {};  // of a rule that has none of its own
};

class RulesNode : public Node, private cep::MatchSink {
 public:
  using MakeFields = std::shared_ptr<const cep::FieldTable> (*)();

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override { return time_.known_ms(); }
  void restore_event_time(std::int64_t time_ms) override { time_.go_to(time_ms); }

  bool works_by_news() const override { return true; }
  bool is_replaying() const override { return is_replaying_; }
  bool has_news() override;
  bool take_up(TakeUp when) override;
  void took_up() override;

 protected:
  RulesNode(RulesDetecting detecting, MakeFields make_fields, const TypeOps* key, const TypeOps& event);

  // What of a row and a match cannot be done without the type of the events.
  virtual cep::RulesRow& row_of(void* value) = 0;
  virtual const void* match_of(std::span<const cep::TakenEvent> events, const cep::Automaton& automaton,
                               const cep::Rule& rule) = 0;

 private:
  // A rule that is looked for.
  struct Live {
    std::shared_ptr<const cep::CompiledRule> compiled = {};  // shared with the book
    cep::RuleNumber number = 0;
    std::vector<cep::Condition> conditions = {};  // the matcher's
    std::optional<cep::Matcher> matcher = {};
    PatternCounters* counters = nullptr;
  };
  using Slot = cep::RuleIndex::Slot;
  struct Shared;  // what a condition that several rules have said of the present event

  const cep::RulesRow& row_of(const void* value) { return row_of(const_cast<void*>(value)); }
  void matched(std::span<const cep::TakenEvent> events, std::int64_t at_ms) final;
  void timed_out(std::span<const cep::TakenEvent> events, std::int64_t at_ms) final;

  void begin_turn();
  void work_by_book();
  void add_live(const cep::RuleBook::Entry& entry);
  void share_conditions(std::vector<cep::Condition>& conditions);
  bool left_some(const std::vector<std::unique_ptr<Live>>& before);
  void find_due();
  void drop_what_is_over();
  Live* live_of(cep::RuleNumber number);
  std::int64_t settled_ms(const Live& live) const {
    return saturated_difference(time_.now_ms(), live.compiled->grace_ms);
  }
  const std::string& key_of(const Live& live, const void* event);
  void hold(const Record& record, const EncodedKey& key);
  void find_todo(const void* event, const cep::RulesRow* known);
  void match_now(const Record& record, const EncodedKey& key);
  void go_to(std::int64_t time_ms);
  void release(const cep::DueList::Due& due);
  void release(Live& live, cep::RuleMatches& entry, std::int64_t time_ms);
  void go_on_while_idle(std::int64_t wall_ms);
  cep::RulesRow& edit(state::Row& row, std::int64_t timestamp_ms);
  void settle(state::Row& row, cep::RulesRow& rules, Bytes key, std::int64_t timestamp_ms);
  void count(Live& live, const cep::KeyMatches& matches, std::size_t runs_before);
  void fail_with(const Live& live, const Error& error);

  const RulesDetecting detecting_;
  const MakeFields make_fields_;
  const TypeOps& event_type_;
  const TypeOps* key_type_;
  KeyEncoder encoder_;
  ErasedObject decoded_key_;
  TaskScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  std::optional<cep::RuleBook> book_;
  std::vector<std::unique_ptr<Live>> live_;  // by slot; matchers refer to them
  std::unordered_map<cep::RuleNumber, Slot> slots_;
  cep::RuleIndex begins_{cep::RuleIndex::Of::first_step};
  cep::RuleIndex touches_{cep::RuleIndex::Of::any_step};
  std::vector<bool> is_always_touched_;  // by slot
  std::uint64_t rules_as_of_ = 0;        // how often they were others
  bool is_replaying_ = false;
  bool is_taking_up_ = false;  // other rules than were committed
  std::vector<Slot> with_grace_;
  std::int64_t longest_grace_ms_ = 0;
  std::unordered_map<std::string, std::shared_ptr<Shared>> shared_;  // by text; shared with conditions
  std::uint64_t event_number_ = 0;
  cep::OperatorTime time_;
  std::optional<std::uint64_t> due_as_of_;  // the store's rollbacks when it was listed
  cep::DueList due_;
  cep::DueList::Due taken_;  // used again
  std::vector<Slot> todo_;
  std::vector<Slot> found_;
  std::string rule_key_;
  Live* now_ = nullptr;        // whose matches come out
  const void* key_ = nullptr;  // and of which key
};

}  // namespace weir::streams
