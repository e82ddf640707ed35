// A directory that something is to live in and cannot be used: the error says whose it is, which path is in the way,
// and what to do.
#pragma once

#include <string>
#include <string_view>

#include "log/base/file.h"

namespace weir {

struct DirectoryUse {
  std::string_view whose;   // "the log", "the state"
  std::string_view remedy;  // how another one is chosen: "`--data`", "AppOptions::state_directory"
};

// Of `cause`, with which a directory could not be made, or nothing could be made in it: the same code, and in words
// what to do about missing rights, a file system that takes no writes, a full disk, a file that stands where a
// directory should.
Error unusable_directory(FileSystem& files, const std::string& path, const Error& cause, const DirectoryUse& use);

}  // namespace weir
