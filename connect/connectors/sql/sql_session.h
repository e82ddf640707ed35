// SqlSession: one connection to a database, as the connectors to databases see it. SqlDialect: what databases say
// differently.
//
// Errors of both are those of contracts/failure.h: `unavailable` where it cannot be reached or is busy,
// `invalid_record` where it refuses what a row holds, `permission_denied`, `invalid_config` for what a person must
// mend.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/data/schema.h"
#include "log/base/clock.h"
#include "log/base/result.h"

namespace weir::connect {

class SqlDialect {
 public:
  virtual ~SqlDialect() = default;

  virtual std::string_view name() const = 0;
  virtual std::string parameter(std::size_t number) const = 0;  // from 1 on
  // The type of a column that holds what the schema says.
  virtual std::string type_of(const Schema& schema) const = 0;
  // Whether the column's time is at most `until_ms` since 1970; for `timestamp.delay.interval.ms`.
  virtual std::string is_at_most(const std::string& quoted_column, std::int64_t until_ms) const = 0;
  // Behind an ORDER BY: so many rows, and those that are equal to the last in order. Empty: there is no such clause,
  // and rows come one by one, so that whoever reads them may stop.
  virtual std::string first_with_ties(std::size_t at_most) const = 0;
};

struct SqlColumn {
  std::string name;
  SchemaPtr schema;
  bool is_key = false;  // of the table's primary key
};

struct SqlTable {
  std::string name;
  std::vector<SqlColumn> columns;

  const SqlColumn* column(std::string_view column_name) const;
  std::vector<std::string> key() const;
};

enum class InsertMode { insert, upsert, update };

// Changes to rows of one table, all with the same columns. In their order, as far as rows of one key are concerned.
struct TableChanges {
  struct Row {
    std::size_t first = 0;  // of its values
    bool goes = false;
  };

  std::string table{};
  std::vector<std::string> keys{};
  std::vector<std::string> others{};
  InsertMode mode = InsertMode::insert;
  std::vector<Row> rows{};
  std::vector<const Value*>
      values{};  // of one row after the other: of keys, then of others; of one that goes of keys alone

  std::span<const Value* const> key_of(const Row& row) const { return {values.data() + row.first, keys.size()}; }
  std::span<const Value* const> values_of(const Row& row) const {
    return {values.data() + row.first, keys.size() + (row.goes ? 0 : others.size())};
  }
};

// A row of a query's result, borrowed during the call.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  // corrupt_data: it holds what its column does not say.
  virtual Result<Value> value(std::size_t column) const = 0;
  // As the database itself writes it, so that it can be compared with again to the last digit: a string, int64 or
  // double.
  virtual Value exact(std::size_t column) const = 0;
};

// One owner thread. After `unavailable` it is of no more use.
class SqlSession {
 public:
  // False: that is enough.
  using TakeRow = std::function<Result<bool>(const std::vector<SqlColumn>& columns, const SqlRow& row)>;

  virtual ~SqlSession() = default;

  virtual const SqlDialect& dialect() const = 0;
  // Statements without parameters and results.
  virtual Result<> execute(const std::string& sql) = 0;
  // One statement; how many rows it changed.
  virtual Result<std::uint64_t> change(const std::string& sql, std::span<const Value> parameters) = 0;
  virtual Result<> query(const std::string& sql, std::span<const Value> parameters, const TakeRow& take) = 0;
  // Null: there is none.
  virtual Result<std::optional<SqlTable>> describe(const std::string& table) = 0;
  // Inside the transaction that is open.
  virtual Result<> write(const TableChanges& changes) = 0;
};

using OpenSqlSession = std::function<Result<std::unique_ptr<SqlSession>>()>;

}  // namespace weir::connect
