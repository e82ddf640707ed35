// The log, as a program uses it: `weir::log::open("data/")` gives a Client over a log in this process.
#pragma once

#include <string>

#include "log/base/clock.h"
#include "log/base/file.h"
#include "log/base/result.h"
#include "log/client/client.h"

namespace weir::log {

enum class Access { read_write, read_only };

// What an acknowledged record survives. `os`: the end of the process. `interval`: that, and a power cut except for the
// last `sync_interval`. `fsync`: a power cut; an answer waits for the disk.
enum class Durability { os, interval, fsync };

struct OpenOptions {
  Access access = Access::read_write;  // read_only takes no lock and sees what is committed
  Durability durability = Durability::interval;
  Millis sync_interval{1'000};
  std::size_t segment_bytes = 256 * 1024 * 1024;
  FileSystem* files = nullptr;  // nullptr: the machine's own
  Clock* clock = nullptr;       // nullptr: the system's
};

// Opens, or creates, the log in `directory`. locked: another process has it open; io_error, corrupt_data: with the
// file.
Result<Client> open(const std::string& directory, OpenOptions options = {});

}  // namespace weir::log
