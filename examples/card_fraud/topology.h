// Scores card transactions: each is joined with its card's profile, looked at together with what the card did before
// (a state by card) and with what else it does at the time (windows), and what looks like theft becomes an alert.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/streams.h>

#include "examples/card_fraud/card.pb.h"

namespace card_fraud {

struct Alert {
  std::int64_t transaction = 0;
  std::string card;
  std::int64_t at_ms = 0;
  std::string reason;
};
WEIR_JSON(Alert, transaction, card, at_ms, reason)

// A transaction with what its profile says of it.
struct Scored {
  std::int64_t id = 0;
  std::string card;
  std::int64_t at_ms = 0;
  std::int64_t cents = 0;
  double times_usual = 0;
  double latitude = 0;
  double longitude = 0;
  double km_from_home = 0;
  std::string merchant;
};
WEIR_JSON(Scored, id, card, at_ms, cents, times_usual, latitude, longitude, km_from_home, merchant)

// What a card did last, and what its latest transaction looks like in that light.
struct History {
  std::int64_t last_ms = 0;
  double latitude = 0;
  double longitude = 0;
  std::int64_t small_ms = 0;  // when it last paid next to nothing
  Alert alert;                // no reason: the latest transaction is fine
};
WEIR_JSON(History, last_ms, latitude, longitude, small_ms, alert)

// What a card does in one window.
struct Activity {
  std::int64_t count = 0;
  std::vector<std::string> small_at;  // merchants that got next to nothing
  Alert alert;                        // no reason: the latest transaction is fine
};
WEIR_JSON(Activity, count, small_at, alert)

inline constexpr std::int64_t kSmallCents = 200;
inline constexpr std::int64_t kMinuteMs = 60'000;

// Kilometres on a sphere (haversine).
inline double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  constexpr double kRadians = 3.14159265358979323846 / 180;
  double a = std::pow(std::sin((latitude_b - latitude_a) * kRadians / 2), 2) +
             std::cos(latitude_a * kRadians) * std::cos(latitude_b * kRadians) *
                 std::pow(std::sin((longitude_b - longitude_a) * kRadians / 2), 2);
  return 2 * 6371 * std::asin(std::min(1.0, std::sqrt(a)));
}

inline Scored score(const Transaction& transaction, const Profile& profile) {
  return {
      transaction.id(),
      transaction.card(),
      transaction.at_ms(),
      transaction.cents(),
      static_cast<double>(transaction.cents()) / static_cast<double>(std::max<std::int64_t>(1, profile.usual_cents())),
      transaction.place().latitude(),
      transaction.place().longitude(),
      distance_km(profile.home().latitude(), profile.home().longitude(), transaction.place().latitude(),
                  transaction.place().longitude()),
      transaction.merchant()};
}

inline void compare_with_history(const Scored& now, History& history) {
  history.alert = {now.id, now.card, now.at_ms, ""};
  // Owners come home, and spend little where they are not; a thief far away spends more than the card is used to. Who
  // has just paid somewhere else cannot have been on an aeroplane, however fast it flies.
  const bool is_away = now.km_from_home > 300 && now.times_usual > 1.5;
  if (history.last_ms > 0 && is_away && now.at_ms - history.last_ms < 60 * kMinuteMs) {
    double hours = static_cast<double>(std::max<std::int64_t>(now.at_ms - history.last_ms, 1'000)) / 3'600'000;
    double km = distance_km(history.latitude, history.longitude, now.latitude, now.longitude);
    if (km > 300 && km / hours > 1'000) history.alert.reason = "impossible travel";
  }
  bool was_small_lately = history.small_ms > 0 && now.at_ms - history.small_ms < 10 * kMinuteMs;
  if (was_small_lately && now.times_usual > 8) history.alert.reason = "small, then large";
  if (now.cents <= kSmallCents) history.small_ms = now.at_ms;
  // Where a thief was is not where the owner is: the next purchase is compared with the last place that was believed.
  if (history.alert.reason == "impossible travel") return;
  history.last_ms = now.at_ms;
  history.latitude = now.latitude;
  history.longitude = now.longitude;
}

inline void add_to_window(const Scored& now, Activity& activity) {
  activity.alert = {now.id, now.card, now.at_ms, ""};
  if (++activity.count == 8) activity.alert.reason = "velocity burst";
  auto& merchants = activity.small_at;
  if (now.cents > kSmallCents || std::find(merchants.begin(), merchants.end(), now.merchant) != merchants.end()) return;
  merchants.push_back(now.merchant);
  if (merchants.size() == 5) activity.alert.reason = "card testing";
}

inline weir::streams::Topology topology() {
  namespace ws = weir::streams;
  ws::Builder builder;
  auto profiles = builder.table<std::string, Profile>("profiles", {.store = "profiles"});
  auto scored = builder.stream<std::string, Transaction>("transactions").join(profiles, score);
  auto by_card = scored.group_by_key();

  auto by_history = by_card.aggregate([] { return History{}; }, compare_with_history, {.store = "history"})
                        .to_stream()
                        .map_values([](const History& history) { return history.alert; });
  auto by_window = by_card.windowed_by(ws::hopping(weir::Millis(2 * kMinuteMs), weir::Millis(kMinuteMs)))
                       .aggregate([] { return Activity{}; }, add_to_window, {.store = "activity"})
                       .to_stream()
                       .map([](const Activity& activity) { return std::pair(activity.alert.card, activity.alert); });

  by_history.merge(by_window).filter([](const Alert& alert) { return !alert.reason.empty(); }).to("alerts");
  return builder.build();
}

}  // namespace card_fraud
