#include "log/base/descriptors.h"

#include <algorithm>

#include <sys/resource.h>

namespace weir {

std::size_t descriptor_limit() {
  constexpr rlim_t kEnough = 1u << 30;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  return static_cast<std::size_t>(std::min(limit.rlim_cur, kEnough));
}

}  // namespace weir
