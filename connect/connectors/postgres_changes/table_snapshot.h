// TableSnapshot: the rows that tables have, as one transaction sees them, piece by piece in the order of their keys; so
// that reading can go on behind any row. A table without a key is read from its beginning again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres_changes/change_position.h"
#include "connect/connectors/postgres_changes/change_writer.h"

namespace weir::connect {

class TableSnapshot {
 public:
  // Of the tables ("schema.table", sorted), behind `from`. `exported`: the name of a snapshot that another connection
  // holds, else what is there now.
  static Result<TableSnapshot> begin(PgConnection& connection, std::vector<std::string> tables, SnapshotPosition from,
                                     const std::string& exported);

  // The next rows of a table, at most so many. Precondition: it is not through.
  Result<> read(std::size_t at_most, ChangeWriter& writer, const ChangeOrigin& origin, ConnectRecords& into);
  // All are read, and the transaction has ended.
  bool is_through() const { return is_through_; }
  const SnapshotPosition& position() const { return position_; }

 private:
  TableSnapshot(PgConnection& connection, std::vector<std::string> tables, SnapshotPosition from)
      : connection_(&connection), tables_(std::move(tables)), position_(std::move(from)) {}

  Result<bool> open_next_table(ChangeWriter& writer);
  Result<PgResult> fetch(std::size_t at_most);
  Result<> close_table();
  Result<> end();

  PgConnection* connection_;
  std::vector<std::string> tables_;
  SnapshotPosition position_;
  std::optional<ChangeTable> table_;  // that is being read
  bool has_cursor_ = false;           // of a table without a key
  bool is_through_ = false;
};

}  // namespace weir::connect
