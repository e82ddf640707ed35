#include "log/base/directory.h"

namespace weir {

namespace {

// What is no directory on the way to `path`, itself included; empty if there is nothing of the kind.
std::string file_in_the_way(FileSystem& files, std::string path) {
  while (!path.empty()) {
    const auto size = files.size_of(path);
    if (size) return files.list(path) ? std::string() : path;
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) break;
    path.erase(slash);
  }
  return {};
}

std::string what_to_do(FileSystem& files, const std::string& path, ErrorCode code) {
  if (code == ErrorCode::permission_denied) return "let the user of this process write there, or ";
  if (code == ErrorCode::read_only) return "mount its file system for writing, or ";
  if (code == ErrorCode::no_space) return "make room on its disk, or ";
  const std::string file = file_in_the_way(files, path);
  return file.empty() ? std::string() : "move " + file + ", which is no directory, out of the way, or ";
}

}  // namespace

Error unusable_directory(FileSystem& files, const std::string& path, const Error& cause, const DirectoryUse& use) {
  return {cause.code, "the directory " + path + " of " + std::string(use.whose) + " cannot be used (" + cause.detail +
                          "): " + what_to_do(files, path, cause.code) + "choose another one (" +
                          std::string(use.remedy) + ")"};
}

}  // namespace weir
