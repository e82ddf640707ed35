// Memory in whole pages from the system, for what is large and comes and goes: given back, it is the system's again at
// once. What the heap gets back it may keep, and a large block that is freed there changes how the whole process's heap
// deals with large blocks from then on, which is not a library's to decide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace weir::streams::state {

// `size` is rounded up to whole pages; untouched pages cost nothing. std::bad_alloc.
void* map_pages(std::size_t size);
// The same at a multiple of `size`, a power of two from a page on.
void* map_aligned_pages(std::size_t size);
void unmap_pages(void* pages, std::size_t size);

// Small ones from the heap.
template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr std::size_t kSmallest = 64 * 1024;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t size = count * sizeof(T);
    return size < kSmallest ? std::allocator<T>().allocate(count) : static_cast<T*>(map_pages(size));
  }
  void deallocate(T* memory, std::size_t count) {
    const std::size_t size = count * sizeof(T);
    if (size < kSmallest) return std::allocator<T>().deallocate(memory, count);
    unmap_pages(memory, size);
  }
  bool operator==(const PageAllocator&) const { return true; }
};

template <class T>
using PagedVector = std::vector<T, PageAllocator<T>>;

// What the heap takes for a block of `size` bytes.
constexpr std::size_t heap_block(std::size_t size) {
  constexpr std::size_t kSmallest = 32;
  return size == 0 ? 0 : std::max(kSmallest, (size + 8 + 15) / 16 * 16);
}

// What one entry of an ordered map or set takes, of `size` bytes with a key of `key_size` bytes in a string.
constexpr std::size_t tree_entry(std::size_t size, std::size_t key_size) {
  constexpr std::size_t kNode = 4 * sizeof(void*);
  constexpr std::size_t kWithinString = 15;
  return heap_block(kNode + size) + (key_size > kWithinString ? heap_block(key_size + 1) : 0);
}

// What a PagedVector takes for its `size` bytes.
constexpr std::size_t paged_block(std::size_t size) {
  return size < PageAllocator<char>::kSmallest ? heap_block(size) : size;
}

}  // namespace weir::streams::state
