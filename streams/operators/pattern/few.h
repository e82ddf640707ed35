// Few<T, N>: a vector that has room for N within itself: what is kept of a key is most often that little, and is then
// copied without memory of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weir::streams::cep {

template <class T, std::size_t N>
class Few {
 public:
  Few() = default;
  Few(const Few& other) { append(other.begin(), other.end()); }
  Few(Few&& other) noexcept { take(std::move(other)); }
  Few& operator=(const Few& other) {
    if (this != &other) {
      clear();
      append(other.begin(), other.end());
    }
    return *this;
  }
  Few& operator=(Few&& other) noexcept {
    if (this != &other) {
      forget();
      take(std::move(other));
    }
    return *this;
  }
  ~Few() { forget(); }

  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T& back() { return data()[size_ - 1]; }
  // What it has outside of itself.
  std::size_t heap_bytes() const { return capacity_ > N ? capacity_ * sizeof(T) : 0; }

  void push_back(T value) {
    if (size_ == capacity_) grow(2 * std::size_t{capacity_});
    std::construct_at(data() + size_, std::move(value));
    ++size_;
  }
  void clear() {
    std::destroy(begin(), end());
    size_ = 0;
  }
  template <class IsOver>
  void erase_if(IsOver is_over) {
    T* behind = std::remove_if(begin(), end(), is_over);
    std::destroy(behind, end());
    size_ = static_cast<std::uint32_t>(behind - begin());
  }

 private:
  T* data() { return capacity_ > N ? many_ : std::launder(reinterpret_cast<T*>(room_)); }
  const T* data() const { return capacity_ > N ? many_ : std::launder(reinterpret_cast<const T*>(room_)); }

  void append(const T* from, const T* to) {
    const auto count = static_cast<std::size_t>(to - from);
    if (size_ + count > capacity_) grow(size_ + count);
    std::uninitialized_copy(from, to, end());
    size_ += static_cast<std::uint32_t>(count);
  }
  void grow(std::size_t capacity) {
    T* room = std::allocator<T>().allocate(capacity);
    std::uninitialized_move(begin(), end(), room);
    const std::uint32_t size = size_;
    forget();
    many_ = room;
    size_ = size;
    capacity_ = static_cast<std::uint32_t>(capacity);
  }
  // Precondition: there is nothing here.
  void take(Few&& other) {
    if (other.capacity_ > N) {
      many_ = other.many_;
      capacity_ = std::exchange(other.capacity_, static_cast<std::uint32_t>(N));
      size_ = std::exchange(other.size_, 0);
      return;
    }
    std::uninitialized_move(other.begin(), other.end(), begin());
    size_ = other.size_;
    other.clear();
  }
  void forget() {
    clear();
    if (capacity_ > N) std::allocator<T>().deallocate(many_, capacity_);
    capacity_ = static_cast<std::uint32_t>(N);
  }

  union {
    alignas(T) std::byte room_[N * sizeof(T)];
    T* many_;
  };
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = static_cast<std::uint32_t>(N);
};

}  // namespace weir::streams::cep
