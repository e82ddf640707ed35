// What an application lacks when it begins: threads, rights, a directory, room. Each is an error that says what and
// where, and what to do; nothing ends the process, and the next run with what was missing goes on as if nothing had
// been.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/faulty_file.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::app_failures_test {
namespace {

using Text = std::string;
namespace fs = std::filesystem;

Topology counting() {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "c"}).to_stream().to("out");
  return builder.build();
}

testing::AssertionResult says(const Result<>& done, std::initializer_list<Text> words) {
  if (done) return testing::AssertionFailure() << "it ended well";
  for (const Text& word : words) {
    if (done.error().to_string().find(word) == Text::npos) {
      return testing::AssertionFailure() << "no \"" << word << "\" in: " << done.error().to_string();
    }
  }
  return testing::AssertionSuccess();
}

// The system's, but there are only so many threads.
class ScarceClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return SystemClock::instance().wall_ms(); }
  std::int64_t monotonic_ns() const override { return SystemClock::instance().monotonic_ns(); }
  Result<std::unique_ptr<Thread>> start_thread(const std::string& name, std::function<void()> work) override {
    if (started_++ >= most_) {
      ++refused_;
      return fail(ErrorCode::io_error, "no thread can be started for " + name);
    }
    return Clock::start_thread(name, std::move(work));
  }
  void allow(int most) {
    most_ = most;
    started_ = refused_ = 0;
  }
  int refused() const { return refused_; }

 private:
  std::atomic<int> most_{0};
  std::atomic<int> started_{0};
  std::atomic<int> refused_{0};
};

class ScarceThreads : public testing_log::LogFixture {
 protected:
  // An input of four partitions is counted by three threads over a log of its own.
  Result<> count(ScarceClock& clock, MemoryFileSystem& files, const fs::path& state) {
    log::OpenOptions chosen;
    chosen.files = &files;
    chosen.clock = &clock;
    WEIR_TRY_VAR(client, log::open("data", chosen));
    if (!files.exists("data/filled").value_or(false)) {
      WEIR_TRY(client.admin()->create_topic({"in", 4, {}}));
      WEIR_TRY(client.admin()->create_topic({"out", 1, {}}));
      WEIR_TRY_VAR(producer, client.producer());
      for (int i = 0; i < 40; ++i) WEIR_TRY(producer->send("in", log::PartitionIndex(i % 4), 1, "k", "v"));
      WEIR_TRY(producer->flush());
      WEIR_TRY(files.open("data/filled", OpenMode::create));
    }
    AppOptions options = this->options("app");
    options.threads = 3;
    options.state_directory = state.string();
    App app(counting(), client, options);
    WEIR_TRY(app.run_to_end());
    counted_ = read_all("out", client).size();
    return {};
  }
  std::size_t counted_ = 0;
};

TEST_F(ScarceThreads, each_thread_that_is_not_to_be_had_is_an_error_or_done_without) {
  int failed = 0;
  int most = 0;
  for (;; ++most) {
    ASSERT_LT(most, 40) << "it never has enough";
    ScarceClock clock;
    MemoryFileSystem files;
    const fs::path state = state_ / std::to_string(most);
    clock.allow(most);
    const auto done = count(clock, files, state);
    if (done && clock.refused() == 0) break;
    failed += done ? 0 : 1;
    if (!done) {
      EXPECT_TRUE(says(done, {"no thread can be started for weir-"})) << "with " << most;
    }
    // What failed is whole: with threads it is finished, and each record counts once.
    clock.allow(1'000);
    const auto again = count(clock, files, state);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(counted_, 40u) << "with " << most;
  }
  EXPECT_GE(failed, 2) << "the log's and the workers' threads";
}

// --- without rights, in a process of its own ---

constexpr const char* kCase = "WEIR_TEST_APP_FAILURES";
constexpr const char* kDirectory = "WEIR_TEST_APP_FAILURES_DIRECTORY";
constexpr uid_t kNobody = 65'534;

// 0: the run ended well; 1: it failed, and said why on standard output.
[[noreturn]] void run_apart(const Text& what) {
  const Text directory = std::getenv(kDirectory);
  const Text state = directory + "/state";
  if (what.starts_with("threads ")) {
    const rlim_t most = std::stoul(what.substr(8));
    const rlimit limit{most, most};
    if (::setrlimit(RLIMIT_NPROC, &limit) != 0) std::_Exit(3);
  }
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) std::_Exit(3);  // root may do everything
  auto done = [&]() -> Result<> {
    WEIR_TRY_VAR(client, log::open(directory + "/log"));
    (void)client.admin()->create_topic({"in", 1, {}});
    (void)client.admin()->create_topic({"out", 1, {}});
    WEIR_TRY_VAR(producer, client.producer());
    WEIR_TRY(producer->send("in", log::PartitionIndex(0), 1, "k", "v"));
    WEIR_TRY(producer->flush());
    App app(counting(), client, {.application_id = "app", .state_directory = state});
    return app.run_to_end();
  }();
  if (!done) std::cout << done.error().to_string() << std::endl;
  std::_Exit(done ? 0 : 1);
}

class LackingRights : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* what = std::getenv(kCase)) run_apart(what);
    directory_ = fs::temp_directory_path() / ("weir-rights-" + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::permissions(directory_, fs::perms::all);
  }
  void TearDown() override { fs::remove_all(directory_); }

  void make(const Text& name, fs::perms rights) {
    fs::create_directories(directory_ / name);
    if (::geteuid() == 0) {
      ASSERT_EQ(::chown((directory_ / name).c_str(), kNobody, kNobody), 0);
    }
    fs::permissions(directory_ / name, rights);
  }
  // How it ended: its status, and what it said.
  std::pair<int, Text> run(const Text& what) {
    const auto* self = ::testing::UnitTest::GetInstance()->current_test_info();
    const Text program = fs::read_symlink("/proc/self/exe").string();
    const Text out = (directory_ / "said").string();
    const Text command = Text(kCase) + "='" + what + "' " + kDirectory + "='" + directory_.string() + "' exec '" +
                         program + "' --gtest_filter=" + self->test_suite_name() + "." + self->name() + " >'" + out +
                         "' 2>/dev/null";
    const int status = std::system(command.c_str());
    std::ifstream file(out);
    Text said((std::istreambuf_iterator<char>(file)), {});
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
  }
  void expect_said(const std::pair<int, Text>& ended, std::initializer_list<Text> words) {
    EXPECT_EQ(ended.first, 1) << ended.second;
    for (const Text& word : words) EXPECT_NE(ended.second.find(word), Text::npos) << word << " in " << ended.second;
  }
  fs::path directory_;
};

constexpr fs::perms kReadOnly = fs::perms::owner_read | fs::perms::owner_exec;

TEST_F(LackingRights, a_state_directory_that_may_not_be_written_is_named_with_what_to_do) {
  make("state", kReadOnly);
  expect_said(run("rights"), {"permission_denied", (directory_ / "state").string(), "the state", "state_directory"});
  make("state", fs::perms::owner_all);
  const auto again = run("rights");
  EXPECT_EQ(again.first, 0) << again.second;
}

TEST_F(LackingRights, a_log_directory_that_may_not_be_written_is_named_with_what_to_do) {
  make("log", kReadOnly);
  expect_said(run("rights"), {"permission_denied", (directory_ / "log").string(), "the log", "log::open"});
}

TEST_F(LackingRights, a_file_where_a_directory_should_be_is_named_with_what_to_do) {
  std::ofstream(directory_ / "state") << "a file";
  expect_said(run("file"), {"io_error", "move " + (directory_ / "state").string() + ", which is no directory"});
  fs::remove(directory_ / "state");
  fs::remove_all(directory_ / "log");
  std::ofstream(directory_ / "log") << "a file";
  expect_said(run("file"), {"io_error", "move " + (directory_ / "log").string() + ", which is no directory"});
}

// RocksDB's threads are its own, and not the clock's.
TEST_F(LackingRights, threads_that_the_system_refuses_end_the_run_and_not_the_process) {
  int failed = 0;
  for (int most = 1; most <= 24; ++most) {
    fs::remove_all(directory_ / "log");
    fs::remove_all(directory_ / "state");
    const auto ended = run("threads " + std::to_string(most));
    ASSERT_TRUE(ended.first == 0 || ended.first == 1)
        << most << " threads: status " << ended.first << ", " << ended.second;
    if (ended.first == 1) {
      ++failed;
      EXPECT_NE(ended.second.find("no thread can be started"), Text::npos) << most << " threads: " << ended.second;
    }
  }
  EXPECT_GT(failed, 0) << "the limit counts nobody";
}

// --- a disk that is full from the beginning ---

TEST(FullAtStart, a_log_on_a_full_disk_says_so_with_its_path) {
  MemoryFileSystem files;
  FaultyFileSystem full(files);
  full.inject({.code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true});
  log::OpenOptions chosen;
  chosen.files = &full;
  const auto opened = log::open("data", chosen);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::no_space);
  EXPECT_NE(opened.error().to_string().find("data"), Text::npos) << opened.error().to_string();
  EXPECT_NE(opened.error().to_string().find("make room"), Text::npos) << opened.error().to_string();
}

}  // namespace
}  // namespace weir::streams::app_failures_test
