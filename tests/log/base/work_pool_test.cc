#include "log/base/work_pool.h"

#include <future>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(WorkPool, as_many_work_at_the_same_time_as_there_are_threads) {
  WorkPool pool(2);
  std::promise<void> first, second;
  std::promise<void> both;
  pool.post([&] {
    first.set_value();
    second.get_future().wait();  // the other one runs beside this one
    both.set_value();
  });
  pool.post([&] {
    first.get_future().wait();
    second.set_value();
  });
  both.get_future().wait();
}

TEST(WorkPool, what_runs_is_waited_for_and_what_has_not_begun_is_dropped) {
  std::promise<void> begun, may_end;
  bool has_ended = false;
  bool is_second_done = false;
  auto pool = std::make_unique<WorkPool>(1);
  pool->post([&] {
    begun.set_value();
    may_end.get_future().wait();
    has_ended = true;
  });
  // What the second one holds is destroyed when the pool is being destroyed, while the first one still runs.
  std::shared_ptr<void> last(nullptr, [&](void*) { may_end.set_value(); });
  pool->post([&is_second_done, last] { is_second_done = true; });
  last.reset();
  begun.get_future().wait();
  pool.reset();
  EXPECT_TRUE(has_ended);
  EXPECT_FALSE(is_second_done);
}

}  // namespace
}  // namespace weir
