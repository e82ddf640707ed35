// GatheredBytes: bytes that are to be sent one after another, of which long runs are shared slices: a batch on its way
// from a segment to a socket is not copied in between.
#pragma once

#include <vector>

#include "log/base/bytes.h"

namespace weir::log::wire {

struct GatheredBytes {
  struct Slice {
    std::size_t before;  // it stands in front of own[before]
    SharedBytes bytes;
  };

  OwnedBytes own;             // everything that is no slice
  std::vector<Slice> slices;  // by `before`, ascending

  std::size_t size_bytes() const {
    std::size_t total = own.size();
    for (const auto& slice : slices) total += slice.bytes.size();
    return total;
  }

  // `use(Bytes)` is handed every run in order; none is empty. They live as long as this object is not changed.
  template <class Use>
  void for_each_run(Use use) const {
    std::size_t done = 0;
    auto own_until = [&](std::size_t end) {
      if (end > done) use(Bytes(own).substr(done, end - done));
      done = end;
    };
    for (const auto& slice : slices) {
      own_until(slice.before);
      if (!slice.bytes.empty()) use(slice.bytes.view());
    }
    own_until(own.size());
  }

  OwnedBytes flat() const {  // a copy
    OwnedBytes all;
    all.reserve(size_bytes());
    for_each_run([&all](Bytes run) { all.append(run); });
    return all;
  }
};

}  // namespace weir::log::wire
