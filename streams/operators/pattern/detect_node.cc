#include "streams/operators/pattern/detect_node.h"

#include <algorithm>

#include "streams/operators/error_guard.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

namespace {

// An event that no run can take and that ends none may be passed without a look at its key's row where nothing depends
// on what stands directly behind a take.
bool may_pass_unseen(const cep::Automaton& automaton) {
  return std::all_of(automaton.places.begin(), automaton.places.end(), [](const cep::Place& place) {
    return place.kills.empty() && std::all_of(place.guards.begin(), place.guards.end(),
                                              [](const cep::Guard& guard) { return guard.until == cep::kNoCondition; });
  });
}

}  // namespace

DetectNode::DetectNode(Detecting detecting, std::shared_ptr<const cep::Automaton> automaton,
                       std::vector<cep::Condition> conditions, const TypeOps* key, const TypeOps& event)
    : detecting_(std::move(detecting)),
      automaton_(std::move(automaton)),
      conditions_(std::move(conditions)),
      event_type_(event),
      key_type_(key),
      may_pass_unseen_(may_pass_unseen(*automaton_)),
      encoder_(key),
      matcher_(*automaton_, conditions_, event_type_, detecting_.limit),
      decoded_key_(key),
      time_(detecting_.idle_timeout_ms) {}

Result<> DetectNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(detecting_.store);
  counters_ = &scope.counters().patterns.of(name());
  time_.watch(scope, *this, [this](std::int64_t wall_ms) { go_on_while_idle(wall_ms); });
  return {};
}

// --- events ---

void DetectNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  if (record.value == nullptr) return scope_->counters().dropped_null_value.add();
  find_due();
  time_.note(record.timestamp_ms);
  if (record.timestamp_ms < settled_ms()) {
    counters_->late.add();
    return scope_->counters().dropped_late.add();
  }
  const EncodedKey key = encoder_(record);
  if (record.timestamp_ms > settled_ms()) hold(record, key);
  go_to(settled_ms());
  // Conditions are the user's: what they throw goes on with the operator's name.
  if (record.timestamp_ms == settled_ms()) guarded(name(), [&] { match_now(record, key); });
}

// It is in order: nothing that comes can stand before it.
void DetectNode::match_now(const Record& record, const EncodedKey& key) {
  matcher_.look_at(record.value, record.timestamp_ms);
  if (may_pass_unseen_ && !matcher_.means_something()) return;
  state::Row* found = store_->find(key.bytes, key.hash);
  const cep::PatternRow* known = found == nullptr ? nullptr : &row_of(found->value());
  if (known != nullptr && !fits(*known)) return;
  if (known == nullptr ? !matcher_.may_begin() : !matcher_.touches(known->matches)) return;

  state::Row& row = found == nullptr ? store_->row(key.bytes, key.hash) : *found;
  cep::PatternRow& pattern = edit(row, record.timestamp_ms);
  key_ = record.key;
  if (auto matched = matcher_.process_seen(pattern.matches, *this); !matched) fail_with(matched.error());
  settle(row, pattern, key.bytes, record.timestamp_ms);
}

void DetectNode::hold(const Record& record, const EncodedKey& key) {
  state::Row& row = store_->row(key.bytes, key.hash);
  if (row.exists() && !fits(row_of(row.value()))) return;
  cep::PatternRow& pattern = edit(row, record.timestamp_ms);
  pattern.hold(cep::OwnedEvent(event_type_, record.value), record.timestamp_ms);
  due_.note(pattern, key.bytes);
}

// --- time ---

// Everything that is due by then, in order of time, then key.
void DetectNode::go_to(std::int64_t time_ms) {
  while (due_.has_until(time_ms)) {
    due_.take(taken_);
    release(taken_, time_ms);
  }
}

void DetectNode::release(const cep::DueList::Due& due, std::int64_t time_ms) {
  const Bytes key(due.second);
  state::Row* row = store_->find(key);
  if (row == nullptr) return;
  const cep::PatternRow& listed = row_of(row->value());
  if (listed.listed_ms != due.first && listed.listed_ms != kForeverMs) return;  // it stands elsewhere by now
  listed.listed_ms = kForeverMs;
  if (listed.due_ms() > time_ms) return due_.note(listed, key);
  if (!fits(listed)) return;
  if (!key_type_->decode(key, decoded_key_.get())) {
    return scope_->fail({ErrorCode::corrupt_data, "store " + detecting_.store + ": a key is no " + key_type_->name});
  }
  key_ = decoded_key_.get();
  // Up to the next thing that happens here, so that all keys go in the order of time.
  const std::int64_t now = std::max(listed.due_ms(), due.first);
  cep::PatternRow& pattern = edit(*row, now);
  release_held(pattern, now);
  if (auto advanced = matcher_.advance(pattern.matches, now, *this); !advanced) fail_with(advanced.error());
  settle(*row, pattern, key, now);
}

bool DetectNode::release_held(cep::PatternRow& row, std::int64_t time_ms) {
  std::size_t ready = 0;
  while (ready < row.held.size() && row.held[ready].timestamp_ms <= time_ms) ++ready;
  for (std::size_t i = 0; i < ready; ++i) {
    if (!is_matched(row, row.held[i].event.get(), row.held[i].timestamp_ms)) break;
  }
  row.held.erase(row.held.begin(), row.held.begin() + static_cast<std::ptrdiff_t>(ready));
  return ready > 0;
}

// A condition that throws: a policy has the record that the task has taken. An event that has waited is another one:
// unless the policy is to fail, it is left out.
bool DetectNode::is_matched(cep::PatternRow& row, const void* event, std::int64_t timestamp_ms) {
  const bool is_left_out = guard() != nullptr && guard()->policy().kind() != ErrorPolicy::Kind::fail;
  std::optional<cep::KeyMatches> before;
  if (is_left_out) before = row.matches;
  try {
    auto matched = guarded(name(), [&] { return matcher_.process(row.matches, event, timestamp_ms, *this); });
    if (!matched) fail_with(matched.error());
    return matched.has_value();
  } catch (const OperatorError&) {
    if (!is_left_out) throw;
    row.matches = std::move(*before);
    scope_->counters().skipped_errors.add();
    return true;
  }
}

void DetectNode::go_on_while_idle(std::int64_t wall_ms) {
  if (!time_.goes_on_while_idle(wall_ms)) return;
  find_due();
  go_to(settled_ms());
}

// Just so far that whatever can be over is.
void DetectNode::close_windows() {
  find_due();
  while (!due_.empty()) {
    const std::int64_t next = due_.earliest_ms();
    time_.go_to(std::min(saturated_sum(next, detecting_.grace_ms), kForeverMs - 1));
    go_to(next);
  }
}

// --- rows ---

void DetectNode::find_due() {
  if (due_as_of_ == store_->rollbacks()) return;
  due_as_of_ = store_->rollbacks();
  due_.clear();
  std::int64_t runs = 0;
  store_->scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    const cep::PatternRow& row = row_of(value);
    row.listed_ms = kForeverMs;
    due_.note(row, key);
    runs += static_cast<std::int64_t>(row.matches.run_count());
    return true;
  });
  counters_->partial_matches.add(static_cast<std::uint64_t>(runs) - counters_->partial_matches.value());
}

cep::PatternRow& DetectNode::edit(state::Row& row, std::int64_t timestamp_ms) {
  cep::PatternRow& pattern = row_of(store_->modify(row, timestamp_ms));
  runs_before_ = pattern.matches.run_count();
  pattern.fingerprint = automaton_->fingerprint;
  pattern.is_checked = true;
  return pattern;
}

// Rows of another pattern are not read as if they were of this one.
bool DetectNode::fits(const cep::PatternRow& row) {
  if (row.is_checked) return true;
  if (row.fingerprint == automaton_->fingerprint && row.matches.fits(*automaton_)) return true;
  scope_->fail({ErrorCode::wrong_state,
                "operator " + name() + ": store " + detecting_.store +
                    " has partial matches of another pattern. Give the new one's store another name to begin anew"});
  return false;
}

// Keys of which nothing matters have no row.
void DetectNode::settle(state::Row& row, const cep::PatternRow& pattern, Bytes key, std::int64_t timestamp_ms) {
  const cep::MatchTally tally = matcher_.take_tally();
  counters_->matches.add(tally.matches);
  counters_->timed_out.add(tally.timed_out);
  counters_->pruned.add(tally.pruned);
  counters_->dropped.add(tally.dropped);
  counters_->partial_matches.add(pattern.matches.run_count() - runs_before_);
  if (pattern.empty()) return store_->erase(row, timestamp_ms);
  due_.note(pattern, key);
}

void DetectNode::fail_with(const Error& error) {
  scope_->fail(error.at("operator " + name()));
}

// --- what comes out ---

void DetectNode::matched(std::span<const cep::TakenEvent> events, std::int64_t at_ms) {
  if (!has_children()) return;
  forward_to(0, {.key = key_, .value = match_of(events, *automaton_), .timestamp_ms = at_ms});
}

void DetectNode::timed_out(std::span<const cep::TakenEvent> events, std::int64_t at_ms) {
  if (child_count() < 2) return;
  const void* match = match_of(events, *automaton_);
  for (std::size_t i = 1; i < child_count(); ++i) forward_to(i, {.key = key_, .value = match, .timestamp_ms = at_ms});
}

}  // namespace weir::streams
