// How much memory is asked for, so that a few bytes which claim to hold millions of elements are found out.
#pragma once

#include <cstddef>

namespace weir::fuzz {

// Counts what this thread asks for while it lives, whether or not it is given back. Always 0 under sanitizers, which
// have an allocator of their own.
class AllocationWatch {
 public:
  AllocationWatch();
  std::size_t bytes() const;

 private:
  std::size_t before_;
};

}  // namespace weir::fuzz
