// The loop of all fuzz tests: bytes that are right, changed a little, handed to a reader, which must take them or
// refuse them, at once, and without asking for much memory.
//
// WEIR_FUZZ_SEED runs one round again, the one that a failure names. WEIR_SOAK runs a hundred times as many.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fuzz/allocation.h"
#include "tests/fuzz/mutation.h"

namespace weir::fuzz {

template <class Item, class BytesOf, class Check>
void mutate(const std::vector<Item>& corpus, std::uint64_t rounds, BytesOf bytes_of, Check check) {
  ASSERT_FALSE(corpus.empty());
  auto round = [&](std::uint64_t seed) {
    Mutator mutator(seed);
    const Item& item = corpus[mutator.below(corpus.size())];
    const OwnedBytes bytes = mutator.mutated(bytes_of(item), bytes_of(corpus[mutator.below(corpus.size())]));
    SCOPED_TRACE("WEIR_FUZZ_SEED=" + std::to_string(seed) + ", bytes " + to_hex(bytes));
    check(item, bytes);
  };
  if (const char* seed = std::getenv("WEIR_FUZZ_SEED")) return round(std::strtoull(seed, nullptr, 10));
  const std::uint64_t last = std::getenv("WEIR_SOAK") != nullptr ? rounds * 100 : rounds;
  for (std::uint64_t seed = 0; seed < last && !testing::Test::HasFailure(); ++seed) round(seed);
}

// The same for plain bytes.
template <class Check>
void mutate(const std::vector<OwnedBytes>& corpus, std::uint64_t rounds, Check check) {
  mutate(
      corpus, rounds, [](const OwnedBytes& bytes) -> const OwnedBytes& { return bytes; },
      [&](const OwnedBytes&, const OwnedBytes& bytes) { check(bytes); });
}

// What reading `size` bytes may ask for: an element can be some hundred bytes larger in memory than on the wire.
inline std::size_t reasonable(std::size_t size) {
  return 64 * 1024 + size * 1024;
}

}  // namespace weir::fuzz
