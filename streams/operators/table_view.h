// TableView: the rows of a table as the nodes of its task find them: kept in a store, or computed from the rows of the
// table above (a filter, a mapping, a join that keeps nothing).
#pragma once

#include <cstdint>
#include <string>

#include "streams/operators/record.h"

namespace weir::streams {

struct TableRow {
  const void* value = nullptr;  // null: there is no row
  std::int64_t timestamp_ms = -1;
};

class TableView {
 public:
  virtual ~TableView() = default;

  // Borrowed until the next look-up or change of a row.
  virtual TableRow look_up(const void* key, const EncodedKey& encoded_key) = 0;
  // The row as it was at `time_ms`; of a table without versions the one that is there now.
  virtual TableRow look_up_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t) {
    return look_up(key, encoded_key);
  }
};

}  // namespace weir::streams
