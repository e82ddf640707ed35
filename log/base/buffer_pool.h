// Buffers that are used again: what a sealed batch or a fetch leaves behind serves the next one, so that a steady flow
// does not fault in fresh pages for each 128 KiB. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>

namespace weir {

struct PooledBuffer {
  std::shared_ptr<char[]> data;  // shared: slices of it are handed out; the last one returns it to the pool
  std::size_t capacity = 0;
};

// A buffer of at least `size` bytes, not initialised. Sizes are rounded up to a power of two from 4 KiB on; what is
// larger than 8 MiB is not pooled, and each size keeps at most 16 MiB of idle buffers.
PooledBuffer pooled_buffer(std::size_t size);

}  // namespace weir
