#include "streams/operators/pattern/rules/rule_book.h"

#include <algorithm>
#include <map>

#include "log/base/log_line.h"
#include "streams/operators/pattern/rules/rule_table.h"

namespace weir::streams::cep {

namespace {

constexpr std::uint8_t kBookVersion = 1;
constexpr Bytes kHead = "";

std::string text_of(const state::Row* row) {
  return row == nullptr ? std::string() : *row->value_as<std::string>();
}

std::string row_of_rule(RuleNumber number, const std::string& text) {
  OwnedBytes row;
  Writer out(row);
  out.uint8(kBookVersion);
  out.unsigned_varlong(number);
  out.bytes(text);
  return row;
}

}  // namespace

bool RuleBook::refresh() {
  if (is_known_ && known_as_of_ == own_.rollbacks()) return false;
  const bool is_same = is_known_ && text_of(own_.find(kHead)) == head_;
  known_as_of_ = own_.rollbacks();
  is_known_ = true;
  if (is_same) return false;
  read_all();
  return true;
}

void RuleBook::read_all() {
  entries_.clear();
  head_ = text_of(own_.find(kHead));
  has_begun_ = !head_.empty();
  next_number_ = 1;
  was_closed_ = false;
  mark_.clear();
  Reader in(head_);
  if (has_begun_ && in.uint8() == kBookVersion) {
    next_number_ = in.unsigned_varlong();
    was_closed_ = in.uint8() == 1;
    mark_ = in.bytes(in.remaining());
  }
  own_.scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    if (key == kHead) return true;
    Reader row(*static_cast<const std::string*>(value));
    const std::uint8_t version = row.uint8();
    Entry entry{.number = row.unsigned_varlong()};
    entry.text = row.bytes(row.remaining());
    auto rule = read_rule(entry.text);
    auto compiled = rule ? compile_rule(*std::move(rule), fields_) : tl::unexpected(rule.error());
    if (!row.ok() || version != kBookVersion || !compiled) {
      log_line::warn(
          "operator {}: rule '{}', which was taken over before, is none for this program, and is left out: {}",
          operator_name_, key, compiled ? "its row cannot be read" : compiled.error().detail);
      return true;
    }
    entry.compiled = std::make_shared<const CompiledRule>(*std::move(compiled));
    entries_.push_back(std::move(entry));
    return true;
  });
}

std::string RuleBook::mark_of_table() {
  return text_of(table_.find(kRuleTableMark));
}

bool RuleBook::has_news() {
  const state::Row* row = table_.find(kRuleTableMark);
  return row != nullptr && *row->value_as<std::string>() != mark_;
}

void RuleBook::adopt(std::int64_t time_ms) {
  std::map<std::string, std::string> all;
  table_.scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    if (key != kRuleTableMark) all.emplace(key, *static_cast<const std::string*>(value));
    return true;
  });
  std::vector<OwnedBytes> withdrawn;
  own_.scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void*, std::int64_t) {
    if (key != kHead && !all.contains(std::string(key))) withdrawn.emplace_back(key);
    return true;
  });
  for (const OwnedBytes& id : withdrawn) own_.erase(own_.row(id), time_ms);
  std::vector<Entry> entries;
  for (const auto& [id, text] : all) take_over(id, text, time_ms, entries);
  entries_ = std::move(entries);
  mark_ = mark_of_table();
  has_begun_ = true;
  write_head(time_ms);
}

void RuleBook::take_over(const std::string& id, const std::string& text, std::int64_t time_ms,
                         std::vector<Entry>& into) {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const Entry& one, const std::string& wanted) { return one.compiled->rule.id < wanted; });
  const Entry* known = at != entries_.end() && at->compiled->rule.id == id ? &*at : nullptr;
  if (known != nullptr && known->text == text) return into.push_back(*known);
  auto rule = read_rule(text);
  auto compiled = rule ? compile_rule(*std::move(rule), fields_) : tl::unexpected(rule.error());
  if (!compiled) {  // the table has rules only; another program may have filled it
    log_line::warn("operator {}: rule '{}' is none for this program, and is left out: {}", operator_name_, id,
                   compiled.error().detail);
    if (known != nullptr) into.push_back(*known);
    return;
  }
  Entry entry{.compiled = std::make_shared<const CompiledRule>(*std::move(compiled)), .text = text};
  const bool goes_on = known != nullptr && known->compiled->rule.looks_for_the_same(entry.compiled->rule);
  entry.number = goes_on ? known->number : next_number_++;
  write(id, row_of_rule(entry.number, text), time_ms);
  into.push_back(std::move(entry));
}

void RuleBook::set_closed(bool is_closed, std::int64_t time_ms) {
  was_closed_ = is_closed;
  write_head(time_ms);
}

void RuleBook::write_head(std::int64_t time_ms) {
  OwnedBytes row;
  Writer out(row);
  out.uint8(kBookVersion);
  out.unsigned_varlong(next_number_);
  out.uint8(was_closed_ ? 1 : 0);
  out.bytes(mark_);
  if (row == head_) return;
  head_ = row;
  write(kHead, head_, time_ms);
}

}  // namespace weir::streams::cep
