// DetectNode: finds a pattern among the events of each key. Events are put in the order of their times before they are
// matched: one waits until the operator's time has passed its own by the grace; of equal times the one that came first
// is first. What comes later than that is left out and counted. With the operator's time, partial matches time out.
//
// What is known of a key is a row of a key-value store (PatternRow); keys of which nothing matters have none. Children:
// the first one is told matches, all others what timed out. Where nothing comes for the idle time-out, by the wall
// clock, the operator's time goes on as that clock does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/pattern/due_list.h"
#include "streams/operators/pattern/matcher.h"
#include "streams/operators/pattern/operator_time.h"
#include "streams/operators/pattern/pattern_row.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

struct PatternCounters;

struct Detecting {
  std::string store = {};
  std::int64_t grace_ms = 0;
  std::optional<std::int64_t> idle_timeout_ms = {};
  cep::RunLimit limit = {};
};

class DetectNode : public Node, private cep::MatchSink {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override { return time_.known_ms(); }
  void restore_event_time(std::int64_t time_ms) override { time_.go_to(time_ms); }

 protected:
  // The automaton is shared by all tasks; it never changes.
  DetectNode(Detecting detecting, std::shared_ptr<const cep::Automaton> automaton,
             std::vector<cep::Condition> conditions, const TypeOps* key, const TypeOps& event);

  // What of a row and a match cannot be done without the type of the events.
  virtual cep::PatternRow& row_of(void* value) = 0;
  virtual const void* match_of(std::span<const cep::TakenEvent> events, const cep::Automaton& automaton) = 0;

 private:
  const cep::PatternRow& row_of(const void* value) { return row_of(const_cast<void*>(value)); }
  void matched(std::span<const cep::TakenEvent> events, std::int64_t at_ms) final;
  void timed_out(std::span<const cep::TakenEvent> events, std::int64_t at_ms) final;

  std::int64_t settled_ms() const { return saturated_difference(time_.now_ms(), detecting_.grace_ms); }
  void find_due();
  void match_now(const Record& record, const EncodedKey& key);
  void hold(const Record& record, const EncodedKey& key);
  void go_to(std::int64_t time_ms);
  void release(const cep::DueList::Due& due, std::int64_t time_ms);
  bool release_held(cep::PatternRow& row, std::int64_t time_ms);
  bool is_matched(cep::PatternRow& row, const void* event, std::int64_t timestamp_ms);
  void go_on_while_idle(std::int64_t wall_ms);
  cep::PatternRow& edit(state::Row& row, std::int64_t timestamp_ms);
  bool fits(const cep::PatternRow& row);
  void settle(state::Row& row, const cep::PatternRow& pattern, Bytes key, std::int64_t timestamp_ms);
  void fail_with(const Error& error);

  const Detecting detecting_;
  const std::shared_ptr<const cep::Automaton> automaton_;
  const std::vector<cep::Condition> conditions_;
  const TypeOps& event_type_;
  const TypeOps* key_type_;
  const bool may_pass_unseen_;  // events that mean nothing
  KeyEncoder encoder_;
  cep::Matcher matcher_;
  ErasedObject decoded_key_;
  TaskScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  PatternCounters* counters_ = nullptr;
  cep::OperatorTime time_;
  std::optional<std::uint64_t> due_as_of_;  // the store's rollbacks when it was listed
  cep::DueList due_;
  cep::DueList::Due taken_;      // used again
  std::size_t runs_before_ = 0;  // of the row that is edited
  const void* key_ = nullptr;    // whose matches come out
};

}  // namespace weir::streams
