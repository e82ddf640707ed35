// MetadataSnapshot: what __cluster_metadata says up to an offset, in a file of its own, so that the log below is not
// read for ever, nor kept.
//
//   <log>/metadata/00000000000000004711.snapshot      what the records below offset 4711 say
//
// The newest two are kept, and of the log everything from the older one on: so a file that is damaged costs nothing but
// the reading of more records. As for any derived file its checksum says whether it is whole.
#pragma once

#include <string>
#include <vector>

#include "log/base/file.h"
#include "log/cluster/metadata.h"

namespace weir::log::cluster {

inline constexpr std::string_view kSnapshotSuffix = ".snapshot";
inline constexpr std::size_t kMetadataSnapshotsKept = 2;

struct MetadataSnapshot {
  Offset end{0};  // of the records that it holds
  Metadata state{};

  OwnedBytes encode() const;
  static Result<MetadataSnapshot> decode(Bytes content);  // corrupt_data
};

// The snapshots of a log's directory.
class MetadataSnapshots {
 public:
  MetadataSnapshots(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  struct Found {
    std::optional<MetadataSnapshot> newest{};  // of those that are whole
    std::vector<std::string> damaged{};        // files, and what is wrong with them
    std::vector<std::string> ahead{};          // files that know of more than `at_most` records
  };
  // The newest of no more than so many records. io_error.
  Result<Found> find(Offset at_most) const;

  // Durable when this returns; older ones than the newest two are removed. The end of the older one that stays, which
  // the log must still hold: 0, if there is none.
  Result<Offset> keep(const MetadataSnapshot& snapshot);

 private:
  Result<std::vector<Offset>> ends() const;  // of those that are there, ascending

  FileSystem& files_;
  const std::string directory_;
};

}  // namespace weir::log::cluster
