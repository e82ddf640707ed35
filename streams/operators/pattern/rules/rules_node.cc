#include "streams/operators/pattern/rules/rules_node.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "streams/operators/pattern/rules/rule_table.h"

namespace weir::streams {

struct RulesNode::Shared {
  std::uint64_t event = 0;
  bool holds = false;
};

RulesNode::RulesNode(RulesDetecting detecting, MakeFields make_fields, const TypeOps* key, const TypeOps& event)
    : detecting_(std::move(detecting)),
      make_fields_(make_fields),
      event_type_(event),
      key_type_(key),
      encoder_(key),
      decoded_key_(key),
      time_(detecting_.idle_timeout_ms) {}

Result<> RulesNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(detecting_.store);
  auto& table = static_cast<state::KeyValueStore&>(*scope.global_store(detecting_.table));
  book_.emplace(name(), make_fields_(), scope.key_value_store(detecting_.book), table);
  time_.watch(scope, *this, [this](std::int64_t wall_ms) { go_on_while_idle(wall_ms); });
  return {};
}

// --- which rules there are ---

bool RulesNode::has_news() {
  begin_turn();
  return book_->has_news();
}

// After a run that did not end in order records come again that were judged already: by what was committed, as then.
bool RulesNode::take_up(TakeUp when) {
  begin_turn();
  const std::int64_t now_ms = std::max<std::int64_t>(0, time_.now_ms());
  const bool is_start = when == TakeUp::at_start;
  if (is_start) is_replaying_ = book_->has_begun() && !book_->was_closed();
  if (when == TakeUp::when_replayed) is_replaying_ = false;
  if (is_replaying_ || when == TakeUp::when_replayed) return false;
  const bool adopts = is_start || book_->has_news();
  if (adopts) {
    book_->adopt(now_ms);
    work_by_book();
  }
  if (when == TakeUp::at_commit) return adopts;
  const bool is_closed = when == TakeUp::at_end;
  const bool changes = book_->was_closed() != is_closed;
  book_->set_closed(is_closed, now_ms);
  return adopts || changes;
}

// Versions are told when they are committed.
void RulesNode::took_up() {
  if (!std::exchange(is_taking_up_, false)) return;
  std::map<std::string, std::uint64_t> versions;
  for (const auto& entry : book_->entries()) {
    versions[name() + "/" + entry.compiled->rule.id] = static_cast<std::uint64_t>(entry.compiled->rule.version);
  }
  for (const auto& [rule, version] : versions) scope_->counters().patterns.of(rule);
  scope_->counters().patterns.for_each([&](const std::string& rule, PatternCounters& of) {
    if (!rule.starts_with(name() + "/")) return;
    const auto found = versions.find(rule);
    of.version.add((found == versions.end() ? 0 : found->second) - of.version.value());
  });
}

// Before anything is done: what is in memory is what the stores say.
void RulesNode::begin_turn() {
  if (book_->refresh()) work_by_book();
}

void RulesNode::work_by_book() {
  is_taking_up_ = true;
  ++rules_as_of_;
  const std::vector<std::unique_ptr<Live>> before = std::exchange(live_, {});
  slots_.clear();
  with_grace_.clear();
  begins_.clear();
  touches_.clear();
  shared_.clear();
  longest_grace_ms_ = 0;
  for (const auto& entry : book_->entries()) {
    if (entry.compiled->rule.is_enabled) add_live(entry);
  }
  is_always_touched_.assign(live_.size(), false);
  for (const Slot slot : touches_.always()) is_always_touched_[slot] = true;
  if (left_some(before)) drop_what_is_over();
}

void RulesNode::add_live(const cep::RuleBook::Entry& entry) {
  const auto slot = static_cast<Slot>(live_.size());
  const cep::CompiledRule& compiled = *entry.compiled;
  auto live = std::make_unique<Live>();
  live->compiled = entry.compiled;
  live->number = entry.number;
  live->conditions = compiled.conditions;
  share_conditions(live->conditions);
  cep::RunLimit limit = detecting_.limit;
  if (compiled.rule.max_partial_matches) limit.max_runs = static_cast<std::size_t>(*compiled.rule.max_partial_matches);
  live->matcher.emplace(*compiled.automaton, live->conditions, event_type_, limit);
  live->counters = &scope_->counters().patterns.of(name() + "/" + compiled.rule.id);
  begins_.add(slot, compiled, book_->fields());
  touches_.add(slot, compiled, book_->fields());
  if (compiled.grace_ms > 0) with_grace_.push_back(slot);
  longest_grace_ms_ = std::max(longest_grace_ms_, compiled.grace_ms);
  slots_[entry.number] = slot;
  live_.push_back(std::move(live));
}

// Whether those that are not looked for any more may have left something; what they had open is over.
bool RulesNode::left_some(const std::vector<std::unique_ptr<Live>>& before) {
  bool has_some = false;
  for (const auto& live : before) {
    if (slots_.contains(live->number)) continue;
    Counter& partial = live->counters->partial_matches;
    has_some = has_some || partial.value() > 0 || live->compiled->grace_ms > 0 || !due_as_of_;
    live->counters->pruned.add(partial.value());
    partial.add(0 - partial.value());
  }
  return has_some;
}

// What several rules ask of an event is asked once.
void RulesNode::share_conditions(std::vector<cep::Condition>& conditions) {
  for (cep::Condition& condition : conditions) {
    if (!condition.of_event || condition.text.empty()) continue;
    auto& shared = shared_[condition.text];
    if (shared == nullptr) shared = std::make_shared<Shared>();
    condition.of_event = [this, shared, ask = std::move(condition.of_event)](const void* event) {
      if (shared->event != event_number_) *shared = {event_number_, ask(event)};
      return shared->holds;
    };
  }
}

RulesNode::Live* RulesNode::live_of(cep::RuleNumber number) {
  const auto found = slots_.find(number);
  return found == slots_.end() ? nullptr : live_[found->second].get();
}

// Partial matches of rules that are not looked for any more, or for something else.
void RulesNode::drop_what_is_over() {
  std::vector<OwnedBytes> keys;
  store_->scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    const cep::RulesRow& row = row_of(value);
    const bool has_some = std::any_of(row.entries.begin(), row.entries.end(),
                                      [&](const auto& one) { return live_of(one->rule) == nullptr; });
    if (has_some) keys.emplace_back(key);
    return true;
  });
  for (const OwnedBytes& key : keys) {
    state::Row& row = *store_->find(key);
    cep::RulesRow& rules = edit(row, row.timestamp_ms());
    if (rules.empty()) store_->erase(row, row.timestamp_ms());
  }
  due_as_of_.reset();  // listed anew, and counted
}

// --- events ---

void RulesNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  if (record.value == nullptr) return scope_->counters().dropped_null_value.add();
  begin_turn();
  find_due();
  time_.note(record.timestamp_ms);
  if (record.timestamp_ms < saturated_difference(time_.now_ms(), longest_grace_ms_)) {
    scope_->counters().dropped_late.add();
  }
  const EncodedKey key = encoder_(record);
  ++event_number_;
  if (!with_grace_.empty()) hold(record, key);
  go_to(time_.now_ms());
  ++event_number_;  // others may have been looked at
  match_now(record, key);
}

// A rule with several fields as its key has them one behind the other, each behind its length.
const std::string& RulesNode::key_of(const Live& live, const void* event) {
  rule_key_.clear();
  for (const cep::Field* field : live.compiled->key) {
    const cep::TextValue value = cep::read(*field, event);
    char number[32];
    std::string_view text = value.text;
    if (value.kind == cep::TextKind::number || value.kind == cep::TextKind::truth) {
      text = {number,
              static_cast<std::size_t>(std::to_chars(number, number + sizeof number, value.number).ptr - number)};
    }
    rule_key_ += static_cast<char>('0' + static_cast<int>(value.kind));
    rule_key_ += std::to_string(text.size());
    rule_key_ += ':';
    rule_key_ += text;
  }
  return rule_key_;
}

// For rules that wait until what may stand before it has come.
void RulesNode::hold(const Record& record, const EncodedKey& key) {
  cep::OwnedEvent event;
  cep::RulesRow* rules = nullptr;
  state::Row* row = nullptr;
  for (const Slot slot : with_grace_) {
    Live& live = *live_[slot];
    if (record.timestamp_ms <= settled_ms(live)) continue;
    live.matcher->look_at(record.value, record.timestamp_ms);
    if (!live.matcher->means_something()) continue;
    if (rules == nullptr) {
      row = &store_->row(key.bytes, key.hash);
      rules = &edit(*row, record.timestamp_ms);
      event = cep::OwnedEvent(event_type_, record.value);
    }
    cep::RuleMatches& entry = rules->entry(live.number, key_of(live, record.value));
    entry.grace_ms = live.compiled->grace_ms;
    entry.row.fingerprint = live.compiled->automaton->fingerprint;
    entry.row.hold(event, record.timestamp_ms);
  }
  if (rules != nullptr) due_.note(*rules, key.bytes);
}

// Rules that may begin with the event, and those that have something open of its key which it may touch; ascending.
void RulesNode::find_todo(const void* event, const cep::RulesRow* known) {
  todo_ = begins_.always();
  begins_.find(event, todo_);
  if (known != nullptr && !known->empty()) {
    found_.clear();
    touches_.find(event, found_);
    for (const Slot slot : found_) {
      if (known->has(live_[slot]->number)) todo_.push_back(slot);
    }
    for (const auto& one : known->entries) {
      if (touches_.always().empty()) break;
      const auto slot = slots_.find(one->rule);
      if (slot != slots_.end() && is_always_touched_[slot->second]) todo_.push_back(slot->second);
    }
  }
  if (todo_.size() == begins_.always().size()) return;
  std::sort(todo_.begin(), todo_.end());
  todo_.erase(std::unique(todo_.begin(), todo_.end()), todo_.end());
}

void RulesNode::match_now(const Record& record, const EncodedKey& key) {
  state::Row* found = store_->find(key.bytes, key.hash);
  const cep::RulesRow* known = found == nullptr ? nullptr : &row_of(found->value());
  find_todo(record.value, known);
  if (todo_.empty()) return;
  cep::RulesRow* rules = nullptr;
  state::Row* row = found;
  if (known != nullptr && known->checked_as_of != rules_as_of_) rules = &edit(*row, record.timestamp_ms);
  for (const Slot slot : todo_) {
    Live& live = *live_[slot];
    const std::int64_t settled = settled_ms(live);
    if (record.timestamp_ms > settled) continue;  // it is held
    if (record.timestamp_ms < settled) {
      live.counters->late.add();
      continue;
    }
    const std::string& rule_key = key_of(live, record.value);
    const cep::RulesRow* now = rules != nullptr ? rules : known;
    const cep::RuleMatches* open = now == nullptr ? nullptr : now->find(live.number, rule_key);
    live.matcher->look_at(record.value, record.timestamp_ms);
    if (open == nullptr ? !live.matcher->may_begin() : !live.matcher->touches(open->row.matches)) continue;
    if (rules == nullptr) {
      if (row == nullptr) row = &store_->row(key.bytes, key.hash);
      rules = &edit(*row, record.timestamp_ms);
    }
    cep::RuleMatches& entry = rules->entry(live.number, rule_key);
    entry.grace_ms = live.compiled->grace_ms;
    entry.row.fingerprint = live.compiled->automaton->fingerprint;
    entry.row.is_checked = true;
    const std::size_t runs_before = entry.row.matches.run_count();
    now_ = &live;
    key_ = record.key;
    auto done = live.matcher->process_seen(entry.row.matches, *this);
    if (!done) fail_with(live, done.error());
    count(live, entry.row.matches, runs_before);
  }
  if (rules != nullptr) settle(*row, *rules, key.bytes, record.timestamp_ms);
}

// --- time ---

// Everything that is due by then, in order of time, then key.
void RulesNode::go_to(std::int64_t time_ms) {
  while (due_.has_until(time_ms)) {
    due_.take(taken_);
    release(taken_);
  }
}

void RulesNode::release(const cep::DueList::Due& due) {
  const Bytes key(due.second);
  state::Row* row = store_->find(key);
  if (row == nullptr) return;
  const cep::RulesRow& listed = row_of(row->value());
  if (listed.listed_ms != due.first && listed.listed_ms != kForeverMs) return;  // it stands elsewhere by now
  listed.listed_ms = kForeverMs;
  if (listed.due_ms() > due.first) return due_.note(listed, key);
  if (!key_type_->decode(key, decoded_key_.get())) {
    return scope_->fail({ErrorCode::corrupt_data, "store " + detecting_.store + ": a key is no " + key_type_->name});
  }
  key_ = decoded_key_.get();
  const std::int64_t now_ms = due.first;
  cep::RulesRow& rules = edit(*row, now_ms);
  for (auto& entry : rules.entries) {
    if (entry->due_ms() > now_ms) continue;
    release(*live_of(entry->rule), cep::RulesRow::own(entry), saturated_difference(now_ms, entry->grace_ms));
  }
  settle(*row, rules, key, now_ms);
}

// `time_ms`: the rule's.
void RulesNode::release(Live& live, cep::RuleMatches& entry, std::int64_t time_ms) {
  now_ = &live;
  const std::size_t runs_before = entry.row.matches.run_count();
  std::vector<cep::PatternRow::Held>& held = entry.row.held;
  std::size_t ready = 0;
  Result<> done;
  for (; done && ready < held.size() && held[ready].timestamp_ms <= time_ms; ++ready) {
    ++event_number_;
    done = live.matcher->process(entry.row.matches, held[ready].event.get(), held[ready].timestamp_ms, *this);
  }
  held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(ready));
  if (done) done = live.matcher->advance(entry.row.matches, time_ms, *this);
  if (!done) fail_with(live, done.error());
  count(live, entry.row.matches, runs_before);
}

void RulesNode::go_on_while_idle(std::int64_t wall_ms) {
  begin_turn();
  if (!time_.goes_on_while_idle(wall_ms)) return;
  find_due();
  go_to(time_.now_ms());
}

// Just so far that whatever can be over is.
void RulesNode::close_windows() {
  begin_turn();
  find_due();
  while (!due_.empty()) {
    time_.go_to(std::min(due_.earliest_ms(), kForeverMs - 1));
    go_to(due_.earliest_ms());
  }
}

// --- rows ---

void RulesNode::find_due() {
  if (due_as_of_ == store_->rollbacks()) return;
  due_as_of_ = store_->rollbacks();
  due_.clear();
  std::vector<std::uint64_t> runs(live_.size());
  store_->scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    const cep::RulesRow& row = row_of(value);
    row.listed_ms = kForeverMs;
    due_.note(row, key);
    for (const auto& one : row.entries) {
      const auto slot = slots_.find(one->rule);
      if (slot != slots_.end()) runs[slot->second] += one->row.matches.run_count();
    }
    return true;
  });
  for (std::size_t i = 0; i < live_.size(); ++i) {
    Counter& partial = live_[i]->counters->partial_matches;
    partial.add(runs[i] - partial.value());
  }
}

// Without what was left by rules that are not looked for any more, or that another program has compiled otherwise.
cep::RulesRow& RulesNode::edit(state::Row& row, std::int64_t timestamp_ms) {
  cep::RulesRow& rules = row_of(store_->modify(row, timestamp_ms));
  if (rules.checked_as_of == rules_as_of_) return rules;
  std::erase_if(rules.entries, [&](const auto& one) {
    const Live* live = live_of(one->rule);
    return live == nullptr || one->row.fingerprint != live->compiled->automaton->fingerprint ||
           !one->row.matches.fits(*live->compiled->automaton);
  });
  rules.checked_as_of = rules_as_of_;
  return rules;
}

// Keys of which nothing matters have no row.
void RulesNode::settle(state::Row& row, cep::RulesRow& rules, Bytes key, std::int64_t timestamp_ms) {
  rules.drop_empty();
  if (rules.empty()) return store_->erase(row, timestamp_ms);
  due_.note(rules, key);
}

void RulesNode::count(Live& live, const cep::KeyMatches& matches, std::size_t runs_before) {
  const cep::MatchTally tally = live.matcher->take_tally();
  live.counters->matches.add(tally.matches);
  live.counters->timed_out.add(tally.timed_out);
  live.counters->pruned.add(tally.pruned);
  live.counters->dropped.add(tally.dropped);
  live.counters->partial_matches.add(matches.run_count() - runs_before);
}

void RulesNode::fail_with(const Live& live, const Error& error) {
  scope_->fail(error.at("operator " + name() + ", rule '" + live.compiled->rule.id + "'"));
}

// --- what comes out ---

void RulesNode::matched(std::span<const cep::TakenEvent> events, std::int64_t at_ms) {
  const cep::Rule& rule = now_->compiled->rule;
  if (rule.is_shadow || !has_children()) return;
  forward_to(0, {.key = key_, .value = match_of(events, *now_->compiled->automaton, rule), .timestamp_ms = at_ms});
}

void RulesNode::timed_out(std::span<const cep::TakenEvent> events, std::int64_t at_ms) {
  const cep::Rule& rule = now_->compiled->rule;
  if (rule.is_shadow || child_count() < 2) return;
  const void* match = match_of(events, *now_->compiled->automaton, rule);
  for (std::size_t i = 1; i < child_count(); ++i) forward_to(i, {.key = key_, .value = match, .timestamp_ms = at_ms});
}

}  // namespace weir::streams
