// Criteria: which rows of a table a source has not given yet, and in which order they come: by a number that grows with
// each row, by the time of the last change, or by both. RowPosition: the last row that was given, in the words of the
// database, as JSON in the offsets topic: {"timestamp":"2024-05-01 10:15:30.25","incrementing":42}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/connectors/sql/sql_session.h"

namespace weir::connect {

enum class NewRows { bulk, incrementing, timestamp, timestamp_incrementing };

struct RowPosition {
  // Strings, int64 or double, as the database gave them; null: none was given yet.
  Value timestamp{};
  Value incrementing{};
  std::int64_t rounds = 0;  // of bulk: how often all was read, and when last
  std::int64_t read_ms = 0;

  std::string to_json() const;
  static Result<RowPosition> parse(std::string_view json);  // corrupt_data
  bool operator==(const RowPosition&) const = default;
};

struct Criteria {
  NewRows mode = NewRows::bulk;
  std::string incrementing{};  // columns
  std::string timestamp{};

  struct Statement {
    std::string sql;
    std::vector<Value> parameters;
  };
  // The rows of `relation` (a quoted table, or a query in brackets with a name) behind the position, in order. No more
  // than `at_most`, where more may be left for later: rows of one timestamp alone come together. `until_ms`: no younger
  // ones.
  Statement select(const SqlDialect& dialect, const std::string& relation, const RowPosition& after,
                   std::size_t at_most, std::optional<std::int64_t> until_ms) const;
};

}  // namespace weir::connect
