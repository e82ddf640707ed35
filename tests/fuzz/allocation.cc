#include "tests/fuzz/allocation.h"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t asked_for = 0;

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(std::size_t size) {
  asked_for += size;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif

namespace weir::fuzz {

AllocationWatch::AllocationWatch() : before_(asked_for) {}

std::size_t AllocationWatch::bytes() const {
  return asked_for - before_;
}

}  // namespace weir::fuzz
