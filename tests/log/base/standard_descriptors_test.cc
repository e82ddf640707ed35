// A process whose standard streams are closed: what it prints must not end up in a file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/file.h"

namespace weir {
namespace {

// Runs `body` in a process of its own with the descriptors 0 to 2 closed, and gives what it returns.
template <class Body>
int without_standard_descriptors(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) ::close(descriptor);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class StandardDescriptors : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "weir_descriptors_" + std::to_string(::getpid());
    ASSERT_TRUE(posix_files().create_directories(directory_));
  }
  void TearDown() override { ASSERT_TRUE(posix_files().remove_all(directory_)); }
  std::string directory_;
};

TEST_F(StandardDescriptors, no_file_gets_one_of_them) {
  const int failed = without_standard_descriptors([this] {
    auto file = posix_files().open(directory_ + "/a", OpenMode::create);
    auto lock = posix_files().lock(directory_ + "/lock");
    if (!file || !lock || !(*file)->write_at(0, "content")) return 1;
    if (!posix_files().sync_directory(directory_)) return 2;
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
      if (::write(descriptor, "printed", 7) != -1) return 3;
    }
    return 0;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(*read_file(posix_files(), directory_ + "/a"), "content");
}

TEST_F(StandardDescriptors, are_held_so_that_no_library_gets_one_either) {
  const int failed = without_standard_descriptors([this] {
    hold_standard_descriptors();
    if (::write(1, "printed", 7) != 7 || ::write(2, "printed", 7) != 7) return 1;
    char byte = 0;
    if (::read(0, &byte, 1) != 0) return 2;
    return ::open((directory_ + "/b").c_str(), O_CREAT | O_RDWR, 0644) > 2 ? 0 : 3;
  });
  EXPECT_EQ(failed, 0);
}

TEST(Mount, of_a_path_that_is_to_come_is_that_of_the_nearest_directory) {
  EXPECT_EQ(mount_of("/tmp"), mount_of("/tmp/not/there/yet"));
  EXPECT_NE(mount_of("/proc"), mount_of("/tmp"));
  EXPECT_FALSE(mount_of(".").empty());
}

}  // namespace
}  // namespace weir
