// The two sides of a join of streams.
#pragma once

namespace weir::streams {

enum class JoinSide { left, right };

inline JoinSide other_side(JoinSide side) {
  return side == JoinSide::left ? JoinSide::right : JoinSide::left;
}

// Sides whose records come out without a partner, too: a left join has the left one, an outer join both.
struct OuterSides {
  bool left = false;
  bool right = false;

  bool has(JoinSide side) const { return side == JoinSide::left ? left : right; }
  bool any() const { return left || right; }
};

}  // namespace weir::streams
