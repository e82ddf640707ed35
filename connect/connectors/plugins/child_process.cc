#include "connect/connectors/plugins/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace weir::connect {

namespace {

constexpr std::size_t kLongestLine = 64 * 1024 * 1024;

tl::unexpected<Error> system_error(const std::string& what, int error) {
  const ErrorCode code = error == ENOENT                     ? ErrorCode::not_found
                         : error == EACCES || error == EPERM ? ErrorCode::permission_denied
                                                             : ErrorCode::io_error;
  return fail(code, what + ": " + std::strerror(error));
}

// Waits until the socket can be read or written; timed_out.
Result<> await(int socket, short what, Millis patience) {
  const auto timeout = static_cast<int>(std::clamp<std::int64_t>(patience.count(), 0, std::numeric_limits<int>::max()));
  pollfd polled{socket, what, 0};
  int ready = 0;
  do {
    ready = ::poll(&polled, 1, timeout);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return system_error("poll", errno);
  if (ready == 0) {
    return fail(ErrorCode::timed_out, "the plugin did nothing for " + std::to_string(patience.count()) + " ms");
  }
  return {};
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::string& path, const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return system_error("socketpair", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::vector<std::string> words{path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return system_error(path, error);
  }
  return ChildProcess(pid, ends[0]);
}

ChildProcess::~ChildProcess() {
  end();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      read_(std::move(other.read_)),
      looked_at_(std::exchange(other.looked_at_, 0)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, -1);
  socket_ = std::exchange(other.socket_, -1);
  read_ = std::move(other.read_);
  looked_at_ = std::exchange(other.looked_at_, 0);
  return *this;
}

void ChildProcess::end() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

// It has closed its end, so that it ends now if it has not.
std::string ChildProcess::how_it_ended() {
  int status = 0;
  pid_t waited = 0;
  if (pid_ > 0) waited = ::waitpid(pid_, &status, WNOHANG);
  if (waited != pid_ || pid_ <= 0) return "the plugin closed its standard output";
  pid_ = -1;
  if (WIFSIGNALED(status)) return "the plugin was ended by signal " + std::to_string(WTERMSIG(status));
  return "the plugin ended with status " + std::to_string(WEXITSTATUS(status));
}

Result<> ChildProcess::write_line(std::string line, Millis patience) {
  line.push_back('\n');
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      WEIR_TRY(await(socket_, POLLOUT, patience));
    } else if (errno != EINTR) {
      return fail(ErrorCode::unavailable, how_it_ended());
    }
  }
  return {};
}

Result<std::string> ChildProcess::read_line(Millis patience) {
  for (;;) {
    const auto newline = read_.find('\n', looked_at_);
    if (newline != std::string::npos) {
      std::string line = read_.substr(0, newline);
      read_.erase(0, newline + 1);
      looked_at_ = 0;
      return line;
    }
    looked_at_ = read_.size();
    if (read_.size() > kLongestLine)
      return fail(ErrorCode::corrupt_data, "the plugin wrote a line of more than 64 MiB");
    WEIR_TRY(await(socket_, POLLIN, patience));
    std::array<char, 64 * 1024> buffer;
    const ssize_t came = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (came > 0) {
      read_.append(buffer.data(), static_cast<std::size_t>(came));
    } else if (came == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return fail(ErrorCode::unavailable, how_it_ended());
    }
  }
}

}  // namespace weir::connect
