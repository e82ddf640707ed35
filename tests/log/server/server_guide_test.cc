// docs/server.md: its snippet, as it stands there.
#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"

namespace weir::server_guide_test {
namespace {

TEST(ServerGuide, a_program_lets_others_come) {
  MemoryFileSystem files;
  const auto open = [&files](const std::string& directory, log::OpenOptions options) {
    options.files = &files;
    return log::open(directory, std::move(options));
  };
  auto client = open("data", {.listen = {"127.0.0.1:0"}});
  ASSERT_TRUE(client);
  EXPECT_EQ(log::listening_on(*client).size(), 1u);
}

}  // namespace
}  // namespace weir::server_guide_test
