// Mutator: makes bytes that are nearly right of bytes that are. What it makes follows from its seed.
#pragma once

#include <cstdint>
#include <random>

#include "log/base/bytes.h"

namespace weir::fuzz {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // A few changes: bits, bytes, numbers that lie at limits, what is cut, doubled, put in, or taken from `other`.
  OwnedBytes mutated(Bytes from, Bytes other);

  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  void change(OwnedBytes& bytes, Bytes other);
  void put_number(OwnedBytes& bytes);
  std::size_t place(const OwnedBytes& bytes) { return below(bytes.size() + 1); }

  std::mt19937_64 random_;
};

}  // namespace weir::fuzz
