#include "cli/line_input.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LineInputTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(ends_), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    end();
  }

  void write(const std::string& text) {
    ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  // The lines that are there after one wait.
  std::vector<std::string> lines(LineInput& input) {
    auto more = input.wait();
    if (!more) return {"error: " + more.error().detail};
    std::vector<std::string> all;
    while (auto line = input.next()) all.emplace_back(*line);
    return all;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(LineInputTest, lines_are_given_as_they_arrive) {
  LineInput input(ends_[0]);
  write("one\n\ntw");
  EXPECT_THAT(lines(input), ElementsAre("one", ""));
  write("o\nthree\n");
  EXPECT_THAT(lines(input), ElementsAre("two", "three"));
  end();
  EXPECT_FALSE(*input.wait());
}

TEST_F(LineInputTest, the_last_line_needs_no_newline) {
  LineInput input(ends_[0]);
  write("one\ntwo");
  EXPECT_THAT(lines(input), ElementsAre("one"));
  end();
  EXPECT_THAT(lines(input), ElementsAre("two"));
  EXPECT_FALSE(*input.wait());
}

TEST_F(LineInputTest, an_empty_input_has_no_lines) {
  LineInput input(ends_[0]);
  end();
  EXPECT_THAT(lines(input), IsEmpty());
}

TEST_F(LineInputTest, a_descriptor_that_cannot_be_read_is_an_error) {
  LineInput input(-1);
  EXPECT_EQ(input.wait().error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace weir::cli
