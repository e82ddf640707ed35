// RowList: the rows of one key. Most keys have one or two, which need no memory but the list's own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

#include "streams/state/pages.h"
#include "streams/state/row.h"

namespace weir::streams::state {

class RowList {
 public:
  RowList() = default;
  RowList(RowList&& other) noexcept { take(other); }
  RowList& operator=(RowList&&) = delete;
  ~RowList() {
    if (is_on_heap()) delete[] rows_;
  }

  Row** begin() { return rows(); }
  Row** end() { return rows() + size_; }
  Row* const* begin() const { return rows(); }
  Row* const* end() const { return rows() + size_; }
  std::reverse_iterator<Row**> rbegin() { return std::reverse_iterator(end()); }
  std::reverse_iterator<Row**> rend() { return std::reverse_iterator(begin()); }
  std::reverse_iterator<Row* const*> rbegin() const { return std::reverse_iterator(end()); }
  std::reverse_iterator<Row* const*> rend() const { return std::reverse_iterator(begin()); }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  Row* operator[](std::size_t index) const { return begin()[index]; }
  Row* front() const { return *begin(); }
  Row* back() const { return end()[-1]; }

  void insert(Row** place, Row* row) {
    const std::ptrdiff_t index = place - begin();
    if (size_ == capacity_) grow();
    Row** at = begin() + index;
    std::copy_backward(at, end(), end() + 1);
    *at = row;
    ++size_;
  }
  void erase(Row** first, Row** last) {
    std::copy(last, end(), first);
    size_ -= static_cast<std::uint32_t>(last - first);
  }

  // Beside the list itself.
  std::size_t heap_bytes() const { return is_on_heap() ? heap_block(capacity_ * sizeof(Row*)) : 0; }

 private:
  static constexpr std::uint32_t kInline = 2;

  bool is_on_heap() const { return capacity_ > kInline; }
  Row** rows() { return is_on_heap() ? rows_ : inline_; }
  Row* const* rows() const { return is_on_heap() ? rows_ : inline_; }

  void grow() {
    Row** larger = new Row*[std::size_t{capacity_} * 2];
    std::copy(begin(), end(), larger);
    if (is_on_heap()) delete[] rows_;
    rows_ = larger;
    capacity_ *= 2;
  }
  void take(RowList& other) {
    size_ = other.size_;
    capacity_ = other.capacity_;
    if (other.is_on_heap()) {
      rows_ = other.rows_;
    } else {
      std::copy(other.begin(), other.end(), inline_);
    }
    other.size_ = 0;
    other.capacity_ = kInline;
  }

  union {
    Row* inline_[kInline];
    Row** rows_;
  };
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = kInline;
};

}  // namespace weir::streams::state
