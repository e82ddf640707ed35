// The log, as a program uses it: `weir::log::open("data/")` gives a Client over a log in this process,
// `weir::log::connect("host:9092")` one over a log elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/exit_status.h"
#include "log/base/file.h"
#include "log/base/logging.h"
#include "log/base/result.h"
#include "log/client/client.h"
#include "log/client/record_walk.h"
#include "log/client/security_admin.h"
#include "log/model/topic_defaults.h"
#include "log/remote/connect.h"
#include "log/server/serve_options.h"

namespace weir::log {

enum class Access { read_write, read_only };

// What an acknowledged record survives. `os`: the end of the process. `interval`: that, and a power cut except for the
// last `sync_interval`. `fsync`: a power cut; an answer waits for the disk.
enum class Durability { os, interval, fsync };

struct OpenOptions {
  Access access = Access::read_write;            // read_only takes no lock and sees what is committed
  Durability durability = Durability::interval;  // of topics that do not say otherwise (their config `durability`)
  Millis sync_interval{1'000};
  std::size_t segment_bytes = kSegmentBytes;
  FileSystem* files = nullptr;          // nullptr: the machine's own
  Clock* clock = nullptr;               // nullptr: the system's; by it the log waits, and its threads are the clock's
  std::optional<std::uint64_t> seed{};  // of ids that are made; nullopt: one that nobody foresees
  // Where other programs reach the log too, by the protocol of Apache Kafka: "127.0.0.1:9092", "ssl://0.0.0.0:9093",
  // and where they say who they are: "sasl://127.0.0.1:9094", "sasl-ssl://0.0.0.0:9095"; port 0 for one that is free
  // (see listening_on). Such a log takes what its producers and members left open for theirs until it times out.
  std::vector<std::string> listen{};
  ServeOptions serve{};  // how, if it listens
};

// Opens, or creates, the log in `directory`. locked: another process has it open; io_error, corrupt_data: with the
// file, or with the address that nobody can listen on; invalid_argument: an address that is none, or read_only and
// `listen` together.
Result<Client> open(const std::string& directory, OpenOptions options = {});

// Where a log that was opened with `listen` is reached: "127.0.0.1:43817", one for each. Empty for any other.
std::vector<std::string> listening_on(const Client& client);

// Where the program that has the log in `directory` open is reached, as it says in a file there: of a log that `open`
// found locked. Empty if it does not listen; what is said of a log that nobody has open counts for nothing. io_error.
Result<std::vector<std::string>> owner_listens_on(const std::string& directory);

// What opening the log found wrong, and what became of it: "data/partitions/clicks-0.../0.log, byte 8192: 61 bytes from
// offset 12 were not whole and are cut". Each was logged as a warning too. Empty where all is well, and for a log of
// another process.
std::vector<std::string> recovery_findings(const Client& client);

}  // namespace weir::log
