// open_10k_clean, open_10k_killed: opening a log of 10,000 partitions after it was closed, and after its process was
// killed. Floor: each directory listed, its .log file opened and read. idle_partition_bytes: what one of them takes in
// memory.
#include <filesystem>

#include <fcntl.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/log_bench.h"

namespace weir::bench {

namespace {

constexpr int kTopics = 100;
constexpr int kPartitions = 100;  // of each topic
constexpr std::uint64_t kAll = kTopics * kPartitions;

std::string topic_name(int i) {
  return "topic-" + std::to_string(i);
}

void write_to_each(const log::Client& client) {
  auto producer = must(client.producer());
  for (int topic = 0; topic < kTopics; ++topic) {
    for (int partition = 0; partition < kPartitions; ++partition) {
      must(producer->send(topic_name(topic), log::PartitionIndex(partition), 1'000, "key", std::string(100, 'v')));
    }
  }
  must(producer->flush());
}

enum class End { clean, killed };

// In a process of its own, which ends as it is told to.
void write_in_child(const std::string& directory, End end, bool is_new) {
  const pid_t child = ::fork();
  if (child < 0) give_up("fork failed");
  if (child == 0) {
    auto client = std::make_unique<log::Client>(open_log(directory));
    for (int i = 0; is_new && i < kTopics; ++i) must(client->admin()->create_topic({topic_name(i), kPartitions, {}}));
    write_to_each(*client);
    if (end == End::clean) client.reset();
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up("the log's writer failed");
}

void read_by_hand(const std::string& directory) {
  std::vector<char> buffer(64 * 1024);
  for (const auto& partition : std::filesystem::directory_iterator(directory + "/log/partitions")) {
    for (const auto& file : std::filesystem::directory_iterator(partition.path())) {
      if (file.path().extension() != ".log") continue;
      const int opened = ::open(file.path().c_str(), O_RDONLY);
      if (opened < 0) give_up("cannot open " + file.path().string());
      while (::read(opened, buffer.data(), buffer.size()) > 0) {
      }
      ::close(opened);
    }
  }
}

Run cost_of(const std::function<void()>& work) {
  Run run = timed(1, work);
  return run;
}

Benchmark::Sides opening(const std::string& directory, End end) {
  write_in_child(directory, end, true);
  return {[=] {
            if (end == End::killed) write_in_child(directory, end, false);
            std::unique_ptr<log::Client> client;
            return cost_of([&] { client = std::make_unique<log::Client>(open_log(directory)); });
          },
          [=] {
            return cost_of([&] { read_by_hand(directory); });
          }};
}

Benchmark::Sides memory(const std::string& directory) {
  write_in_child(directory, End::clean, true);
  return {[=] {
            const std::size_t before = ::mallinfo2().uordblks;
            auto client = std::make_unique<log::Client>(open_log(directory));
            const std::size_t after = ::mallinfo2().uordblks;
            return Run{1, static_cast<double>(after - before) / static_cast<double>(kAll), 0};
          },
          [] {
            return Run{1, 4096, 0};
          }};
}

const Register clean({"open_10k_clean", "seconds", "10,000 partitions with a record each, after a clean end",
                      [](const std::string& directory) { return opening(directory, End::clean); }, Measure::cost});
const Register killed({"open_10k_killed", "seconds", "10,000 partitions with records each, after a kill",
                       [](const std::string& directory) { return opening(directory, End::killed); }, Measure::cost});
const Register idle({"idle_partition_bytes", "bytes", "of heap for one of 10,000 open partitions that nobody uses",
                     memory, Measure::cost});

}  // namespace

}  // namespace weir::bench
