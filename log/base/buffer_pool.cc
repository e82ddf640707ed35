#include "log/base/buffer_pool.h"

#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "log/base/mutex.h"

namespace weir {

namespace {

constexpr std::size_t kSmallest = 4 * 1024;
constexpr std::size_t kClasses = 12;  // 4 KiB to 8 MiB
constexpr std::size_t kIdleBytes = 16 * 1024 * 1024;
constexpr std::size_t kIdleBytesOfAll = 48 * 1024 * 1024;

std::atomic<std::size_t> idle_bytes{0};  // of all classes

struct SizeClass {
  Mutex mutex;
  std::vector<char*> idle WEIR_GUARDED_BY(mutex);
};

// Never destroyed: buffers come back from threads and statics that outlive any order of destruction.
std::array<SizeClass, kClasses>& classes() {
  static auto& all = *new std::array<SizeClass, kClasses>;
  return all;
}

std::size_t size_of_class(std::size_t index) {
  return kSmallest << index;
}

struct GiveBack {
  std::size_t index;
  void operator()(char* buffer) const {
    SizeClass& home = classes()[index];
    const std::size_t size = size_of_class(index);
    {
      MutexLock lock(home.mutex);
      const bool has_room = (home.idle.size() + 1) * size <= kIdleBytes && idle_bytes + size <= kIdleBytesOfAll;
      if (has_room) {
        home.idle.push_back(buffer);
        idle_bytes += size;
        return;
      }
    }
    delete[] buffer;
  }
};

char* take(std::size_t index) {
  SizeClass& home = classes()[index];
  {
    MutexLock lock(home.mutex);
    if (!home.idle.empty()) {
      char* buffer = home.idle.back();
      home.idle.pop_back();
      idle_bytes -= size_of_class(index);
      return buffer;
    }
    if (home.idle.capacity() == 0) home.idle.reserve(kIdleBytes / size_of_class(index));
  }
  return new char[size_of_class(index)];
}

}  // namespace

std::size_t capacity_for(std::size_t size) {
  const bool is_pooled = size >= kSmallest && size <= size_of_class(kClasses - 1);
  return is_pooled ? std::bit_ceil(size) : size;
}

std::size_t idle_buffer_bytes() {
  return idle_bytes;
}

PooledBuffer fitting_buffer(std::size_t size) {
  if (size >= kSmallest) return pooled_buffer(size);
  return {std::shared_ptr<char[]>(new char[size]), size};
}

PooledBuffer pooled_buffer(std::size_t size) {
  std::size_t rounded = std::bit_ceil(size < kSmallest ? kSmallest : size);
  auto index = static_cast<std::size_t>(std::countr_zero(rounded) - std::countr_zero(kSmallest));
  if (index >= kClasses) return {std::shared_ptr<char[]>(new char[size]), size};
  return {std::shared_ptr<char[]>(take(index), GiveBack{index}), rounded};
}

}  // namespace weir
