#include "streams/runtime/descriptors.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include <sys/resource.h>

namespace weir::streams {

namespace {

constexpr std::size_t kReserve = 64;  // of the log's segments, sockets, the program's own
constexpr std::size_t kLeastOfEach = 20;
constexpr std::size_t kMostOfEach = 256;

std::size_t open_now() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

Descriptors raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {1'024, open_now()};
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  constexpr rlim_t kEnough = 1u << 30;
  return {static_cast<std::size_t>(std::min(limit.rlim_cur, kEnough)), open_now()};
}

Result<int> open_files_of_each(std::size_t databases, const Descriptors& descriptors) {
  if (databases == 0) return static_cast<int>(kMostOfEach);
  const std::size_t needed = databases * kDescriptorsOfDatabase + kReserve;
  if (needed > descriptors.left()) {
    return fail(ErrorCode::invalid_config,
                std::to_string(databases) + " tasks with stores on disk need " + std::to_string(needed) +
                    " file descriptors at least; the process may open " + std::to_string(descriptors.limit) +
                    " and has opened " + std::to_string(descriptors.open) +
                    ": raise the hard limit (`ulimit -Hn`, LimitNOFILE= of systemd), or keep stores in memory "
                    "({.in_memory = true})");
  }
  const std::size_t left = descriptors.left() - kReserve;
  const std::size_t of_log = std::min(descriptors.limit / 4, left / 2);  // it keeps so many files of partitions open
  const std::size_t of_each = (left - of_log) / databases;
  return static_cast<int>(std::clamp(of_each, kLeastOfEach, kMostOfEach));
}

}  // namespace weir::streams
