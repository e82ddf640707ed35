// weir_vectors FILE...: checks recorded behaviour of Kafka against ours, prints each failure, and ends in
// "N passed, M failed".
#include <cstdio>

#include "tests/vectors/checks.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: weir_vectors FILE...\n", stderr);
    return 2;
  }
  int passed = 0;
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    auto outcome = weir::vectors::check_file(argv[i]);
    for (const auto& failure : outcome.failures) std::printf("%s\n", failure.c_str());
    passed += outcome.passed;
    failed += static_cast<int>(outcome.failures.size());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
