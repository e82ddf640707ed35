// The harness of benchmarks: pairs of (Weir, floor), run in turn, and a table of medians and their ratio.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/result.h"

namespace weir::bench {

// What one run did, timed by itself so that preparing is left out.
struct Run {
  std::uint64_t amount = 0;  // of the benchmark's unit; 1 where a cost is measured
  double seconds = 0;        // of the wall clock, or the cost
  double cpu_seconds = 0;    // of the process, all threads
  std::string detail{};      // of the last run, printed beside it
};

// A rate is amount by seconds and better if it is high; a cost (seconds, bytes) is better if it is low. The ratio is
// always better if it is high.
enum class Measure { rate, cost };

// Times what it is given.
Run timed(std::uint64_t amount, const std::function<void()>& work);

struct Benchmark {
  std::string name;
  std::string unit;   // "records/s"
  std::string about;  // what both sides do: sizes, keys, settings
  // Prepares in a directory that is empty, and gives one run of each side at a time.
  struct Sides {
    std::function<Run()> weir;
    std::function<Run()> floor;
  };
  std::function<Sides(const std::string& directory)> prepare;
  Measure measure = Measure::rate;
};

// Registered by each workload's file.
std::vector<Benchmark>& benchmarks();
struct Register {
  explicit Register(Benchmark benchmark) { benchmarks().push_back(std::move(benchmark)); }
};

struct Options {
  std::string filter;     // part of a name
  std::string json_file;  // empty: none
  std::string directory;  // for data; what is made in it is removed
  int runs = 5;
};

// 0, or 1 if a file could not be written.
int run_benchmarks(const Options& options);

// Ends the program with the reason: a benchmark has nothing to fall back on.
[[noreturn]] void give_up(const std::string& what);
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace weir::bench
