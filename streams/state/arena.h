// Arena: memory for rows: allocation is a pointer bump or a pop from a free list by size, freed blocks are used again.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace weir::streams::state {

class Arena {
 public:
  // At least `size` bytes, aligned to 16.
  void* allocate(std::size_t size);
  void free(void* block, std::size_t size);  // `size` as asked for

  std::size_t used_bytes() const { return used_; }

 private:
  static constexpr std::size_t kGrain = 16;
  static constexpr std::size_t kLargestClass = 1024;
  static constexpr std::size_t kChunk = 256 * 1024;

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  void* free_[kLargestClass / kGrain + 1] = {};
  std::size_t used_ = 0;
};

}  // namespace weir::streams::state
