#include "connect/connectors/standard/pipe_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <poll.h>
#include <unistd.h>

#include "log/base/assert.h"

namespace weir::connect {

namespace {

// Whether the descriptor is ready for that within the time.
Result<bool> is_ready(int descriptor, short events, int patience_ms) {
  pollfd asked{descriptor, events, 0};
  const int ready = ::poll(&asked, 1, patience_ms);
  if (ready < 0 && errno != EINTR) return fail(ErrorCode::io_error, std::string("poll: ") + std::strerror(errno));
  return ready > 0;
}

}  // namespace

Result<std::size_t> PipeFile::read_at(std::uint64_t position, char* into, std::size_t size) const {
  WEIR_ASSERT(position == read_, "a pipe is read from front to back");
  if (has_ended_) return 0;
  const auto patience = std::min<std::int64_t>(patience_.count(), std::numeric_limits<int>::max());
  WEIR_TRY_VAR(ready, is_ready(descriptor_, POLLIN, static_cast<int>(patience)));
  if (!ready) return 0;
  const ssize_t got = ::read(descriptor_, into, size);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
  if (got < 0) return fail(ErrorCode::io_error, std::string("read: ") + std::strerror(errno));
  has_ended_ = got == 0;
  read_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

Result<> write_through(int descriptor, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN) {
      WEIR_TRY(is_ready(descriptor, POLLOUT, -1));
    } else if (errno != EINTR) {
      return fail(ErrorCode::io_error, std::string("write: ") + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace weir::connect
