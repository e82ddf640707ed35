#include "streams/state/pages.h"

#include <cstdint>

#include <sys/mman.h>

#include "log/base/assert.h"

namespace weir::streams::state {

void* map_pages(std::size_t size) {
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return pages;
}

void unmap_pages(void* pages, std::size_t size) {
  const int unmapped = ::munmap(pages, size);
  WEIR_ASSERT(unmapped == 0, "pages are unmapped as they were mapped");
}

// Twice as much holds one that is aligned; the rest goes back.
void* map_aligned_pages(std::size_t size) {
  char* all = static_cast<char*>(map_pages(2 * size));
  const std::size_t before = (size - reinterpret_cast<std::uintptr_t>(all) % size) % size;
  if (before > 0) unmap_pages(all, before);
  unmap_pages(all + before + size, size - before);
  return all + before;
}

}  // namespace weir::streams::state
