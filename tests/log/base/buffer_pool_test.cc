#include "log/base/buffer_pool.h"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(BufferPool, a_released_buffer_serves_the_next_request_of_its_size) {
  auto first = pooled_buffer(100'000);
  EXPECT_GE(first.capacity, 100'000u);
  const char* where = first.data.get();
  first.data.reset();
  EXPECT_EQ(pooled_buffer(110'000).data.get(), where);
}

TEST(BufferPool, buffers_in_use_are_distinct) {
  std::vector<PooledBuffer> held;
  std::set<char*> places;
  for (int i = 0; i < 300; ++i) {
    held.push_back(pooled_buffer(64 * 1024));
    EXPECT_TRUE(places.insert(held.back().data.get()).second);
  }
}

TEST(BufferPool, gives_sizes_beyond_the_largest_class) {
  auto large = pooled_buffer(20 * 1024 * 1024);
  large.data[20 * 1024 * 1024 - 1] = 'x';
  EXPECT_EQ(large.capacity, 20u * 1024 * 1024);
}

TEST(BufferPool, serves_several_threads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2'000; ++i) {
        auto buffer = pooled_buffer(static_cast<std::size_t>(1) << (12 + i % 8));
        std::fill_n(buffer.data.get(), 4'096, static_cast<char>('a' + t));
        ASSERT_TRUE(std::all_of(buffer.data.get(), buffer.data.get() + 4'096, [t](char c) { return c == 'a' + t; }));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(BufferPool, a_fitting_buffer_holds_what_is_said_of_its_size) {
  for (std::size_t size : {1u, 80u, 4'095u, 4'096u, 5'000u, 100'000u, 9u * 1024 * 1024}) {
    EXPECT_EQ(fitting_buffer(size).capacity, capacity_for(size)) << size;
    EXPECT_LE(capacity_for(size), size * 2) << size;
  }
}

TEST(BufferPool, does_not_keep_more_than_a_bound_idle) {
  std::vector<PooledBuffer> held;
  for (std::size_t size = 4 * 1024; size <= 8 * 1024 * 1024; size *= 2) {
    for (std::size_t bytes = 0; bytes < 32 * 1024 * 1024; bytes += size) held.push_back(pooled_buffer(size));
  }
  held.clear();
  EXPECT_LE(idle_buffer_bytes(), 48u * 1024 * 1024);
}

}  // namespace
}  // namespace weir
