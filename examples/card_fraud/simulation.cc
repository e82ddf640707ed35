#include "examples/card_fraud/simulation.h"

#include <algorithm>

namespace card_fraud {

namespace {

constexpr std::size_t kCards = 50'000;
constexpr double kMeanGapMs = 100;  // between two purchases, of all cards together
constexpr double kTheftsPerPurchase = 0.0005;
constexpr double kHolidays = 0.0005;  // purchases far from home that are honest all the same

}  // namespace

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::velocity_burst:
      return "velocity burst";
    case Kind::small_then_large:
      return "small, then large";
    case Kind::impossible_travel:
      return "impossible travel";
    case Kind::card_testing:
      return "card testing";
  }
  return "";
}

Simulation::Simulation(std::uint64_t seed, std::int64_t transactions) : random_(seed), wanted_(transactions) {
  profiles_.reserve(kCards);
  for (std::size_t i = 0; i < kCards; ++i) {
    Profile& profile = profiles_.emplace_back();
    profile.set_card("card-" + std::to_string(100'000 + i));
    profile.mutable_home()->set_latitude(uniform() * 100 - 40);
    profile.mutable_home()->set_longitude(uniform() * 360 - 180);
    profile.set_usual_cents(1'000 + static_cast<std::int64_t>(uniform() * 9'000));
  }
}

Place Simulation::near(const Place& place, double degrees) {
  Place moved = place;
  moved.set_latitude(place.latitude() + (uniform() - 0.5) * degrees);
  moved.set_longitude(place.longitude() + (uniform() - 0.5) * degrees);
  return moved;
}

Transaction Simulation::purchase(const Profile& owner) {
  Transaction made;
  made.set_card(owner.card());
  made.set_at_ms(now_ms_);
  made.set_cents(200 + static_cast<std::int64_t>(uniform() * uniform() * 4 * static_cast<double>(owner.usual_cents())));
  made.set_merchant("shop-" + std::to_string(pick(5'000)));
  *made.mutable_place() = near(owner.home(), uniform() < kHolidays ? 120 : 0.3);
  return made;
}

void Simulation::plan(Kind kind, const Profile& victim, std::int64_t after_ms, std::int64_t cents, const Place& place) {
  Labelled stolen{purchase(victim), thefts_, kind};
  stolen.transaction.set_at_ms(now_ms_ + after_ms);
  stolen.transaction.set_cents(cents);
  *stolen.transaction.mutable_place() = place;
  planned_.push(std::move(stolen));
}

void Simulation::begin_theft() {
  ++thefts_;
  const Profile& victim = profiles_[pick(profiles_.size())];
  const Kind kind = kKinds[pick(kKinds.size())];
  const Place here = near(victim.home(), 0.3);
  switch (kind) {
    case Kind::velocity_burst:
      for (int i = 0; i < 12; ++i) plan(kind, victim, 4'000 * i, victim.usual_cents(), here);
      break;
    case Kind::small_then_large:
      plan(kind, victim, 0, 100 + static_cast<std::int64_t>(pick(100)), here);
      plan(kind, victim, 60'000 + static_cast<std::int64_t>(pick(240'000)), victim.usual_cents() * 15, here);
      break;
    case Kind::impossible_travel:
      plan(kind, victim, 0, victim.usual_cents(), here);
      plan(kind, victim, 600'000, victim.usual_cents() * 2, near(victim.home(), 160));
      break;
    case Kind::card_testing:
      for (int i = 0; i < 8; ++i) plan(kind, victim, 6'000 * i, 100 + static_cast<std::int64_t>(pick(100)), here);
      break;
  }
}

Labelled Simulation::next() {
  ++made_;
  now_ms_ += static_cast<std::int64_t>(std::exponential_distribution<double>(1 / kMeanGapMs)(random_));
  if (uniform() < kTheftsPerPurchase) begin_theft();
  Labelled made;
  if (!planned_.empty() && planned_.top().transaction.at_ms() <= now_ms_) {
    made = planned_.top();
    planned_.pop();
  } else {
    made.transaction = purchase(profiles_[pick(profiles_.size())]);
  }
  made.transaction.set_id(made_);
  return made;
}

}  // namespace card_fraud
