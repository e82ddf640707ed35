// How many file descriptors the process may have open.
#pragma once

#include <cstddef>

namespace weir {

// The soft limit; 1,024 where it cannot be asked for.
std::size_t descriptor_limit();

}  // namespace weir
