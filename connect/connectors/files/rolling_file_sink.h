// The file sink that begins a new file from time to time. A file has its name when it is whole and committed, from one
// moment to the next, and then it never changes; what is being written lies beside it as .NAME.part.
//
// The metadata committed with the offsets is {"number": N, "file": inode, "length": bytes, "is_whole": B}: the file
// that is being written, and up to where. is_whole: it gets its name as soon as that is committed. On start what
// follows the length is cut off, or the name is given that was due; so every record is in one file, once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connect/connectors/files/file_sink.h"

namespace weir::connect {

// Precondition: rolls(options). `{number}` in the path counts from 0, ten digits.
std::unique_ptr<Sink> rolling_file_sink(FileSinkOptions options, FileSystem& files, Clock& clock);

bool rolls(const FileSinkOptions& options);

}  // namespace weir::connect
