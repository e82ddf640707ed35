// What a journal holds goes into the segments that it belongs to, when a log is opened that was not closed cleanly and
// before anything else looks at them.
//
// Entries are taken in the order in which they were written, up to the first that does not check, without those that
// were said to be settled later on (Journal::forget). One is left out if its segment is not there, for the partition or
// the segment was removed; and if it would leave a hole, for then what lies before it is lost, which recovery finds.
// After a mere kill this changes nothing that a reader sees; it makes the segments safe, also one whose sync had
// failed.
#pragma once

#include <cstddef>
#include <string>

#include "log/base/file.h"

namespace weir::log::storage {

struct Replayed {
  std::size_t files = 0;     // of the journal
  std::size_t segments = 0;  // that were written and synced
  std::size_t bytes = 0;
};

// Removes the journal when all is safe; it can be interrupted and done again at any time. corrupt_data: a file of the
// journal has a header that does not check, so that what only it holds cannot be known; it is kept. io_error, no_space.
Result<Replayed> replay_journal(FileSystem& files, const std::string& journal, const std::string& partitions);

// Takes the journal away in one step: half of it could say what the other half takes back.
Result<> remove_journal(FileSystem& files, const std::string& journal);

}  // namespace weir::log::storage
