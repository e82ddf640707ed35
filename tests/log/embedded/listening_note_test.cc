// Where a log's owner is reached, as it says in the directory: while it listens, and not afterwards.
#include "log/embedded/listening_note.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "log/log.h"
#include "sim/memory_file.h"

namespace weir::log::listening_note_test {
namespace {

using embedded::ListeningNote;

TEST(ListeningNote, says_where_as_long_as_it_is_there) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("data"));
  EXPECT_TRUE(ListeningNote::read(files, "data")->empty());
  EXPECT_TRUE(ListeningNote::remove(files, "data")) << "there is none";
  const std::vector<std::string> addresses{"127.0.0.1:4000", "ssl://127.0.0.1:4001"};
  {
    auto note = ListeningNote::write(files, "data", addresses);
    ASSERT_TRUE(note) << note.error().to_string();
    EXPECT_EQ(*ListeningNote::read(files, "data"), addresses);
  }
  EXPECT_TRUE(ListeningNote::read(files, "data")->empty());
}

class ListeningLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = (std::filesystem::temp_directory_path() / ("weir-listening-" + std::to_string(::getpid()))).string();
    std::filesystem::remove_all(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(ListeningLogTest, a_log_that_listens_says_where) {
  {
    const Client client = *open(directory_, {.listen = {"127.0.0.1:0"}});
    EXPECT_EQ(*owner_listens_on(directory_), listening_on(client));
    EXPECT_EQ(open(directory_).error().code, ErrorCode::locked);
    EXPECT_TRUE(open(directory_, {.access = Access::read_only}));
    EXPECT_EQ(owner_listens_on(directory_)->size(), 1u) << "a reader beside it changes nothing";
  }
  EXPECT_TRUE(owner_listens_on(directory_)->empty());
}

TEST_F(ListeningLogTest, what_an_owner_that_was_killed_left_is_removed_by_the_next_one) {
  { ASSERT_TRUE(open(directory_)); }
  const std::string left = directory_ + "/listening";
  std::ofstream(left) << "127.0.0.1:1\n";
  ASSERT_EQ(owner_listens_on(directory_)->size(), 1u);
  const Client client = *open(directory_);
  EXPECT_TRUE(owner_listens_on(directory_)->empty());
}

}  // namespace
}  // namespace weir::log::listening_note_test
