#include "log/embedded/listening_note.h"

#include <algorithm>

namespace weir::log::embedded {

namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

std::string path_in(const std::string& directory) {
  return directory + "/listening";
}

}  // namespace

// Whole or not at all: others may read it at any moment.
Result<std::unique_ptr<ListeningNote>> ListeningNote::write(FileSystem& files, const std::string& directory,
                                                            const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text += address + "\n";
  const std::string fresh = path_in(directory) + ".new";
  {
    WEIR_TRY_VAR(file, files.open(fresh, OpenMode::create));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, text));
  }
  WEIR_TRY(files.rename(fresh, path_in(directory)));
  return std::unique_ptr<ListeningNote>(new ListeningNote(files, directory));
}

ListeningNote::~ListeningNote() {
  (void)remove(files_, directory_);
}

Result<> ListeningNote::remove(FileSystem& files, const std::string& directory) {
  auto removed = files.remove(path_in(directory));
  if (!removed && removed.error().code == ErrorCode::not_found) return {};
  return removed;
}

Result<std::vector<std::string>> ListeningNote::read(FileSystem& files, const std::string& directory) {
  std::vector<std::string> addresses;
  auto file = files.open(path_in(directory), OpenMode::read);
  if (!file && file.error().code == ErrorCode::not_found) return addresses;
  if (!file) return fail(std::move(file).error());
  WEIR_TRY_VAR(size, (*file)->size());
  std::string text(std::min<std::size_t>(size, kMostBytes), '\0');
  WEIR_TRY_VAR(count, (*file)->read_at(0, text.data(), text.size()));
  text.resize(count);
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    addresses.push_back(text.substr(at, end - at));
  }
  return addresses;
}

}  // namespace weir::log::embedded
