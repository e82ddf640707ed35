// Strong<Tag, Rep>: a number that is one thing and no other. Offsets, epochs and ids are all integers on the wire and
// must never be mixed up in the code, so each is a type. Arithmetic exists only where it means something:
// a Strong made with `Steps` knows `value + n`, `value - n` and `value - value`; the others can be compared and
// printed.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace weir {

enum class Arithmetic { none, steps };

template <class Tag, class Rep, Arithmetic kArithmetic = Arithmetic::none>
class Strong {
 public:
  using Value = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

  constexpr Strong& operator++() requires(kArithmetic == Arithmetic::steps) {
    ++value_;
    return *this;
  }
  constexpr Strong& operator+=(Rep steps) requires(kArithmetic == Arithmetic::steps) {
    value_ += steps;
    return *this;
  }
  friend constexpr Strong operator+(Strong a, Rep steps) requires(kArithmetic == Arithmetic::steps) {
    return Strong(static_cast<Rep>(a.value_ + steps));
  }
  friend constexpr Strong operator-(Strong a, Rep steps) requires(kArithmetic == Arithmetic::steps) {
    return Strong(static_cast<Rep>(a.value_ - steps));
  }
  friend constexpr Rep operator-(Strong a, Strong b) requires(kArithmetic == Arithmetic::steps) {
    return static_cast<Rep>(a.value_ - b.value_);
  }
  friend std::string to_string(Strong a) { return std::to_string(a.value_); }
  friend std::ostream& operator<<(std::ostream& out, Strong a) { return out << +a.value_; }

 private:
  Rep value_{};
};

// A yes-or-no argument that says at the call what it is about: `flush(Wait::yes)`.
#define WEIR_FLAG(Name) enum class Name : bool { no = false, yes = true }

}  // namespace weir

template <class Tag, class Rep, weir::Arithmetic kArithmetic>
struct std::hash<weir::Strong<Tag, Rep, kArithmetic>> {
  std::size_t operator()(weir::Strong<Tag, Rep, kArithmetic> a) const noexcept { return std::hash<Rep>{}(a.value()); }
};
