// What theft looks like: a pattern for each kind, over the events of one account. Numbers are what somebody would
// choose who knows the trade; none of them sees a label.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include <weir/streams.h>

#include "examples/card_fraud/event.h"
#include "examples/card_fraud/simulation.h"

namespace card_fraud {

namespace rules {

namespace ws = weir::streams;
using namespace std::chrono_literals;
using Pattern = ws::Pattern<Event>;
using SoFar = ws::SoFar<Event>;

inline auto is(What what) {
  return [what](const Event& event) {
    return event.what == what;
  };
}

// Eight purchases within a minute, from till to till: nobody walks so fast.
inline Pattern velocity_burst() {
  return ws::pattern<Event>("purchase")
      .where(is(PURCHASE))
      .where([](const Event& event, const SoFar& so_far) {
        return so_far.last() == nullptr || so_far.last()->merchant != event.merchant;
      })
      .said("at another merchant than before")
      .times(8)
      .within(60s);
}

// A trial, and then all that the card gives.
inline Pattern small_then_large() {
  return ws::pattern<Event>("trial")
      .where([](const Event& event) { return event.what == PURCHASE && event.is_online != 0 && event.cents <= 200; })
      .said("online, next to nothing")
      .followed_by("large")
      .where([](const Event& event) { return event.what == PURCHASE && event.times_usual > 8; })
      .said("more than 8 times as usual")
      .within(10min);
}

// Who has just paid somewhere else cannot have been on an aeroplane, however fast it flies. Owners spend as they use to
// when somebody shares their card.
inline Pattern impossible_travel() {
  const auto is_at_a_till = [](const Event& event) {
    return event.what == PURCHASE && event.is_online == 0;
  };
  return ws::pattern<Event>("here")
      .where(is_at_a_till)
      .followed_by("there")
      .where([](const Event& event) {
        return event.what == PURCHASE && event.is_online == 0 && event.km_from_home > 300 && event.times_usual > 1.5;
      })
      .where([](const Event& event, const SoFar& so_far) {
        const Event& before = *so_far.first("here");
        const double km = distance_km(before.latitude, before.longitude, event.latitude, event.longitude);
        const double hours = static_cast<double>(std::max(event.at_ms - before.at_ms, kSecondMs)) / kHourMs;
        return km > 300 && km / hours > 1'000;
      })
      .said("faster than 1,000 km/h")
      .within(1h);
}

// Is the card good? Next to nothing, at one merchant after the other.
inline Pattern card_testing() {
  return ws::pattern<Event>("trial")
      .where([](const Event& event) { return event.what == PURCHASE && event.is_online != 0 && event.cents <= 200; })
      .where([](const Event& event, const SoFar& so_far) {
        const std::vector<const Event*> before = so_far.all("trial");
        return std::none_of(before.begin(), before.end(),
                            [&](const Event* one) { return one->merchant == event.merchant; });
      })
      .said("online, next to nothing, at a merchant that was none of those before")
      .times(5)
      .within(3min);
}

// Guesses, until one is right; and then the money goes. Owners with new phones rarely move so much at once.
inline Pattern account_takeover() {
  return ws::pattern<Event>("guess")
      .where(is(LOGIN_FAILED))
      .times_or_more(3)
      .greedy()
      .followed_by("login")
      .where([](const Event& event) { return event.is_new_device != 0; })
      .said("from a device that is new")
      .followed_by("payout")
      .where([](const Event& event) { return event.what == TRANSFER_OUT && event.times_usual > 5; })
      .within(30min);
}

// What comes from many goes out again in one sum, and soon.
inline Pattern mule_account() {
  return ws::pattern<Event>("in")
      .where(is(TRANSFER_IN))
      .times_or_more(4)
      .greedy()
      .followed_by("out")
      .where(is(TRANSFER_OUT))
      .where([](const Event& event, const SoFar& so_far) {
        std::int64_t sum = 0;
        for (const Event* in : so_far.all("in")) sum += in->cents;
        return event.cents * 10 >= sum * 9 && event.cents * 10 <= sum * 11;
      })
      .said("about what came in")
      .within(8h);
}

// Neither paid nor cancelled in time.
inline Pattern unpaid_order() {
  return ws::pattern<Event>("order")
      .where(is(ORDER))
      .not_followed_by("settled")
      .where([](const Event& event) { return event.what == PAYMENT || event.what == CANCELLED; })
      .where([](const Event& event, const SoFar& so_far) { return event.order == so_far.first("order")->order; })
      .within(std::chrono::milliseconds(kPayWithinMs));
}

inline Pattern of(Kind kind) {
  switch (kind) {
    case Kind::velocity_burst:
      return velocity_burst();
    case Kind::small_then_large:
      return small_then_large();
    case Kind::impossible_travel:
      return impossible_travel();
    case Kind::card_testing:
      return card_testing();
    case Kind::account_takeover:
      return account_takeover();
    case Kind::mule_account:
      return mule_account();
    case Kind::unpaid_order:
      return unpaid_order();
  }
  return {};
}

}  // namespace rules

}  // namespace card_fraud
