// ListeningNote: where the owner of a log's directory is reached, as a file in that says: "listening", an address a
// line. So who finds the directory locked knows where to go. It is there as long as its owner listens; one that was
// killed leaves it, and whoever owns the directory next removes it: it counts for nothing unless the directory is
// owned.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/file.h"

namespace weir::log::embedded {

class ListeningNote {
 public:
  // `files` outlives this. Precondition: the directory is owned by this process.
  static Result<std::unique_ptr<ListeningNote>> write(FileSystem& files, const std::string& directory,
                                                      const std::vector<std::string>& addresses);
  ~ListeningNote();
  ListeningNote(const ListeningNote&) = delete;
  ListeningNote& operator=(const ListeningNote&) = delete;

  // Of an owner that was killed.
  static Result<> remove(FileSystem& files, const std::string& directory);
  // Empty: nobody says anything.
  static Result<std::vector<std::string>> read(FileSystem& files, const std::string& directory);

 private:
  ListeningNote(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  FileSystem& files_;
  const std::string directory_;
};

}  // namespace weir::log::embedded
