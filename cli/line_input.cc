#include "cli/line_input.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace weir::cli {

std::optional<std::string_view> LineInput::next() {
  std::string_view rest = std::string_view(buffer_).substr(used_);
  auto end = rest.find('\n', looked_at_);
  if (end != std::string_view::npos) {
    used_ += end + 1;
    looked_at_ = 0;
    return rest.substr(0, end);
  }
  looked_at_ = rest.size();
  if (!has_ended_ || rest.empty()) return std::nullopt;
  used_ = buffer_.size();
  return rest;
}

Result<bool> LineInput::wait() {
  if (has_ended_) return false;
  constexpr std::size_t kReadSize = 256 * 1024;
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadSize);
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, buffer_.data() + before, kReadSize);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got < 0) return fail(ErrorCode::io_error, "read: " + std::generic_category().message(errno));
  has_ended_ = got == 0;
  return !has_ended_ || !buffer_.empty();
}

}  // namespace weir::cli
