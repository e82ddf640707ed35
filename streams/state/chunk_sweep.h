// ChunkSweep: which chunks of an arena are to be given back so that about so many bytes are freed: those first of which
// least has to be moved. A chunk with something in it that cannot be moved stays.
#pragma once

#include <cstddef>
#include <vector>

#include "streams/state/arena.h"

namespace weir::streams::state {

class ChunkSweep {
 public:
  explicit ChunkSweep(Arena& arena) : arena_(arena), chunks_(arena.chunks()) {}

  // Each block that is in use, by `size` as it was asked for; not those that may go.
  void keep(const void* block, std::size_t size) {
    if (Arena::has_chunk(size)) chunks_[Arena::chunk_of(block)].kept += Arena::block_size(size);
  }
  void pin(const void* block, std::size_t size) {
    if (Arena::has_chunk(size)) chunks_[Arena::chunk_of(block)].is_pinned = true;
  }
  // Retires them; not those of which more than three quarters would have to be moved. False: none.
  bool retire(std::size_t bytes);

 private:
  struct Chunk {
    std::size_t kept = 0;
    bool is_pinned = false;
  };

  Arena& arena_;
  std::vector<Chunk> chunks_;
};

}  // namespace weir::streams::state
