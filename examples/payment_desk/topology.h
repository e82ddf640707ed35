// What happens when a record cannot be dealt with, and calls that take their time.
//
//   payments   customer => "AMOUNT PURPOSE"
#pragma once

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <weir/streams.h>

namespace payment_desk {

namespace ws = weir::streams;
using namespace std::chrono_literals;

struct Payment {
  std::int64_t amount = 0;
  std::string purpose;
};
WEIR_JSON(Payment, amount, purpose)

// Throws where the bank would say no.
inline std::string charge(const Payment& payment) {
  if (payment.amount > 1'000) throw std::runtime_error("more than the bank takes at once");
  return "charged " + std::to_string(payment.amount) + " for " + payment.purpose;
}

// `score` says how risky a payment is, and may take its time: it is called on other threads, several at once.
// `ask_bank(payment, result)` begins something of which the outcome is told later.
template <class Score, class AskBank>
ws::Topology topology(Score score, AskBank ask_bank) {
  ws::Builder builder;
  auto payments = builder.stream<std::string, Payment>("payments", {.on_error = ws::dead_letter("unreadable")});
  payments
      .map_async(
          score,
          {.name = "score", .on_error = ws::retry(2).then(ws::dead_letter("unscored")), .timeout = 2s, .threads = 8})
      .filter([](std::int64_t risk) { return risk > 50; })
      .to("risky");
  payments.filter([](const Payment& payment) { return payment.purpose == "transfer"; })
      .template map_async<std::string>(
          ask_bank,
          {.name = "ask-bank", .on_error = ws::skip(), .order = ws::ResultOrder::per_key, .max_in_flight = 10})
      .to("transfers");
  payments
      .map_values(
          charge,
          {.name = "charge",
           .on_error = ws::retry(1).then(
               ws::retry_later({.attempts = 2, .backoff = 200ms, .multiplier = 4}).then(ws::dead_letter("uncharged")))})
      .to("receipts", {.on_error = ws::skip()});
  return builder.build();
}

}  // namespace payment_desk
