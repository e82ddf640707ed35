// Simulation: people who use their cards and accounts, and thieves who use some of them. The same seed gives the same
// transactions.
//
// The labels are what nobody knows in life: which transactions belong to which theft. They come of how a transaction
// was made, not of what it looks like, and the topology does not see them. Honest people do what thieves do, too: they
// go from shop to shop, buy a tray of tokens coin by coin, park and then buy a sofa, travel, share a card with somebody
// who is elsewhere, forget passwords, buy new phones, collect money and pass it on, pay late.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "examples/card_fraud/card.pb.h"

namespace card_fraud {

enum class Kind {
  velocity_burst,
  small_then_large,
  impossible_travel,
  card_testing,
  account_takeover,
  mule_account,
  unpaid_order
};
inline constexpr std::array kKinds{Kind::velocity_burst, Kind::small_then_large, Kind::impossible_travel,
                                   Kind::card_testing,   Kind::account_takeover, Kind::mule_account,
                                   Kind::unpaid_order};
const char* name_of(Kind kind);  // "velocity burst", ...

inline constexpr std::int64_t kSecondMs = 1'000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kPayWithinMs = 30 * kMinuteMs;

struct Labelled {
  Transaction transaction;
  std::int64_t theft = 0;  // 1, 2, 3, ...; 0: the owner's own
  Kind kind{};             // of the theft
  int of_theft = 0;        // how many transactions that has in all
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
  // Where an owner is who is not at home.
  struct Trip {
    std::int64_t from_ms = 0;  // at the latest: whoever flies buys nothing
    std::int64_t until_ms = 0;
    Place place;
  };

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(uniform() * static_cast<double>(count)); }
  std::int64_t between(double from, double to) { return static_cast<std::int64_t>(from + uniform() * (to - from)); }
  // Of things that come whenever they like.
  std::int64_t after(double mean_ms) {
    return static_cast<std::int64_t>(std::exponential_distribution<double>(1 / mean_ms)(random_));
  }
  bool chance(double of_one) { return uniform() < of_one; }

  Place near(const Place& place, double degrees);
  Place far_from(const Place& place);
  Transaction something(std::size_t owner, What what, std::int64_t after_ms, std::int64_t cents);
  Transaction purchase(std::size_t owner, std::int64_t after_ms, std::int64_t cents);
  Transaction online(Transaction purchase);
  std::int64_t usual_sum(std::size_t owner);

  Transaction everyday(std::size_t owner);
  void begin_habit(std::size_t owner);
  void travel(std::size_t owner);
  Transaction order(std::size_t owner);
  void collect(std::size_t owner);

  void begin_theft();
  void steal_in_a_burst(std::size_t victim);
  void steal_after_a_trial(std::size_t victim);
  void steal_far_away(std::size_t victim);
  void test_a_card(std::size_t victim);
  void take_over(std::size_t victim);
  void pass_money_on(std::size_t account);
  void leave_unpaid(std::size_t account);

  void plan(Transaction transaction) { planned_.push({std::move(transaction)}); }
  void plan_stolen(std::vector<Transaction> transactions, Kind kind);

  std::mt19937_64 random_;
  std::int64_t wanted_;
  std::int64_t made_ = 0;
  std::int64_t thefts_ = 0;
  std::int64_t orders_ = 0;
  std::int64_t now_ms_ = 1'700'000'000'000;
  std::vector<Profile> profiles_;
  std::map<std::size_t, Trip> trips_;                                    // by owner
  std::priority_queue<Labelled, std::vector<Labelled>, Later> planned_;  // what they will do
};

}  // namespace card_fraud
