// DueList: which keys have something to do next, and when. Kept in memory, made of the rows when it is needed: a key
// stands there once, at the earliest time that is known for it; when that has come its row says what is true by then.
//
// Most keys are noted in the order of their times: those stand in a row of their own, and cost no search; the others in
// a heap. Keys lie in one piece of memory each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/saturate.h"

namespace weir::streams::cep {

class DueList {
 public:
  using Due = std::pair<std::int64_t, OwnedBytes>;  // and the encoded key

  void clear() {
    in_order_.clear();
    keys_.clear();
    first_ = sorted_ = 0;
    others_ = {};
  }
  // `row` (a PatternRow, or what is like one) is that of `key`, and has changed.
  template <class Row>
  void note(const Row& row, Bytes key) {
    const std::int64_t due = row.due_ms();
    if (due >= row.listed_ms) return;  // forever, too: it need not stand there
    row.listed_ms = due;
    if (first_ < in_order_.size() && due < in_order_.back().due_ms) {
      others_.emplace(due, OwnedBytes(key));
      return;
    }
    if (first_ == in_order_.size()) forget_taken();
    in_order_.push_back({due, keys_.size(), static_cast<std::uint32_t>(key.size())});
    keys_.append(key);
  }
  bool has_until(std::int64_t time_ms) const { return !empty() && earliest_ms() <= time_ms; }
  bool empty() const { return first_ == in_order_.size() && others_.empty(); }
  std::int64_t earliest_ms() const {
    const std::int64_t in_order = first_ == in_order_.size() ? kForeverMs : in_order_[first_].due_ms;
    return others_.empty() ? in_order : std::min(in_order, others_.top().first);
  }
  // The earliest; of equal ones by key. Precondition: it is not empty.
  void take(Due& into) {
    sort_first();
    const bool is_in_order = first_ < in_order_.size() &&
                             (others_.empty() || std::pair(in_order_[first_].due_ms, key_of(in_order_[first_])) <
                                                     std::pair(others_.top().first, Bytes(others_.top().second)));
    if (is_in_order) {
      into.first = in_order_[first_].due_ms;
      into.second = key_of(in_order_[first_]);
      if (++first_ > kManyTaken && first_ > in_order_.size() / 2) forget_taken();
      return;
    }
    into = std::move(const_cast<Due&>(others_.top()));  // it goes now
    others_.pop();
  }

 private:
  static constexpr std::size_t kManyTaken = 4'096;

  struct InOrder {
    std::int64_t due_ms;
    std::size_t key_at;
    std::uint32_t key_size;
  };
  struct IsLater {
    bool operator()(const Due& a, const Due& b) const { return a > b; }
  };

  Bytes key_of(const InOrder& one) const { return Bytes(keys_).substr(one.key_at, one.key_size); }

  // Those of the earliest time, of which some may have come since they were put in order.
  void sort_first() {
    if (first_ == in_order_.size()) return;
    const auto is_of_first = [&](std::size_t i) {
      return i < in_order_.size() && in_order_[i].due_ms == in_order_[first_].due_ms;
    };
    if (first_ < sorted_ && !is_of_first(sorted_)) return;
    std::size_t behind = first_;
    while (is_of_first(behind)) ++behind;
    std::sort(in_order_.begin() + static_cast<std::ptrdiff_t>(first_),
              in_order_.begin() + static_cast<std::ptrdiff_t>(behind),
              [&](const InOrder& a, const InOrder& b) { return key_of(a) < key_of(b); });
    sorted_ = behind;
  }
  // The memory of what was taken is used again.
  void forget_taken() {
    in_order_.erase(in_order_.begin(), in_order_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = sorted_ = 0;
    OwnedBytes left;
    for (InOrder& one : in_order_) {
      const Bytes key = key_of(one);
      one.key_at = left.size();
      left.append(key);
    }
    keys_ = std::move(left);
  }

  std::vector<InOrder> in_order_;  // by time, from `first_` on
  std::size_t first_ = 0;
  std::size_t sorted_ = 0;  // up to there also by key
  OwnedBytes keys_;         // of those in order, one behind the other
  std::priority_queue<Due, std::vector<Due>, IsLater> others_;
};

}  // namespace weir::streams::cep
