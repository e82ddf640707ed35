// No room for the state: an error that says so, whichever write meets it, and never the end of the process. Room is a
// limit to the size of files, since a process can set that for itself: what RocksDB writes then fails as on a full
// disk.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "streams/state/rocks_database.h"

namespace weir::streams::state {
namespace {

constexpr int kWasRefused = 0;
constexpr int kWasNotRefused = 1;
constexpr int kCouldNotBegin = 2;

void leave_room_for(std::size_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &limit);
}

// Writes batches of `rows_per_batch` rows until one is refused; closes what is open, and says how it went.
int fill(const std::filesystem::path& path, std::size_t rows_per_batch) {
  RocksOptions options;
  options.write_buffer_bytes = 256 * 1024;
  options.ingest_rows = 1'000;
  auto database = RocksDatabase::open(path.string(), {"counts"}, options);
  if (!database) return kCouldNotBegin;
  auto backing = RocksDatabase::backing(*database, "counts");
  leave_room_for(100'000);
  std::mt19937 random(7);
  std::string value(200, ' ');
  int number = 0;
  for (int batch = 0; batch < 2'000; ++batch) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < rows_per_batch; ++i) {
      char key[16];
      std::snprintf(key, sizeof key, "%09d", ++number);
      for (char& c : value) c = static_cast<char>(random());  // compression gains nothing: a flush is what it holds
      keys.emplace_back(key + value);
    }
    std::vector<EncodedRow> rows;
    for (const std::string& key : keys) rows.emplace_back(key.data(), key.size() - value.size(), value.size());
    auto done = backing->apply(rows, {}, Position{});
    if (done && batch % 100 == 99) done = backing->flush();
    if (!done) return done.error().to_string().find(path.string()) != std::string::npos ? kWasRefused : kCouldNotBegin;
  }
  return kWasNotRefused;
}

class DiskFullTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // RocksDB has threads
    const std::string own = "weir-full-" + std::to_string(::getpid()) + "-" + std::to_string(GetParam());
    ::setenv(kPath, (std::filesystem::temp_directory_path() / own).c_str(), 0);  // a child keeps its parent's
    path_ = std::getenv(kPath);
    std::filesystem::remove_all(path_);
  }
  void TearDown() override {
    std::filesystem::remove_all(path_);
    ::unsetenv(kPath);
  }

  static constexpr const char* kPath = "WEIR_DISK_FULL_TEST";
  std::filesystem::path path_;
};

// Rows that go through the write buffer, and sets that are ingested as files.
INSTANTIATE_TEST_SUITE_P(Batches, DiskFullTest, ::testing::Values(10, 2'000));

TEST_P(DiskFullTest, a_write_without_room_is_an_error_and_the_process_lives) {
  EXPECT_EXIT(std::exit(fill(path_, GetParam())), ::testing::ExitedWithCode(kWasRefused), "");
  ASSERT_TRUE(std::filesystem::exists(path_));
  // With room again it holds what was there.
  auto opened = RocksDatabase::open(path_.string(), {"counts"});
  EXPECT_TRUE(opened) << opened.error().to_string();
}

}  // namespace
}  // namespace weir::streams::state
