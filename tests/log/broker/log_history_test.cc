// Thousands of random histories of a whole log; see log_world.h for what each of them does and is held to.
//
// A failure says its seed. WEIR_HISTORY_SEED=n runs that one alone, WEIR_HISTORIES=n so many instead of the usual.
#include <cstdlib>

#include "tests/log/broker/log_world.h"

namespace weir::log::broker {
namespace {

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(LogHistory, whatever_happens_to_a_log_its_readers_see_what_a_plain_model_says) {
  constexpr std::uint64_t kUsual = 10'000;
  const std::uint64_t first = number_in("WEIR_HISTORY_SEED", 0);
  const std::uint64_t count = std::getenv("WEIR_HISTORY_SEED") != nullptr ? 1 : number_in("WEIR_HISTORIES", kUsual);
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LogWorld world(seed, seed % 2 == 0 ? Flush::before_answer : Flush::at_intervals);
    world.run(60);
  }
}

}  // namespace
}  // namespace weir::log::broker
