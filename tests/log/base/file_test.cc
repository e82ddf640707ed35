#include "log/base/file.h"

#include <set>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/faulty_file.h"
#include "sim/memory_file.h"
#include "sim/power_cuts.h"

namespace weir {
namespace {

// The same promises over the machine's files and those in memory.
class Files : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "weir_file_test_" + std::to_string(::getpid());
    ASSERT_TRUE(files().remove_all(directory_));
    ASSERT_TRUE(files().create_directories(directory_ + "/inner"));
  }
  void TearDown() override { ASSERT_TRUE(files().remove_all(directory_)); }

  FileSystem& files() { return GetParam() ? static_cast<FileSystem&>(memory_) : posix_files(); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string directory_;
  MemoryFileSystem memory_;
};

INSTANTIATE_TEST_SUITE_P(Posix, Files, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Memory, Files, testing::Values(true));

TEST_P(Files, what_was_written_in_parts_is_read_back_whole) {
  auto file = files().open(path("a"), OpenMode::create).value();
  const Bytes parts[] = {"one", "", "two", "three"};
  ASSERT_TRUE(file->write_parts_at(2, parts));
  EXPECT_EQ(*file->size(), 13u);
  EXPECT_EQ(*read_file(files(), path("a")), std::string("\0\0onetwothree", 13));
  char into[100];
  EXPECT_EQ(*file->read_at(10, into, 100), 3u);
  EXPECT_EQ(*file->read_at(13, into, 100), 0u);
}

TEST_P(Files, errors_name_the_path) {
  auto missing = files().open(path("missing"), OpenMode::read_write);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().detail.find(path("missing")), std::string::npos);
  EXPECT_EQ(files().remove(path("missing")).error().code, ErrorCode::not_found);
}

TEST_P(Files, replace_leaves_one_file_with_the_new_content) {
  ASSERT_TRUE(replace_file(files(), path("inner/x"), "first and longer"));
  ASSERT_TRUE(replace_file(files(), path("inner/x"), "second"));
  EXPECT_EQ(*read_file(files(), path("inner/x")), "second");
  EXPECT_EQ(*files().list(path("inner")), std::vector<std::string>{"x"});
  EXPECT_EQ(files().list(directory_)->size(), 1u);
}

TEST_P(Files, a_lock_is_held_once_and_given_back) {
  auto held = files().lock(path("lock"));
  ASSERT_TRUE(held);
  EXPECT_EQ(files().lock(path("lock")).error().code, ErrorCode::locked);
  held->reset();
  EXPECT_TRUE(files().lock(path("lock")));
}

TEST_P(Files, a_removed_tree_and_a_renamed_directory_are_seen) {
  ASSERT_TRUE(replace_file(files(), path("inner/x"), "x"));
  ASSERT_TRUE(files().rename(path("inner"), path("other")));
  EXPECT_EQ(*read_file(files(), path("other/x")), "x");
  ASSERT_TRUE(files().remove_all(path("other")));
  EXPECT_FALSE(*files().exists(path("other/x")));
  EXPECT_FALSE(*files().exists(path("other")));
}

TEST_P(Files, a_truncated_file_ends_there) {
  ASSERT_TRUE(replace_file(files(), path("x"), "0123456789"));
  auto file = files().open(path("x"), OpenMode::read_write).value();
  ASSERT_TRUE(file->truncate(4));
  EXPECT_EQ(*read_file(files(), path("x")), "0123");
}

TEST_P(Files, an_inode_stays_with_the_file_and_not_with_its_name) {
  auto inode = [&](const std::string& name) {
    return *files().open(path(name), OpenMode::read).value()->inode();
  };
  auto kept_open = files().open(path("x"), OpenMode::create).value();
  const auto first = *kept_open->inode();
  ASSERT_TRUE(kept_open->write_at(0, "grown"));
  EXPECT_EQ(inode("x"), first);
  ASSERT_TRUE(files().rename(path("x"), path("renamed")));
  EXPECT_EQ(inode("renamed"), first);
  ASSERT_TRUE(replace_file(files(), path("renamed"), "another"));
  EXPECT_NE(inode("renamed"), first);
  EXPECT_EQ(*kept_open->inode(), first);
}

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.create_directories("d"));
    ASSERT_TRUE(files_.sync_directory("."));
    file_ = files_.open("d/f", OpenMode::create).value();
  }
  MemoryFileSystem files_;
  std::unique_ptr<File> file_;
};

TEST_F(Memory, a_kill_loses_nothing_and_a_power_cut_what_was_not_synced) {
  ASSERT_TRUE(file_->write_at(0, "safe"));
  ASSERT_TRUE(file_->sync_data());
  ASSERT_TRUE(files_.sync_directory("d"));
  ASSERT_TRUE(file_->write_at(4, "lost"));
  EXPECT_EQ(*read_file(*files_.crashed(CrashModel::kill()), "d/f"), "safelost");
  EXPECT_EQ(*read_file(*files_.crashed(CrashModel::power_cut()), "d/f"), "safe");
}

TEST_F(Memory, a_power_cut_takes_a_name_that_was_not_synced) {
  ASSERT_TRUE(file_->write_at(0, "x"));
  ASSERT_TRUE(file_->sync_data());
  EXPECT_FALSE(*files_.crashed(CrashModel::power_cut())->exists("d/f"));
  ASSERT_TRUE(replace_file(files_, "d/g", "new"));
  EXPECT_EQ(*read_file(*files_.crashed(CrashModel::power_cut()), "d/g"), "new");
}

TEST_F(Memory, every_moment_of_a_history_can_be_built) {
  std::size_t before = files_.operation_count();
  ASSERT_TRUE(file_->write_at(0, "a"));
  ASSERT_TRUE(file_->write_at(1, "b"));
  EXPECT_EQ(*read_file(*files_.crashed_after(before, CrashModel::kill()), "d/f"), "");
  EXPECT_EQ(*read_file(*files_.crashed_after(before + 1, CrashModel::kill()), "d/f"), "a");
  EXPECT_EQ(*read_file(*files_.crashed_after(before + 2, CrashModel::kill()), "d/f"), "ab");
}

TEST_F(Memory, a_scrambled_power_cut_tears_and_drops_but_keeps_what_was_synced) {
  ASSERT_TRUE(files_.sync_directory("d"));
  ASSERT_TRUE(file_->write_at(0, std::string(1'000, 's')));
  ASSERT_TRUE(file_->sync_data());
  ASSERT_TRUE(file_->write_at(1'000, std::string(2'000, 'u')));
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto content = *read_file(*files_.crashed(CrashModel::power_cut(seed)), "d/f");
    EXPECT_EQ(content.substr(0, 1'000), std::string(1'000, 's'));
    sizes.insert(content.size());
  }
  EXPECT_TRUE(sizes.contains(1'000));
  EXPECT_TRUE(sizes.contains(3'000));
  EXPECT_GT(sizes.size(), 3u);
}

TEST_F(Memory, every_state_that_a_power_cut_can_leave_comes_once) {
  ASSERT_TRUE(files_.sync_directory("d"));
  ASSERT_TRUE(file_->write_at(0, std::string(500, 's')));
  ASSERT_TRUE(file_->sync_data());
  ASSERT_TRUE(file_->write_at(500, std::string(600, 'a')));   // over sectors that end at 512 and 1024
  ASSERT_TRUE(file_->write_at(1'100, std::string(10, 'b')));  // within one
  ASSERT_TRUE(files_.open("d/g", OpenMode::create).has_value());
  std::set<std::string> states;
  PowerCuts cuts(files_, files_.operation_count(), 512);
  std::size_t count = 0;
  for (auto state = cuts.next(); state != nullptr; state = cuts.next(), ++count) {
    states.insert(*read_file(*state, "d/f") + (*state->exists("d/g") ? "|g" : "|"));
  }
  EXPECT_EQ(count, 2u * 4u * 2u) << "the name; 0, 12, 524 or 600 bytes; 0 or 10";
  EXPECT_EQ(states.size(), count);
  const std::string first(500, 's');
  for (std::size_t a : {0u, 12u, 524u, 600u}) EXPECT_TRUE(states.contains(first + std::string(a, 'a') + "|")) << a;
  const std::string hole(600, '\0');
  EXPECT_TRUE(states.contains(first + hole + std::string(10, 'b') + "|g")) << "the later write without the first";
}

TEST_F(Memory, an_injected_fault_strikes_once_or_until_healed) {
  FaultyFileSystem faulty(files_);
  auto file = faulty.open("d/f", OpenMode::read_write).value();
  faulty.inject({.at = 1, .code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true, .write_bytes = 2});
  EXPECT_TRUE(file->write_at(0, "1234"));
  EXPECT_EQ(file->write_at(4, "5678").error().code, ErrorCode::no_space);
  EXPECT_EQ(*file->size(), 6u);
  EXPECT_FALSE(file->write_at(4, "5678"));
  faulty.heal();
  EXPECT_TRUE(file->write_at(4, "5678"));
  faulty.inject({.at = 0, .on = Fault::On::syncs});
  EXPECT_EQ(file->sync_data().error().code, ErrorCode::io_error);
  EXPECT_TRUE(file->sync_data());
}

TEST(PosixFiles, that_the_process_has_no_more_descriptors_is_said_with_the_number_that_it_may_have) {
  const std::string path = testing::TempDir() + "weir_descriptors_" + std::to_string(::getpid());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 20;
  std::vector<std::unique_ptr<File>> open;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  Result<std::unique_ptr<File>> refused = nullptr;
  for (int i = 0; i < 25 && refused; ++i) {
    if (refused = posix_files().open(path, OpenMode::create); refused) open.push_back(*std::move(refused));
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io_error);
  EXPECT_NE(refused.error().detail.find(path + ": Too many open files; this process may have 20 (ulimit -n)"),
            std::string::npos)
      << refused.error().to_string();
  ASSERT_TRUE(posix_files().remove(path));
}

}  // namespace
}  // namespace weir
