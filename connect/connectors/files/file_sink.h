// The file sink: each record becomes a line of a file, exactly once.
//
// The metadata committed with the offsets is {"file": inode, "length": bytes}. On start the file is cut to that length,
// so that what was written after the last commit is written again, and only once. A file that is another one, that is
// shorter, that holds bytes although nothing was committed yet, or that somebody else writes to, is an error; so are
// partitions of which some were written to another file, as where the number of tasks changed. Beside a
// file FILE stands .FILE.weir-sink, which says for which connector over which topics it was begun: so a file whose
// first commit a power cut took is known as the sink's own, and written again.
#pragma once

#include <memory>
#include <string>

#include "connect/connectors/files/line_writer.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/sink.h"
#include "log/base/clock.h"
#include "log/base/file.h"

namespace weir::connect {

struct FileSinkOptions {
  std::string path{};
  LineWriter::Options lines{};
  bool fsync = true;  // a flush reaches the disk before the offsets are committed

  // A new file where one of these is set and reached (rolling_file_sink.h); then `{number}` stands in the path.
  std::uint64_t roll_bytes = 0;
  Millis roll_after{0};
};

std::unique_ptr<Sink> file_sink(FileSinkOptions options, FileSystem& files = posix_files(),
                                Clock& clock = SystemClock::instance());

// "file-sink": the same from settings.
ConnectorClass file_sink_class();

}  // namespace weir::connect
