// A line of an OpenSSH server's log in syslog's format, as far as it tells of failed passwords and of logins:
//
//   Dec 10 09:32:20 LabSZ sshd[24680]: Accepted password for fztu from 119.137.62.142 port 49116 ssh2
//   Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2
//   Dec 10 07:07:45 LabSZ sshd[24206]: message repeated 5 times: [ Failed password for root from 5.36.59.76 port 1
//   ssh2]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ssh_guard {

struct AuthLine {
  int month = 0;  // 1 to 12; the format has no year
  int day = 0;
  int second_of_day = 0;
  std::string failed_from;  // the address; empty: the line tells of no failed password
  std::int64_t failures = 0;
  std::string accepted_from;  // empty: the line tells of no login
};

// Nothing if the line does not begin with a syslog time.
std::optional<AuthLine> parse_auth_line(std::string_view line);

// Milliseconds since 1970 of a line's time in a year, UTC.
std::int64_t time_ms(const AuthLine& line, int year);

}  // namespace ssh_guard
