#include "log/base/result.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Result, value_of_an_error_throws_with_the_reason) {
  Result<int> none = fail(ErrorCode::locked, "data/ is open in process 7");
  try {
    (void)none.value();
    FAIL() << "nothing was thrown";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "locked: data/ is open in process 7");
  }
}

TEST(Result, a_place_is_put_in_front_of_the_detail) {
  Error error{ErrorCode::io_error, "disk on fire"};
  EXPECT_EQ(error.at("topic clicks").to_string(), "io_error: topic clicks: disk on fire");
}

}  // namespace
}  // namespace weir
