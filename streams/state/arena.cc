#include "streams/state/arena.h"

#include <cstring>
#include <new>

namespace weir::streams::state {

void* Arena::allocate(std::size_t size) {
  size = (size + kGrain - 1) / kGrain * kGrain;
  used_ += size;
  if (size > kLargestClass) return ::operator new (size, std::align_val_t{kGrain});
  void*& free_list = free_[size / kGrain];
  if (free_list != nullptr) {
    void* block = free_list;
    std::memcpy(&free_list, block, sizeof free_list);
    return block;
  }
  if (static_cast<std::size_t>(end_ - next_) < size) {
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunk));
    next_ = chunks_.back().get();
    end_ = next_ + kChunk;
  }
  void* block = next_;
  next_ += size;
  return block;
}

void Arena::free(void* block, std::size_t size) {
  size = (size + kGrain - 1) / kGrain * kGrain;
  used_ -= size;
  if (size > kLargestClass) {
    ::operator delete (block, std::align_val_t{kGrain});
    return;
  }
  void*& free_list = free_[size / kGrain];
  std::memcpy(block, &free_list, sizeof free_list);
  free_list = block;
}

}  // namespace weir::streams::state
