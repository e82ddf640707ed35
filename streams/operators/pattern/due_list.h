// DueList: which keys have something to do next, and when. Kept in memory, made of the rows when it is needed: a key
// stands there once, at the earliest time that is known for it; when that has come its row says what is true by then.
#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "streams/operators/pattern/pattern_row.h"

namespace weir::streams::cep {

class DueList {
 public:
  using Due = std::pair<std::int64_t, OwnedBytes>;  // and the encoded key

  void clear() { dues_ = {}; }
  // `row` is that of `key`, and has changed.
  void note(const PatternRow& row, Bytes key) {
    const std::int64_t due = row.due_ms();
    if (due >= row.listed_ms) return;  // forever, too: it need not stand there
    row.listed_ms = due;
    dues_.emplace(due, OwnedBytes(key));
  }
  bool has_until(std::int64_t time_ms) const { return !dues_.empty() && dues_.top().first <= time_ms; }
  bool empty() const { return dues_.empty(); }
  std::int64_t earliest_ms() const { return dues_.top().first; }
  // The earliest; of equal ones by key.
  Due take() {
    Due first = dues_.top();
    dues_.pop();
    return first;
  }

 private:
  std::priority_queue<Due, std::vector<Due>, std::greater<>> dues_;
};

}  // namespace weir::streams::cep
