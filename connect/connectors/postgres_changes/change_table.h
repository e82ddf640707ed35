// ChangeTable: what is known of a table whose changes come: its columns as data, and which of them are its key. It is
// as the last message about it said; a schema that changes makes another one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connect/connectors/postgres/pg_types.h"
#include "connect/connectors/postgres_changes/pgoutput.h"
#include "connect/data/schema.h"

namespace weir::connect {

struct ChangeTable {
  struct Column {
    std::string name;
    PgType type;
    bool is_key = false;
  };

  std::uint32_t id = 0;
  std::string schema;
  std::string name;
  std::vector<Column> columns;

  std::string full_name() const { return schema + "." + name; }
  // "schema"."name"
  std::string quoted() const;
  std::vector<std::string> key() const;
  bool has_key() const;

  // As pgoutput says it; the key is that of the replica identity, which of `full` is every column: there it must be
  // looked up.
  static ChangeTable of(const PgRelation& relation);
};

// Of a column as the stream has it, which must be text. corrupt_data names the column.
Result<Value> value_of_field(const ChangeTable::Column& column, TimePrecision precision, std::string_view text);

}  // namespace weir::connect
