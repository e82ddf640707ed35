// Files that are opened when they are used, and what becomes of that while the file system takes no writes.
#include "log/storage/file_cache.h"

#include <gtest/gtest.h>

#include "sim/faulty_file.h"
#include "sim/memory_file.h"

namespace weir::log::storage {
namespace {

class FileCacheTest : public testing::Test {
 protected:
  FileCacheTest() {
    for (const char* path : {"a", "b"}) {
      auto file = memory_.open(path, OpenMode::create).value();
      EXPECT_TRUE(file->write_at(0, path));
    }
  }
  static std::string content(LazyFile& lazy) {
    auto file = lazy.get();
    if (!file) return file.error().to_string();
    char byte = 0;
    return (*file)->read_at(0, &byte, 1).has_value() ? std::string(1, byte) : "unreadable";
  }

  MemoryFileSystem memory_;
  FaultyFileSystem files_{memory_};
  FileCache cache_{files_, 1};
};

TEST_F(FileCacheTest, the_one_unused_for_longest_is_closed_and_opened_again) {
  LazyFile a(cache_, "a", OpenMode::read_write);
  LazyFile b(cache_, "b", OpenMode::read_write);
  EXPECT_EQ(content(a), "a");
  EXPECT_EQ(content(b), "b");
  EXPECT_EQ(cache_.open_count(), 1u);
  EXPECT_EQ(content(a), "a");
}

TEST_F(FileCacheTest, while_nothing_may_be_written_files_are_read_and_afterwards_written) {
  LazyFile a(cache_, "a", OpenMode::read_write);
  files_.inject({.at = 0, .code = ErrorCode::read_only, .on = Fault::On::writes, .lasts = true});
  EXPECT_EQ(content(a), "a");
  auto refused = a.get_to_write();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::read_only);
  files_.heal();
  auto writable = a.get_to_write();
  ASSERT_TRUE(writable) << writable.error().to_string();
  EXPECT_TRUE((*writable)->write_at(0, "c"));
  EXPECT_EQ(content(a), "c");
}

}  // namespace
}  // namespace weir::log::storage
