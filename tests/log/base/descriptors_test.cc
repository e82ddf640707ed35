#include "log/base/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace weir {
namespace descriptors {
namespace {

TEST(Descriptors, the_limit_is_that_of_the_process_as_it_is_now) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  for (const rlim_t soft : {rlim_t{256}, rlim_t{500}}) {
    rlimit changed = before;
    changed.rlim_cur = soft;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &changed), 0);
    EXPECT_EQ(descriptor_limit(), soft);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace descriptors
}  // namespace weir
