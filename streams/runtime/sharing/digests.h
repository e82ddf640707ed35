// Numbers by which instances see whether they mean the same: of a topology as far as its tasks can be shared, and of a
// plan, with the topics that are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "streams/runtime/plan.h"

namespace weir::streams {

// What each stage reads, keeps and hands on to others. Operators may differ: a task is the same wherever it runs if its
// inputs, its stores and their changelogs are.
std::uint64_t shape_of(const Topology& topology);

std::uint64_t digest_of(const Plan& plan);

// FNV-1a, 64 bits, of text pieces that cannot run into each other.
class Digest {
 public:
  Digest& add(std::string_view text);
  Digest& add(std::int64_t number) { return add(std::to_string(number)); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace weir::streams
