// The same lines looked at for patterns: too many failures of one address in a time, wherever that begins; and a login
// behind such failures, which may be somebody who has guessed right.
#pragma once

#include <string>
#include <vector>

#include <weir/streams.h>

#include "examples/ssh_guard/topology.h"

namespace ssh_guard {

struct Alert {
  std::string ip;
  std::string pattern;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t failures = 0;
};
WEIR_JSON(Alert, ip, pattern, first_ms, last_ms, failures)

inline bool has_failed(const Attempt& attempt) {
  return attempt.failures > 0;
}

// So many failures in less than the window. What is found is not found again: the next begins behind it.
inline weir::streams::Pattern<Attempt> burst(const Settings& settings) {
  return weir::streams::pattern<Attempt>("failure")
      .where(has_failed)
      .times(static_cast<int>(settings.threshold))
      .within(settings.window);
}

// Greedy: of all that an address tries only the longest run of failures waits for a login.
inline weir::streams::Pattern<Attempt> break_in(const Settings& settings) {
  return weir::streams::pattern<Attempt>("failure")
      .where(has_failed)
      .times_or_more(static_cast<int>(settings.threshold))
      .greedy()
      .followed_by("login")
      .where([](const Attempt& attempt) { return attempt.is_login; })
      .within(10 * settings.window);
}

inline auto to_alert(std::string pattern) {
  return [pattern = std::move(pattern)](const std::string& ip, const weir::streams::Match<Attempt>& match) {
    const auto failures = static_cast<std::int64_t>(match.all("failure").size());
    return Alert{ip, pattern, match.begin_ms(), match.end_ms(), failures};
  };
}

inline weir::streams::Topology pattern_topology(const Settings& settings) {
  namespace ws = weir::streams;
  ws::Builder builder;
  // A line may tell of several failures: each is an event.
  attempts(builder, settings.year)
      .flat_map_values([](const Attempt& attempt) {
        Attempt one = attempt;
        one.failures = attempt.failures > 0 ? 1 : 0;
        const std::int64_t times = attempt.is_login ? 1 : attempt.failures;
        return std::vector<Attempt>(static_cast<std::size_t>(times), one);
      })
      .to("attempts");

  const auto events = builder.stream<std::string, Attempt>("attempts", {.timestamp = time_of});
  events.detect(burst(settings), {.store = "bursts"}).map_values(to_alert("burst")).to("alerts");
  events.detect(break_in(settings), {.store = "break-ins"}).map_values(to_alert("break_in")).to("alerts");
  return builder.build();
}

}  // namespace ssh_guard
