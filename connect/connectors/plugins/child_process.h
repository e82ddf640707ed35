// ChildProcess: a program that reads lines on its standard input and answers on its standard output; what it writes to
// standard error goes to ours. One owner thread. It is killed and waited for when this goes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "log/base/clock.h"
#include "log/base/result.h"

namespace weir::connect {

class ChildProcess {
 public:
  // not_found, permission_denied, io_error.
  static Result<ChildProcess> start(const std::string& path, const std::vector<std::string>& arguments);

  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  // unavailable: it has ended. timed_out: it reads nothing for so long.
  Result<> write_line(std::string line, Millis patience);
  // Without its newline. unavailable: it has ended, and how; timed_out: it writes nothing for so long; corrupt_data:
  // the line is longer than 64 MiB.
  Result<std::string> read_line(Millis patience);

 private:
  ChildProcess(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  void end();
  std::string how_it_ended();

  pid_t pid_ = -1;
  int socket_ = -1;  // its standard input and output; a socket, so that writing to it raises no signal
  std::string read_{};
  std::size_t looked_at_ = 0;  // of `read_`: there is no newline in these
};

}  // namespace weir::connect
