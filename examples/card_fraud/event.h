// Event: a transaction with what its account's profile says of it: what the rules look at, and what is kept of it while
// a pattern is open. Plain numbers, so that it is cheap to keep.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include <weir/streams.h>

#include "examples/card_fraud/card.pb.h"

namespace card_fraud {

struct Event {
  std::int64_t id;
  std::int64_t at_ms;
  std::int64_t cents;
  std::int64_t merchant;
  std::int64_t order;
  double latitude;
  double longitude;
  float times_usual;
  float km_from_home;
  std::int32_t what;  // What
  std::int32_t is_online;
  std::int32_t is_new_device;
  std::int32_t is_unused;  // no gap in its bytes
};
static_assert(sizeof(Event) == 80);

// Kilometres on a sphere (haversine).
inline double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  constexpr double kRadians = 3.14159265358979323846 / 180;
  double a = std::pow(std::sin((latitude_b - latitude_a) * kRadians / 2), 2) +
             std::cos(latitude_a * kRadians) * std::cos(latitude_b * kRadians) *
                 std::pow(std::sin((longitude_b - longitude_a) * kRadians / 2), 2);
  return 2 * 6371 * std::asin(std::min(1.0, std::sqrt(a)));
}

inline Event look_at(const Transaction& transaction, const Profile& profile) {
  Event event{};
  event.id = transaction.id();
  event.at_ms = transaction.at_ms();
  event.cents = transaction.cents();
  event.merchant = transaction.merchant();
  event.order = transaction.order();
  event.what = transaction.what();
  event.is_online = transaction.is_online() ? 1 : 0;
  event.is_new_device = transaction.what() == LOGIN && transaction.device() != profile.device() ? 1 : 0;
  event.times_usual = static_cast<float>(static_cast<double>(transaction.cents()) /
                                         static_cast<double>(std::max<std::int64_t>(1, profile.usual_cents())));
  if (!transaction.has_place()) return event;
  event.latitude = transaction.place().latitude();
  event.longitude = transaction.place().longitude();
  event.km_from_home = static_cast<float>(
      distance_km(profile.home().latitude(), profile.home().longitude(), event.latitude, event.longitude));
  return event;
}

}  // namespace card_fraud

// Its bytes as they lie: they stay on the machine that wrote them, in stores and their changelogs.
template <>
struct weir::streams::Serde<card_fraud::Event> {
  static bool decode(Bytes bytes, card_fraud::Event& reuse) {
    if (bytes.size() != sizeof reuse) return false;
    std::memcpy(&reuse, bytes.data(), sizeof reuse);
    return true;
  }
  static Bytes encode(const card_fraud::Event& event, OwnedBytes&) {
    return {reinterpret_cast<const char*>(&event), sizeof event};
  }
};
