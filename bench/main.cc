#include <filesystem>

#include <CLI/CLI.hpp>

#include "bench/growth.h"
#include "bench/harness.h"

int main(int argc, char** argv) {
  CLI::App command("Benchmarks beside their hand-written floors");
  weir::bench::Options options;
  options.directory = (std::filesystem::temp_directory_path() / "weir-bench").string();
  command.add_option("filter", options.filter, "run those whose names have this in them");
  command.add_option("--json", options.json_file, "write the figures to this file");
  command.add_option("--directory", options.directory, "where data goes and is removed again");
  command.add_option("--runs", options.runs, "of each side")->check(CLI::Range(1, 1000));
  bool growth = false;
  command.add_flag("--growth", growth, "what a record costs as what is stored beside it grows, instead");
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return growth ? weir::bench::run_growth(options.filter, options.directory) : weir::bench::run_benchmarks(options);
}
