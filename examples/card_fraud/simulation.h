// Simulation: people who use their cards, and thieves who use some of them. The same seed gives the same transactions.
//
// The labels are what nobody knows in life: which transactions belong to which theft. The topology does not see them.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "examples/card_fraud/card.pb.h"

namespace card_fraud {

enum class Kind { velocity_burst, small_then_large, impossible_travel, card_testing };
inline constexpr std::array kKinds{Kind::velocity_burst, Kind::small_then_large, Kind::impossible_travel,
                                   Kind::card_testing};
const char* name_of(Kind kind);  // "velocity burst", ...

struct Labelled {
  Transaction transaction;
  std::int64_t theft = 0;  // 1, 2, 3, ...; 0: the owner's own
  Kind kind{};             // of the theft
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, std::int64_t transactions);

  const std::vector<Profile>& profiles() const { return profiles_; }

  // The next transaction in order of time. Precondition: !done().
  Labelled next();
  bool done() const { return made_ == wanted_; }

 private:
  struct Later {
    bool operator()(const Labelled& a, const Labelled& b) const {
      return a.transaction.at_ms() > b.transaction.at_ms();
    }
  };

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(uniform() * static_cast<double>(count)); }
  Place near(const Place& place, double degrees);
  Transaction purchase(const Profile& owner);
  void begin_theft();
  void plan(Kind kind, const Profile& victim, std::int64_t after_ms, std::int64_t cents, const Place& place);

  std::mt19937_64 random_;
  std::int64_t wanted_;
  std::int64_t made_ = 0;
  std::int64_t thefts_ = 0;
  std::int64_t now_ms_ = 1'700'000'000'000;
  std::vector<Profile> profiles_;
  std::priority_queue<Labelled, std::vector<Labelled>, Later> planned_;  // what thieves will do
};

}  // namespace card_fraud
