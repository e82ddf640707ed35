// Cases of the vectors of streams (tests/vectors/README.md, sections 1 to 5): a topology, steps, and what came out.
#pragma once

#include <string>

#include "streams/dsl/builder.h"
#include "tests/vectors/checks.h"

namespace weir::vectors {

enum class Stores {
  in_memory,
  read_back,  // over RocksDB, every row dropped from memory after each step
};

// What is wrong with our answer to a case, or nothing.
Failure run_case(const boost::json::object& line, Stores stores, const streams::BuilderOptions& options);

}  // namespace weir::vectors
