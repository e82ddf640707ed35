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

// What a buffer for so many bytes holds in fact: the bytes themselves where it is not pooled.
std::size_t capacity_for(std::size_t size);

// A buffer that holds capacity_for(size) bytes, for what is kept: what is below the smallest class is not pooled.
PooledBuffer fitting_buffer(std::size_t size);

// A buffer of at least `size` bytes, not initialised. Sizes are rounded up to a power of two from 4 KiB on; what is
// larger than 8 MiB is not pooled. Idle buffers are at most 16 MiB of a size and 48 MiB altogether.
PooledBuffer pooled_buffer(std::size_t size);

// What is kept for the next requests, for tests and statistics.
std::size_t idle_buffer_bytes();

}  // namespace weir
