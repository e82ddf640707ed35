// Arena: memory for rows: allocation is a pointer bump or a pop from a free list by size, freed blocks are used again.
//
// Blocks lie in chunks. Memory goes back to the system by whole chunks only: `retire` says which, then their blocks are
// moved or dropped by whoever knows them, then `release_retired` gives the chunks back. Chunks are numbered in the
// order in which they were made. Blocks larger than kLargestClass have no chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::streams::state {

class Arena {
 public:
  static constexpr std::size_t kLargestClass = 1024;

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // At least `size` bytes, aligned to 16.
  void* allocate(std::size_t size);
  void free(void* block, std::size_t size);  // `size` as asked for

  std::size_t used_bytes() const { return used_; }
  // What is taken from the system, free blocks included.
  std::size_t held_bytes() const { return chunks_.size() * kChunk - static_cast<std::size_t>(end_ - next_) + large_; }

  static bool has_chunk(std::size_t size) { return size <= kLargestClass; }
  static std::size_t block_size(std::size_t size) { return (size + kGrain - 1) / kGrain * kGrain; }
  std::size_t chunks() const { return chunks_.size(); }
  std::size_t chunk_bytes(std::size_t chunk) const;
  static std::size_t chunk_of(const void* block) { return chunk_at(block)->number; }

  // No block is made there any more, not even of those that are free.
  void retire(std::span<const std::size_t> chunks);
  static bool is_retired(const void* block) { return chunk_at(block)->is_retired; }
  // A block of a chunk that is retired is needed no more.
  void drop(std::size_t size) { used_ -= block_size(size); }
  // Precondition: none of their blocks is in use.
  void release_retired();

 private:
  static constexpr std::size_t kGrain = 16;
  static constexpr std::size_t kChunk = 256 * 1024;

  struct Chunk {  // what it begins with
    std::size_t number;
    bool is_retired;
  };
  static constexpr std::size_t kHead = 64;

  static Chunk* chunk_at(const void* block) {
    return reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(block) & ~std::uintptr_t{kChunk - 1});
  }
  void add_chunk();

  std::vector<Chunk*> chunks_;  // blocks are made of the last one
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  void* free_[kLargestClass / kGrain + 1] = {};
  std::size_t used_ = 0;
  std::size_t large_ = 0;
};

}  // namespace weir::streams::state
