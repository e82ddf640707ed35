// What is wrong with state on disk is told in words of what can be done, and RocksDB writes no notes of its own.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/state/rocks_database.h"

namespace weir::streams::state {
namespace {

class RocksMessagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() / ("weir-" + std::to_string(::getpid()) + "-" + test->name());
    std::filesystem::remove_all(path_);
    auto database = RocksDatabase::open(path_.string(), {"counts"});
    ASSERT_TRUE(database) << database.error().to_string();
    auto backing = RocksDatabase::backing(*database, "counts");
    const EncodedRow row("kv", 1, 1);
    ASSERT_TRUE(backing->apply(std::span(&row, 1), {}, Position{}));
    ASSERT_TRUE(backing->flush());
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  std::vector<std::filesystem::path> files(const std::string& part) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().filename().string().find(part) != std::string::npos) found.push_back(entry.path());
    }
    return found;
  }
  void expect_damage() const {
    auto opened = RocksDatabase::open(path_.string(), {"counts"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt_data) << opened.error().to_string();
    const std::string text = opened.error().to_string();
    EXPECT_NE(text.find("remove the directory"), std::string::npos) << text;
    for (const char* inside : {"RocksDB", "MANIFEST", ".sst", "CURRENT"}) {
      EXPECT_EQ(text.find(inside), std::string::npos) << text;
    }
  }

  std::filesystem::path path_;
};

TEST_F(RocksMessagesTest, damaged_state_is_told_with_the_remedy) {
  for (const auto& file : files("MANIFEST")) std::ofstream(file, std::ios::trunc) << "no manifest";
  expect_damage();
}

TEST_F(RocksMessagesTest, a_table_file_that_is_gone_is_told_with_the_remedy) {
  ASSERT_FALSE(files(".sst").empty());
  for (const auto& file : files(".sst")) std::filesystem::remove(file);
  expect_damage();
}

TEST_F(RocksMessagesTest, there_are_no_notes_of_rocksdb_that_could_fail) {
  EXPECT_TRUE(files("LOG.old").empty());
  EXPECT_FALSE(std::filesystem::exists(path_ / "LOG"));
}

TEST_F(RocksMessagesTest, state_that_is_open_is_in_use) {
  auto first = RocksDatabase::open(path_.string(), {"counts"});
  ASSERT_TRUE(first);
  auto second = RocksDatabase::open(path_.string(), {"counts"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::locked) << second.error().to_string();
}

}  // namespace
}  // namespace weir::streams::state
