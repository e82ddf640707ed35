// Records: the `records` field of a message: whole record batches, one after another, as shared slices.
#pragma once

#include <vector>

#include "log/base/bytes.h"

namespace weir::log {

// Where bytes come from decides whether their checksums are looked at again: what this process sealed or has checked is
// trusted, what came over a socket never is.
enum class Trust : bool { foreign = false, sealed_here = true };

struct Records {
  std::vector<SharedBytes> parts;  // in order; a batch never spans two parts
  Trust trust = Trust::foreign;

  std::size_t size_bytes() const {
    std::size_t total = 0;
    for (const auto& part : parts) total += part.size();
    return total;
  }
};

}  // namespace weir::log
