// Growth: what one record costs as what is stored beside it grows. `weir_bench --growth` prints the tables that
// bench/README.md shows.
#pragma once

#include <string>

namespace weir::bench {

// The tables whose names have `filter` in them; 0. Data goes into `directory` and is removed again.
int run_growth(const std::string& filter, const std::string& directory);

}  // namespace weir::bench
