// File descriptors of the process: an application with state on disk needs some for each task, more than the usual soft
// limit of 1,024 where there are hundreds.
#pragma once

#include <cstddef>

#include "log/base/result.h"

namespace weir::streams {

// Of a task's RocksDB: its files that are always open.
inline constexpr std::size_t kDescriptorsOfDatabase = 6;

struct Descriptors {
  std::size_t limit = 0;  // the soft limit
  std::size_t open = 0;   // by the whole process

  std::size_t left() const { return limit > open ? limit - open : 0; }
};

// Raises the soft limit to the hard one.
Descriptors raise_descriptor_limit();

// How many table files each of `databases` may keep open. invalid_config, with the numbers and what to do: there are
// not enough descriptors to open them at all.
Result<int> open_files_of_each(std::size_t databases, const Descriptors& descriptors);

}  // namespace weir::streams
