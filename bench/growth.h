// Growth: what one record costs as what is stored beside it grows. `weir_bench --growth` prints the tables that
// bench/README.md shows.
#pragma once

#include <string>

namespace weir::bench {

// 0. Data goes into `directory` and is removed again.
int run_growth(const std::string& directory);

}  // namespace weir::bench
