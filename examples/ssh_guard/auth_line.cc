#include "examples/ssh_guard/auth_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace ssh_guard {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::int64_t> number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What stands between two marks, if both are there.
std::optional<std::string_view> between(std::string_view text, std::string_view before, std::string_view after) {
  auto begin = text.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + before.size());
  auto end = text.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end);
}

bool parse_time(std::string_view line, AuthLine& into) {
  if (line.size() < 16 || line[3] != ' ' || line[6] != ' ' || line[9] != ':' || line[12] != ':' || line[15] != ' ') {
    return false;
  }
  auto month = std::find(kMonths.begin(), kMonths.end(), line.substr(0, 3));
  auto day = number(line.substr(4, 2));
  auto hour = number(line.substr(7, 2));
  auto minute = number(line.substr(10, 2));
  auto second = number(line.substr(13, 2));
  if (month == kMonths.end() || !day || !hour || !minute || !second) return false;
  if (*day < 1 || *day > 31 || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 || *second < 0 || *second > 60) {
    return false;
  }
  into.month = static_cast<int>(month - kMonths.begin()) + 1;
  into.day = static_cast<int>(*day);
  into.second_of_day = static_cast<int>((*hour * 60 + *minute) * 60 + *second);
  return true;
}

// A user's name may hold anything, " from " too: the address is what follows the last one.
std::string_view address_in(std::string_view message) {
  auto from = message.rfind(" from ");
  if (from == std::string_view::npos) return {};
  return between(message.substr(from), " from ", " port ").value_or(std::string_view());
}

}  // namespace

std::optional<AuthLine> parse_auth_line(std::string_view line) {
  AuthLine parsed;
  if (!parse_time(line, parsed)) return std::nullopt;
  auto message = line.find("Failed password for ");
  if (message == std::string_view::npos) {
    auto accepted = line.find("]: Accepted ");
    if (accepted != std::string_view::npos) parsed.accepted_from = address_in(line.substr(accepted));
    return parsed;
  }
  parsed.failed_from = address_in(line.substr(message));
  if (parsed.failed_from.empty()) return parsed;
  parsed.failures = 1;
  if (auto times = between(line.substr(0, message), "message repeated ", " times: [")) {
    parsed.failures = number(*times).value_or(1);
  }
  return parsed;
}

std::int64_t time_ms(const AuthLine& line, int year) {
  using namespace std::chrono;
  sys_days date =
      std::chrono::year(year) / month(static_cast<unsigned>(line.month)) / day(static_cast<unsigned>(line.day));
  return duration_cast<milliseconds>(date.time_since_epoch()).count() + std::int64_t{line.second_of_day} * 1'000;
}

}  // namespace ssh_guard
