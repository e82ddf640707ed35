#include "bench/harness.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

namespace weir::bench {

namespace {

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double value_of(const Benchmark& benchmark, const Run& run) {
  return benchmark.measure == Measure::cost ? run.seconds : static_cast<double>(run.amount) / run.seconds;
}

std::string number(double value) {
  return value < 100 ? fmt::format("{:.6f}", value) : fmt::format("{:.0f}", value);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Half of what lies between the highest and the lowest, as a share of the median.
double spread(const std::vector<double>& values) {
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return (*high - *low) / 2 / median(values);
}

struct Outcome {
  const Benchmark* benchmark;
  std::vector<double> weir, floor;
  double weir_cpu = 0, floor_cpu = 0;  // seconds per million, of the last run
  std::string weir_detail{}, floor_detail{};
};

// Of the medians that are shown: the greater, the better for Weir.
double ratio_of(const Outcome& outcome) {
  const double ratio = median(outcome.weir) / median(outcome.floor);
  return outcome.benchmark->measure == Measure::cost ? 1 / ratio : ratio;
}

Outcome measure(const Benchmark& benchmark, const Options& options) {
  const std::string directory = options.directory + "/" + benchmark.name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  Outcome outcome{&benchmark, {}, {}, 0, 0, {}, {}};
  {
    auto sides = benchmark.prepare(directory);
    for (int i = 0; i < options.runs; ++i) {
      Run floor = sides.floor();
      Run weir = sides.weir();
      outcome.floor.push_back(value_of(benchmark, floor));
      outcome.weir.push_back(value_of(benchmark, weir));
      outcome.weir_cpu = weir.cpu_seconds / static_cast<double>(weir.amount) * 1e6;
      outcome.floor_cpu = floor.cpu_seconds / static_cast<double>(floor.amount) * 1e6;
      outcome.weir_detail = std::move(weir.detail);
      outcome.floor_detail = std::move(floor.detail);
    }
  }
  std::filesystem::remove_all(directory);
  return outcome;
}

void print(const Outcome& outcome) {
  fmt::print("{}: {}\n", outcome.benchmark->name, outcome.benchmark->about);
  auto side = [&](const char* who, const std::vector<double>& values, double cpu, const std::string& detail) {
    fmt::print("  {:<6} {:>14} {}  +-{:.0f} %", who, number(median(values)), outcome.benchmark->unit,
               spread(values) * 100);
    if (outcome.benchmark->measure == Measure::rate) fmt::print("  {:.3f} CPU-s per million", cpu);
    fmt::print("{}{}\n", detail.empty() ? "" : "  ", detail);
  };
  side("weir", outcome.weir, outcome.weir_cpu, outcome.weir_detail);
  side("floor", outcome.floor, outcome.floor_cpu, outcome.floor_detail);
  fmt::print("  ratio  {:>14.2f} ({} runs of each, in turn)\n\n", ratio_of(outcome), outcome.weir.size());
  std::fflush(stdout);
}

bool write_json(const std::string& path, const std::vector<Outcome>& outcomes) {
  std::ofstream file(path);
  file << "[";
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& o = outcomes[i];
    file << (i == 0 ? "\n " : ",\n ")
         << fmt::format(R"({{"name":"{}","unit":"{}","weir":{},"floor":{},"ratio":{:.3f}}})", o.benchmark->name,
                        o.benchmark->unit, number(median(o.weir)), number(median(o.floor)), ratio_of(o));
  }
  file << "\n]\n";
  return file.good();
}

}  // namespace

Run timed(std::uint64_t amount, const std::function<void()>& work) {
  const double cpu = cpu_now();
  const auto begin = std::chrono::steady_clock::now();
  work();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {amount, took.count(), cpu_now() - cpu, {}};
}

std::vector<Benchmark>& benchmarks() {
  static std::vector<Benchmark> all;
  return all;
}

int run_benchmarks(const Options& options) {
  std::sort(benchmarks().begin(), benchmarks().end(),
            [](const Benchmark& a, const Benchmark& b) { return a.name < b.name; });
  std::vector<Outcome> outcomes;
  for (const Benchmark& benchmark : benchmarks()) {
    if (benchmark.name.find(options.filter) == std::string::npos) continue;
    outcomes.push_back(measure(benchmark, options));
    print(outcomes.back());
  }
  if (outcomes.empty()) give_up("no benchmark's name has '" + options.filter + "' in it");
  if (options.json_file.empty() || write_json(options.json_file, outcomes)) return 0;
  fmt::print(stderr, "weir_bench: {} could not be written\n", options.json_file);
  return 1;
}

void give_up(const std::string& what) {
  fmt::print(stderr, "weir_bench: {}\n", what);
  std::exit(1);
}

}  // namespace weir::bench
