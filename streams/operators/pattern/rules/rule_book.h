// RuleBook: the rules that a task works by. They are part of its state: rows of a store of its own, which are committed
// with its positions, and are taken over from the table that every thread follows (rule_table.h) between transactions
// only. So the records of a transaction are judged by what was committed before it, and if it is made again, by the
// same.
//
//   the row of a rule's id = version (1 byte: 1) | number | JSON of the rule
//   the row of no key      = version (1 byte: 1) | next number | 1: it was closed in order | mark of the table
//
// A rule has a new number each time that it begins to look for something else, so that what was kept of it before is
// told apart. No thread but its task's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streams/operators/pattern/rules/rule.h"
#include "streams/operators/pattern/rules/rules_row.h"
#include "streams/state/key_value_store.h"

namespace weir::streams::cep {

class RuleBook {
 public:
  struct Entry {
    std::shared_ptr<const CompiledRule> compiled = {};  // shared with who looks for it
    RuleNumber number = 0;
    std::string text = {};
  };

  // `operator_name` is said in the log. Stores outlive this.
  RuleBook(std::string operator_name, std::shared_ptr<const FieldTable> fields, state::KeyValueStore& own,
           state::KeyValueStore& table)
      : operator_name_(std::move(operator_name)), fields_(std::move(fields)), own_(own), table_(table) {}

  // Reads what was committed, where that is not known or an attempt was taken back. True: it may be other rules now.
  bool refresh();
  // Precondition of all that follows: it is fresh.
  const std::vector<Entry>& entries() const { return entries_; }  // by id
  const FieldTable& fields() const { return *fields_; }
  bool has_begun() const { return has_begun_; }
  bool was_closed() const { return was_closed_; }
  // The table is another one than that which was taken over last.
  bool has_news();
  // Takes over what is in the table.
  void adopt(std::int64_t time_ms);
  // Of the state, for the next run: that nothing is under way.
  void set_closed(bool is_closed, std::int64_t time_ms);

 private:
  void read_all();
  std::string mark_of_table();
  void take_over(const std::string& id, const std::string& text, std::int64_t time_ms, std::vector<Entry>& into);
  void write_head(std::int64_t time_ms);
  void write(Bytes key, const std::string& row, std::int64_t time_ms) { own_.put(own_.row(key), &row, time_ms); }

  const std::string operator_name_;
  const std::shared_ptr<const FieldTable> fields_;
  state::KeyValueStore& own_;
  state::KeyValueStore& table_;
  std::vector<Entry> entries_;
  RuleNumber next_number_ = 1;
  bool has_begun_ = false;
  bool was_closed_ = false;
  std::string mark_;  // of the table, as of the last time
  std::string head_;  // the row of no key, as it is known
  bool is_known_ = false;
  std::uint64_t known_as_of_ = 0;  // the store's rollbacks
};

}  // namespace weir::streams::cep
