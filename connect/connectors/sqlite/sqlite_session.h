// One connection to an SQLite database, as connectors/sql see it.
#pragma once

#include <memory>
#include <string>

#include "connect/connectors/sql/sql_session.h"

namespace weir::connect {

struct SqliteOptions {
  std::string path{};
  bool read_only = false;      // else it is made if it is not there
  Millis busy_timeout{5'000};  // how long to wait for another writer
  bool full_sync = true;       // a commit survives a power cut; else only a kill
};

// Journal: a write-ahead log, so that readers and the writer do not wait for each other. permission_denied: the file
// cannot be opened so; unavailable: another writer has it.
Result<std::unique_ptr<SqlSession>> open_sqlite(const SqliteOptions& options);

}  // namespace weir::connect
