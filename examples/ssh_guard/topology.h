// Counts failed logins per source address in windows of event time, and reports those that reach a threshold.
//
// Lines carry no year, so it is followed from line to line: a state like any other, restored after a crash. What the
// lines tell goes to the topic "attempts", whose records have the time that stands in the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/streams.h>

#include "examples/ssh_guard/auth_line.h"

namespace ssh_guard {

struct Attempt {
  std::int64_t at_ms = 0;
  std::string ip;
  std::int64_t failures = 0;  // 0: the line tells of none
  bool is_login = false;
};
WEIR_JSON(Attempt, at_ms, ip, failures, is_login)

// The year of the line that was read last.
struct Calendar {
  int year = 0;
  int month = 0;
  Attempt latest;
};
WEIR_JSON(Calendar, year, month, latest)

struct Report {
  std::string ip;
  std::int64_t window_start = 0;
  std::int64_t window_end = 0;
  std::int64_t failures = 0;
};
WEIR_JSON(Report, ip, window_start, window_end, failures)

struct Settings {
  int year = 1970;  // of the first line
  std::int64_t threshold = 5;
  weir::Millis window{60'000};
};

inline void follow(std::string_view text, Calendar& calendar) {
  calendar.latest = {};
  auto line = parse_auth_line(text);
  if (!line) return;
  if (line->month == 1 && calendar.month == 12) ++calendar.year;
  calendar.month = line->month;
  const bool is_login = !line->accepted_from.empty();
  calendar.latest = {time_ms(*line, calendar.year), is_login ? line->accepted_from : line->failed_from, line->failures,
                     is_login};
}

// What every line tells, with its time.
inline weir::streams::Stream<std::string, Attempt> attempts(weir::streams::Builder& builder, int year) {
  namespace ws = weir::streams;
  return builder.stream<ws::NoKey, std::string_view>("auth-lines")
      .group_by([](std::string_view) { return std::string_view("calendar"); })
      .aggregate(
          [year] {
            return Calendar{year, 0, {}};
          },
          follow, {.store = "calendar"})
      .to_stream()
      .map([](const Calendar& calendar) { return std::pair(calendar.latest.ip, calendar.latest); });
}

inline std::int64_t time_of(const Attempt& attempt) {
  return attempt.at_ms;
}

inline weir::streams::Topology topology(const Settings& settings) {
  namespace ws = weir::streams;
  using Attempts = ws::Windowed<std::string>;
  ws::Builder builder;

  attempts(builder, settings.year).filter([](const Attempt& attempt) { return attempt.failures > 0; }).to("attempts");

  builder.stream<std::string, Attempt>("attempts", {.timestamp = time_of})
      .group_by_key()
      .windowed_by(ws::tumbling(settings.window).grace(settings.window))
      .aggregate([] { return std::int64_t{0}; },
                 [](const Attempt& attempt, std::int64_t& failures) { failures += attempt.failures; },
                 {.store = "failures"})
      .to_stream()
      .filter([least = settings.threshold](std::int64_t failures) { return failures >= least; })
      .map([](const Attempts& at, std::int64_t failures) {
        return std::pair(at.key, Report{at.key, at.window.start_ms, at.window.end_ms, failures});
      })
      .to("reports");
  return builder.build();
}

}  // namespace ssh_guard
