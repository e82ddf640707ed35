// Joins what happens to each account with its profile, and looks for the pattern of each kind of theft; a match becomes
// an alert.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/streams.h>

#include "examples/card_fraud/card.pb.h"
#include "examples/card_fraud/event.h"
#include "examples/card_fraud/rules.h"

namespace card_fraud {

// An event of a match.
struct Moment {
  std::int64_t id = 0;
  std::int64_t at_ms = 0;
  std::string step;
  std::string what;  // for readers
};
WEIR_JSON(Moment, id, at_ms, step, what)

struct Alert {
  std::string card;
  std::string reason;
  std::int64_t at_ms = 0;
  std::vector<Moment> events;  // in their order
};
WEIR_JSON(Alert, card, reason, at_ms, events)

inline std::string in_words(const Event& event) {
  static constexpr const char* kWords[] = {
      "pays", "cannot log in", "logs in", "changes the password", "is sent", "sends", "orders for", "pays", "cancels"};
  std::string words = kWords[event.what];
  if (event.cents > 0) {
    const std::string cents = std::to_string(event.cents % 100);
    words += " " + std::to_string(event.cents / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
  }
  if (event.what == ORDER || event.what == PAYMENT || event.what == CANCELLED) {
    words += " (order " + std::to_string(event.order) + ")";
  }
  if (event.what != PURCHASE) return words + (event.is_new_device != 0 ? " from a new device" : "");
  words += " at shop " + std::to_string(event.merchant) + (event.is_online != 0 ? ", online" : "");
  if (event.km_from_home > 300) words += ", " + std::to_string(static_cast<int>(event.km_from_home)) + " km from home";
  return words;
}

inline weir::streams::Topology topology() {
  namespace ws = weir::streams;
  ws::Builder builder;
  const auto profiles = builder.table<std::string, Profile>("profiles", {.store = "profiles"});
  const auto events = builder.stream<std::string, Transaction>("transactions").join(profiles, look_at);
  for (const Kind kind : kKinds) {
    const std::string reason = name_of(kind);
    std::string store = reason;
    std::erase(store, ',');
    std::replace(store.begin(), store.end(), ' ', '-');
    events.detect(rules::of(kind), {.store = store})
        .map_values([kind, reason](const std::string& card, const ws::Match<Event>& match) {
          const std::int64_t waited_ms = kind == Kind::unpaid_order ? kPayWithinMs : 0;
          Alert alert{card, reason, match.end_ms() + waited_ms, {}};
          for (const auto& one : match.events) {
            alert.events.push_back({one.event.id, one.event.at_ms, one.step, in_words(one.event)});
          }
          return alert;
        })
        .to("alerts");
  }
  return builder.build();
}

}  // namespace card_fraud
