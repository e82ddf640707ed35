// RocksDatabase: one RocksDB for a task's stores, a column family each. The write-ahead log is off: the changelog is
// the log. Every batch carries the store's position in its own column family, because families flush independently and
// only a position that became durable with its rows says what is there.
//
// Keys in a column family: 0x00 "position" for the position, 0x01 | row key for rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "streams/state/backing.h"

namespace weir::streams::state {

// What the databases of an application share: a block cache, in which index and filter blocks are, too, and to which
// write buffers are charged, which are at most a half of it: a store whose buffers hold more writes them to a file.
class RocksMemory {
 public:
  static std::shared_ptr<RocksMemory> make(std::size_t bytes);
  virtual ~RocksMemory() = default;
  virtual std::size_t used_bytes() const = 0;
};

struct RocksOptions {
  std::shared_ptr<RocksMemory> memory = nullptr;      // shared by databases; null: a cache as below, buffers by store
  std::size_t write_buffer_bytes = 32 * 1024 * 1024;  // per store
  std::size_t block_cache_bytes = 64 * 1024 * 1024;   // shared by all databases of the process that ask for this size
  std::size_t ingest_rows = 5'000;                    // sets of at least so many rows are ingested as a sorted file
  int max_open_files = 256;                           // of each database: its table files
  bool flush_on_close = true;                         // no: closing is like a kill, what is not flushed is lost
};

class RocksDatabase {
 public:
  // Opens, or creates, the database with a family for each name; families of stores that are gone are kept.
  static Result<std::shared_ptr<RocksDatabase>> open(const std::string& path, const std::vector<std::string>& stores,
                                                     const RocksOptions& options = {});
  ~RocksDatabase();

  // The backing of one of `stores`; keeps the database open.
  static std::unique_ptr<Backing> backing(const std::shared_ptr<RocksDatabase>& database, const std::string& store);

  struct Impl;

 private:
  explicit RocksDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::streams::state
