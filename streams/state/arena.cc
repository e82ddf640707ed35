#include "streams/state/arena.h"

#include <cstring>
#include <new>

#include "streams/state/pages.h"

namespace weir::streams::state {

namespace {

void* next_of(const void* free_block) {
  void* next = nullptr;
  std::memcpy(&next, free_block, sizeof next);
  return next;
}

void set_next(void* free_block, void* next) {
  std::memcpy(free_block, &next, sizeof next);
}

}  // namespace

Arena::~Arena() {
  for (Chunk* chunk : chunks_) unmap_pages(chunk, kChunk);
}

void* Arena::allocate(std::size_t size) {
  size = block_size(size);
  used_ += size;
  if (size > kLargestClass) {
    large_ += size;
    return ::operator new (size, std::align_val_t{kGrain});
  }
  void*& free_list = free_[size / kGrain];
  if (free_list != nullptr) {
    void* block = free_list;
    free_list = next_of(block);
    return block;
  }
  if (static_cast<std::size_t>(end_ - next_) < size) add_chunk();
  void* block = next_;
  next_ += size;
  return block;
}

void Arena::free(void* block, std::size_t size) {
  size = block_size(size);
  used_ -= size;
  if (size > kLargestClass) {
    large_ -= size;
    ::operator delete (block, std::align_val_t{kGrain});
    return;
  }
  void*& free_list = free_[size / kGrain];
  set_next(block, free_list);
  free_list = block;
}

void Arena::add_chunk() {
  auto* chunk = new (map_aligned_pages(kChunk)) Chunk{chunks_.size(), false};
  chunks_.push_back(chunk);
  next_ = reinterpret_cast<std::byte*>(chunk) + kHead;
  end_ = reinterpret_cast<std::byte*>(chunk) + kChunk;
}

std::size_t Arena::chunk_bytes(std::size_t chunk) const {
  return chunk + 1 == chunks_.size() ? kChunk - static_cast<std::size_t>(end_ - next_) : kChunk;
}

void Arena::retire(std::span<const std::size_t> chunks) {
  for (std::size_t chunk : chunks) {
    chunks_[chunk]->is_retired = true;
    if (chunk + 1 == chunks_.size()) next_ = end_ = nullptr;
  }
  for (void*& free_list : free_) {
    void* block = free_list;
    free_list = nullptr;
    while (block != nullptr) {
      void* next = next_of(block);
      if (!is_retired(block)) {
        set_next(block, free_list);
        free_list = block;
      }
      block = next;
    }
  }
}

void Arena::release_retired() {
  std::size_t kept = 0;
  for (Chunk* chunk : chunks_) {
    if (chunk->is_retired) {
      unmap_pages(chunk, kChunk);
      continue;
    }
    chunk->number = kept;
    chunks_[kept++] = chunk;
  }
  chunks_.resize(kept);
}

}  // namespace weir::streams::state
