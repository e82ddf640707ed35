#include "log/base/file.h"

#include <algorithm>

#include "log/base/path.h"

namespace weir {

std::string boot_id() {
  auto text = read_file(posix_files(), "/proc/sys/kernel/random/boot_id");
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *std::move(text);
}

Result<OwnedBytes> read_file(FileSystem& files, const std::string& path) {
  WEIR_TRY_VAR(file, files.open(path, OpenMode::read));
  WEIR_TRY_VAR(size, file->size());
  OwnedBytes content;
  // A little more than there should be, so that one read sees the end. Files of /proc say that their size is 0.
  std::size_t step = static_cast<std::size_t>(size) + 4096;
  for (;;) {
    std::size_t before = content.size();
    content.resize(before + step);
    WEIR_TRY_VAR(count, file->read_at(before, content.data() + before, step));
    content.resize(before + count);
    if (count < step) return content;
  }
}

std::string parent_directory(const std::string& path) {
  auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> replace_file(FileSystem& files, const std::string& path, Bytes content) {
  const std::string temporary = path + ".tmp";
  {
    WEIR_TRY_VAR(file, files.open(temporary, OpenMode::create));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, content));
    WEIR_TRY(file->sync_data());
  }
  WEIR_TRY(files.rename(temporary, path));
  return files.sync_directory(parent_directory(path));
}

}  // namespace weir
