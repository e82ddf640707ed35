#include "examples/card_fraud/simulation.h"

#include <algorithm>
#include <cmath>

namespace card_fraud {

namespace {

constexpr std::size_t kCards = 50'000;
constexpr std::size_t kMerchants = 5'000;
constexpr double kMeanGapMs = 1'000;  // between two things that happen, of all cards together
// Of what happens, so much begins a theft, or something that may look like one.
constexpr double kThefts = 0.0007;
constexpr double kHabits = 0.003;

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
    case Kind::account_takeover:
      return "account takeover";
    case Kind::mule_account:
      return "mule account";
    case Kind::unpaid_order:
      return "unpaid order";
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
    profile.set_usual_cents(between(1'000, 10'000));
    profile.set_device(static_cast<std::int64_t>(i));
  }
}

// --- what there is to do ---

Place Simulation::near(const Place& place, double degrees) {
  Place moved = place;
  moved.set_latitude(place.latitude() + (uniform() - 0.5) * degrees);
  moved.set_longitude(place.longitude() + (uniform() - 0.5) * degrees);
  return moved;
}

Place Simulation::far_from(const Place& place) {
  Place moved = place;
  moved.set_latitude(place.latitude() + (chance(0.5) ? 1 : -1) * (8 + uniform() * 30));
  moved.set_longitude(place.longitude() + (uniform() - 0.5) * 120);
  return moved;
}

std::int64_t Simulation::usual_sum(std::size_t owner) {
  return 200 +
         static_cast<std::int64_t>(uniform() * uniform() * 4 * static_cast<double>(profiles_[owner].usual_cents()));
}

Transaction Simulation::something(std::size_t owner, What what, std::int64_t after_ms, std::int64_t cents) {
  Transaction made;
  made.set_card(profiles_[owner].card());
  made.set_what(what);
  made.set_at_ms(now_ms_ + after_ms);
  made.set_cents(cents);
  if (what == LOGIN || what == LOGIN_FAILED) made.set_device(profiles_[owner].device());
  return made;
}

// Where the owner is.
Transaction Simulation::purchase(std::size_t owner, std::int64_t after_ms, std::int64_t cents) {
  Transaction made = something(owner, PURCHASE, after_ms, cents);
  made.set_merchant(static_cast<std::int64_t>(pick(kMerchants)));
  const auto trip = trips_.find(owner);
  const bool is_away =
      trip != trips_.end() && made.at_ms() >= trip->second.from_ms && made.at_ms() < trip->second.until_ms;
  *made.mutable_place() = near(is_away ? trip->second.place : profiles_[owner].home(), 0.3);
  return made;
}

Transaction Simulation::online(Transaction purchase) {
  purchase.set_is_online(true);
  purchase.clear_place();
  return purchase;
}

// --- what owners do ---

Transaction Simulation::everyday(std::size_t owner) {
  const double dice = uniform();
  if (dice < 0.55) return purchase(owner, 0, usual_sum(owner));
  if (dice < 0.58) return purchase(owner, 0, between(80, 300));  // a coffee
  if (dice < 0.76) return online(purchase(owner, 0, usual_sum(owner)));
  if (dice < 0.78) return online(purchase(owner, 0, between(80, 300)));  // a song
  if (dice < 0.785) return purchase(owner, 0, profiles_[owner].usual_cents() * between(6, 15));
  if (dice < 0.88) return something(owner, LOGIN, 0, 0);
  if (dice < 0.89) return something(owner, LOGIN_FAILED, 0, 0);
  if (dice < 0.93) return something(owner, TRANSFER_IN, 0, usual_sum(owner) * 5);
  if (dice < 0.97) return something(owner, TRANSFER_OUT, 0, usual_sum(owner) * 5);
  return order(owner);
}

// Most pay at once, some as late as they may, a few later, and some want it no more.
Transaction Simulation::order(std::size_t owner) {
  Transaction made = something(owner, ORDER, 0, usual_sum(owner));
  made.set_order(++orders_);
  const double dice = uniform();
  std::int64_t delay_ms = std::min(kSecondMs + after(2.0 * kMinuteMs), 25 * kMinuteMs);
  if (dice > 0.9) delay_ms = between(10.0 * kMinuteMs, 29.5 * kMinuteMs);
  if (dice > 0.9997) delay_ms = between(30.5 * kMinuteMs, 50.0 * kMinuteMs);
  Transaction then = made;
  then.set_what(dice < 0.03 ? CANCELLED : PAYMENT);
  then.set_at_ms(made.at_ms() + delay_ms);
  plan(std::move(then));
  return made;
}

// What may look like theft, and is none.
void Simulation::begin_habit(std::size_t owner) {
  const double dice = uniform();
  std::int64_t at_ms = 0;
  if (dice < 0.25) {  // from shop to shop
    for (std::int64_t left = between(3, 11); left > 0; --left) {
      plan(purchase(owner, at_ms, usual_sum(owner)));
      at_ms += 8 * kSecondMs + after(60.0 * kSecondMs);
    }
  } else if (dice < 0.35) {  // tokens at a fair, one by one
    const auto stall = static_cast<std::int64_t>(pick(kMerchants));
    for (std::int64_t left = between(4, 14); left > 0; --left) {
      Transaction token = purchase(owner, at_ms, between(100, 200));
      token.set_merchant(stall);
      plan(std::move(token));
      at_ms += between(2 * kSecondMs, 9 * kSecondMs);
    }
  } else if (dice < 0.55) {  // parking, by the machine or by telephone, and then a sofa
    Transaction parking = purchase(owner, 0, between(100, 200));
    plan(chance(0.1) ? online(std::move(parking)) : std::move(parking));
    plan(purchase(owner, between(5 * kMinuteMs, 70 * kMinuteMs), profiles_[owner].usual_cents() * between(5, 15)));
  } else if (dice < 0.65) {  // a child buys songs
    for (std::int64_t left = between(3, 7); left > 0; --left) {
      Transaction song = online(purchase(owner, at_ms, between(80, 200)));
      if (chance(0.6)) song.set_merchant(7);
      plan(std::move(song));
      at_ms += 10 * kSecondMs + after(30.0 * kSecondMs);
    }
  } else if (dice < 0.85) {
    travel(owner);
  } else if (dice < 0.94) {  // a password that was forgotten, now and then because of a new phone
    for (std::int64_t left = between(2, 6); left > 0; --left) {
      plan(something(owner, LOGIN_FAILED, at_ms, 0));
      at_ms += between(3 * kSecondMs, 20 * kSecondMs);
    }
    Transaction login = something(owner, LOGIN, at_ms + kMinuteMs, 0);
    if (chance(0.1)) login.set_device(static_cast<std::int64_t>(kCards + pick(1'000'000)));
    plan(std::move(login));
    plan(something(owner, PASSWORD_CHANGED, at_ms + 2 * kMinuteMs, 0));
    if (chance(0.3)) plan(something(owner, TRANSFER_OUT, at_ms + after(30.0 * kMinuteMs), usual_sum(owner)));
  } else {
    collect(owner);
  }
}

// Some share the card with somebody who stays at home.
void Simulation::travel(std::size_t owner) {
  if (trips_.contains(owner) && trips_[owner].until_ms > now_ms_) return;
  const bool is_shared = owner % 50 == 0;
  Trip trip;
  trip.place = far_from(profiles_[owner].home());
  trip.from_ms = now_ms_ + between(6 * kHourMs, 16 * kHourMs);  // the flight
  trip.until_ms = trip.from_ms + between(24 * kHourMs, 24 * 7 * kHourMs);
  const std::int64_t last_ms = trip.until_ms - 16 * kHourMs;  // the flight back
  for (std::int64_t at_ms = trip.from_ms + after(2.0 * kHourMs); at_ms < last_ms; at_ms += after(8.0 * kHourMs)) {
    Transaction souvenir = purchase(owner, at_ms - now_ms_, usual_sum(owner));
    *souvenir.mutable_place() = near(trip.place, 0.3);
    plan(souvenir);
    if (!is_shared || chance(0.5)) continue;
    Transaction at_home = purchase(owner, at_ms - now_ms_ + after(3.0 * kHourMs), usual_sum(owner));
    *at_home.mutable_place() = near(profiles_[owner].home(), 0.3);
    plan(std::move(at_home));
  }
  trips_[owner] = std::move(trip);
}

// The treasurer of a club: many pay in, and what came goes out in one sum, most often days later.
void Simulation::collect(std::size_t owner) {
  std::int64_t at_ms = 0;
  std::int64_t sum = 0;
  for (std::int64_t left = between(4, 15); left > 0; --left) {
    const std::int64_t cents = between(1'000, 5'000);
    plan(something(owner, TRANSFER_IN, at_ms, cents));
    sum += cents;
    at_ms += after(2.0 * kHourMs);
  }
  const bool is_hasty = chance(0.1);
  plan(something(owner, TRANSFER_OUT, at_ms + after(is_hasty ? 2.0 * kHourMs : 60.0 * kHourMs),
                 static_cast<std::int64_t>(static_cast<double>(sum) * (0.6 + 0.4 * uniform()))));
}

// --- what thieves do ---

void Simulation::plan_stolen(std::vector<Transaction> transactions, Kind kind) {
  ++thefts_;
  const int count = static_cast<int>(transactions.size());
  for (Transaction& one : transactions) planned_.push({std::move(one), thefts_, kind, count});
}

void Simulation::begin_theft() {
  const std::size_t victim = pick(profiles_.size());
  switch (kKinds[pick(kKinds.size())]) {
    case Kind::velocity_burst:
      return steal_in_a_burst(victim);
    case Kind::small_then_large:
      return steal_after_a_trial(victim);
    case Kind::impossible_travel:
      return steal_far_away(victim);
    case Kind::card_testing:
      return test_a_card(victim);
    case Kind::account_takeover:
      return take_over(victim);
    case Kind::mule_account:
      return pass_money_on(victim);
    case Kind::unpaid_order:
      return leave_unpaid(victim);
  }
}

// As much as there is, before the card is blocked; sometimes twice at one till.
void Simulation::steal_in_a_burst(std::size_t victim) {
  std::vector<Transaction> all;
  std::int64_t at_ms = 0;
  for (std::int64_t left = between(10, 16); left > 0; --left) {
    all.push_back(purchase(victim, at_ms, usual_sum(victim) + profiles_[victim].usual_cents() / 2));
    if (all.size() > 1 && chance(0.1)) all.back().set_merchant(all[all.size() - 2].merchant());
    at_ms += kSecondMs + after(3.5 * kSecondMs);
  }
  plan_stolen(std::move(all), Kind::velocity_burst);
}

void Simulation::steal_after_a_trial(std::size_t victim) {
  std::vector<Transaction> all{online(purchase(victim, 0, between(80, 200)))};
  all.push_back(online(
      purchase(victim, 20 * kSecondMs + after(2.0 * kMinuteMs), profiles_[victim].usual_cents() * between(9, 25))));
  plan_stolen(std::move(all), Kind::small_then_large);
}

// A copy of a card that its owner has just used.
void Simulation::steal_far_away(std::size_t victim) {
  plan(purchase(victim, 0, usual_sum(victim)));
  const Place there = far_from(profiles_[victim].home());
  std::vector<Transaction> all;
  std::int64_t at_ms = between(5 * kMinuteMs, 40 * kMinuteMs);
  for (std::int64_t left = between(1, 4); left > 0; --left) {
    all.push_back(purchase(victim, at_ms, profiles_[victim].usual_cents() * between(16, 60) / 10));
    *all.back().mutable_place() = near(there, 0.3);
    at_ms += after(4.0 * kMinuteMs);
  }
  plan_stolen(std::move(all), Kind::impossible_travel);
}

void Simulation::test_a_card(std::size_t victim) {
  std::vector<Transaction> all;
  std::int64_t at_ms = 0;
  for (std::int64_t left = between(7, 11); left > 0; --left) {
    all.push_back(online(purchase(victim, at_ms, between(80, 200))));
    at_ms += 2 * kSecondMs + after(8.0 * kSecondMs);
  }
  plan_stolen(std::move(all), Kind::card_testing);
}

void Simulation::take_over(std::size_t victim) {
  std::vector<Transaction> all;
  std::int64_t at_ms = 0;
  for (std::int64_t left = between(3, 12); left > 0; --left) {
    all.push_back(something(victim, LOGIN_FAILED, at_ms, 0));
    at_ms += kSecondMs + after(4.0 * kSecondMs);
  }
  all.push_back(something(victim, LOGIN, at_ms + after(5.0 * kSecondMs), 0));
  all.back().set_device(static_cast<std::int64_t>(kCards + pick(1'000'000)));
  at_ms = all.back().at_ms() - now_ms_ + kSecondMs;
  if (chance(0.85)) {
    at_ms += after(1.0 * kMinuteMs);
    all.push_back(something(victim, PASSWORD_CHANGED, at_ms, 0));
  }
  all.push_back(something(victim, TRANSFER_OUT, at_ms + kSecondMs + after(4.0 * kMinuteMs),
                          profiles_[victim].usual_cents() * between(10, 60)));
  plan_stolen(std::move(all), Kind::account_takeover);
}

// An account that others' money runs through.
void Simulation::pass_money_on(std::size_t account) {
  std::vector<Transaction> all;
  std::int64_t at_ms = 0;
  std::int64_t sum = 0;
  for (std::int64_t left = between(4, 10); left > 0; --left) {
    const std::int64_t cents = between(20'000, 90'000);
    all.push_back(something(account, TRANSFER_IN, at_ms, cents));
    sum += cents;
    at_ms += after(20.0 * kMinuteMs);
  }
  at_ms += after(15.0 * kMinuteMs);
  all.push_back(something(account, TRANSFER_OUT, at_ms,
                          static_cast<std::int64_t>(static_cast<double>(sum) * (0.91 + 0.08 * uniform()))));
  plan_stolen(std::move(all), Kind::mule_account);
}

void Simulation::leave_unpaid(std::size_t account) {
  Transaction made = something(account, ORDER, 0, usual_sum(account) * 4);
  made.set_order(++orders_);
  plan_stolen({std::move(made)}, Kind::unpaid_order);
}

// --- in order ---

Labelled Simulation::next() {
  ++made_;
  now_ms_ += after(kMeanGapMs);
  const std::size_t owner = pick(profiles_.size());
  if (chance(kThefts)) begin_theft();
  if (chance(kHabits)) begin_habit(owner);
  Labelled made;
  if (!planned_.empty() && planned_.top().transaction.at_ms() <= now_ms_) {
    made = planned_.top();
    planned_.pop();
  } else if (const auto trip = trips_.find(owner);
             trip != trips_.end() && now_ms_ < trip->second.until_ms && owner % 50 != 0) {
    made.transaction = online(purchase(owner, 0, usual_sum(owner)));  // on the way, or there
  } else {
    made.transaction = everyday(owner);
  }
  made.transaction.set_id(made_);
  return made;
}

}  // namespace card_fraud
