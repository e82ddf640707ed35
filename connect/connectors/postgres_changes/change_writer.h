// ChangeWriter: what becomes of the changes of tables: records. The stream and the snapshot call it, in the order of
// commits.
#pragma once

#include <cstdint>
#include <string_view>

#include "connect/connectors/postgres_changes/change_table.h"
#include "connect/data/connect_records.h"

namespace weir::connect {

// Where a change comes from.
struct ChangeOrigin {
  bool is_snapshot = false;
  Lsn lsn = 0;  // of its commit; of a snapshot where the stream goes on
  std::uint32_t transaction = 0;
  std::int64_t time_ms = 0;  // of its commit
  std::int64_t now_ms = 0;
};

struct TableChange {
  enum class Kind : char { read = 'r', create = 'c', update = 'u', remove = 'd' };
  Kind kind = Kind::create;
  const PgTuple* before = nullptr;  // as far as the server tells it
  bool before_is_key = false;       // only its key columns are there
  const PgTuple* after = nullptr;
};

class ChangeWriter {
 public:
  virtual ~ChangeWriter() = default;

  // The table's columns are these from now on.
  virtual void learn(const ChangeTable& table) = 0;
  // corrupt_data: a value is none of its type.
  virtual Result<> write(const ChangeTable& table, const TableChange& change, const ChangeOrigin& origin,
                         ConnectRecords& into) = 0;
  virtual Result<> truncate(const ChangeTable& table, const ChangeOrigin& origin, ConnectRecords& into) = 0;
  virtual Result<> message(const PgLogicalMessage& message, const ChangeOrigin& origin, ConnectRecords& into) = 0;
  // Whether the stream is asked for messages of pg_logical_emit_message.
  virtual bool wants_messages() const { return false; }
};

}  // namespace weir::connect
