#include "connect/connectors/sqlite/sqlite_session.h"

#include <cctype>
#include <map>

#include <sqlite3.h>

#include "connect/connectors/sql/statements.h"
#include "connect/connectors/sqlite/sqlite_values.h"

namespace weir::connect {

namespace {

ErrorCode sqlite_code(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_NOMEM:
      return ErrorCode::unavailable;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return ErrorCode::invalid_record;
    case SQLITE_FULL:
      return ErrorCode::no_space;
    case SQLITE_READONLY:
      return ErrorCode::read_only;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return ErrorCode::permission_denied;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::io_error;
    default:
      return ErrorCode::invalid_config;
  }
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

class SqliteDialect final : public SqlDialect {
 public:
  std::string_view name() const override { return "sqlite"; }
  std::string parameter(std::size_t number) const override { return "?" + std::to_string(number); }
  std::string type_of(const Schema& schema) const override { return sqlite_type_of(schema); }
  // A number is milliseconds since 1970, a text a date that SQLite knows.
  std::string is_at_most(const std::string& column, std::int64_t until_ms) const override {
    const std::string until = std::to_string(until_ms);
    return "CASE typeof(" + column + ") WHEN 'text' THEN (julianday(" + column +
           ") - 2440587.5) * 86400000.0 <= " + until + " ELSE " + column + " <= " + until + " END";
  }
  std::string first_with_ties(std::size_t) const override { return {}; }
};

class SqliteRow final : public SqlRow {
 public:
  SqliteRow(sqlite3_stmt* statement, const std::vector<SqlColumn>& columns)
      : statement_(statement), columns_(columns) {}

  Result<Value> value(std::size_t column) const override {
    return sqlite_value(statement_, static_cast<int>(column), *columns_[column].schema);
  }
  Value exact(std::size_t column) const override { return sqlite_exact(statement_, static_cast<int>(column)); }

 private:
  sqlite3_stmt* statement_;
  const std::vector<SqlColumn>& columns_;
};

class SqliteSession final : public SqlSession {
 public:
  SqliteSession(DatabaseHandle database, std::string path) : database_(std::move(database)), path_(std::move(path)) {}

  const SqlDialect& dialect() const override { return dialect_; }

  Result<> execute(const std::string& sql) override {
    // The lock of a writer is taken where it may be waited for, not in the middle of a transaction.
    const char* text = sql == "BEGIN" ? "BEGIN IMMEDIATE" : sql.c_str();
    return check(sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr));
  }

  Result<std::uint64_t> change(const std::string& sql, std::span<const Value> parameters) override {
    WEIR_TRY_VAR(statement, prepared(sql));
    std::vector<const Value*> values;
    for (const Value& parameter : parameters) values.push_back(&parameter);
    WEIR_TRY(run(statement, values));
    return static_cast<std::uint64_t>(sqlite3_changes64(database_.get()));
  }

  Result<> query(const std::string& sql, std::span<const Value> parameters, const TakeRow& take) override {
    WEIR_TRY_VAR(statement, prepare(sql));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      WEIR_TRY(check(sqlite_bind(statement.get(), static_cast<int>(i + 1), parameters[i])));
    }
    std::vector<SqlColumn> columns;
    const SqliteRow row(statement.get(), columns);
    for (;;) {
      const int code = sqlite3_step(statement.get());
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return check(code);
      if (columns.empty()) columns = columns_of(statement.get());
      WEIR_TRY_VAR(goes_on, take(columns, row));
      if (!goes_on) return {};
    }
  }

  Result<std::optional<SqlTable>> describe(const std::string& table) override {
    SqlTable found{table, {}};
    const std::size_t dot = table.find('.');
    const std::string schema = dot == std::string::npos ? "" : quoted_name(table.substr(0, dot)) + ".";
    const std::string name = dot == std::string::npos ? table : table.substr(dot + 1);
    WEIR_TRY(query("PRAGMA " + schema + "table_info(" + quoted_name(name) + ")", {},
                   [&](const std::vector<SqlColumn>&, const SqlRow& row) -> Result<bool> {
                     const Value column = row.exact(1);
                     const Value type = row.exact(2);
                     const Value place_in_key = row.exact(5);
                     const auto* text = type.get_if<std::string>();
                     found.columns.push_back({column.get<std::string>(), sqlite_schema_of(text ? *text : ""),
                                              place_in_key.get<std::int64_t>() > 0});
                     return true;
                   }));
    if (found.columns.empty()) return std::nullopt;
    return found;
  }

  Result<> write(const TableChanges& changes) override {
    sqlite3_stmt* writes = nullptr;
    sqlite3_stmt* removes = nullptr;
    for (const TableChanges::Row& row : changes.rows) {
      sqlite3_stmt*& statement = row.goes ? removes : writes;
      if (statement == nullptr) {
        WEIR_TRY_VAR(made,
                     prepared(row.goes ? delete_statement(dialect_, changes) : write_statement(dialect_, changes)));
        statement = made;
      }
      WEIR_TRY(run(statement, changes.values_of(row)));
    }
    return {};
  }

 private:
  static std::vector<SqlColumn> columns_of(sqlite3_stmt* statement) {
    std::vector<SqlColumn> columns;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const char* declared = sqlite3_column_decltype(statement, i);
      columns.push_back({sqlite3_column_name(statement, i),
                         declared != nullptr ? sqlite_schema_of(declared) : sqlite_schema_of_value(statement, i)});
    }
    return columns;
  }

  Result<> check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return {};
    return fail(sqlite_code(code), path_ + ": " + sqlite3_errmsg(database_.get()));
  }

  Result<StatementHandle> prepare(const std::string& sql) const {
    sqlite3_stmt* made = nullptr;
    WEIR_TRY(check(sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &made, nullptr)));
    return StatementHandle(made);
  }

  // Of statements that come again and again.
  Result<sqlite3_stmt*> prepared(const std::string& sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      WEIR_TRY_VAR(made, prepare(sql));
      found = statements_.emplace(sql, std::move(made)).first;
    }
    return found->second.get();
  }

  Result<> run(sqlite3_stmt* statement, std::span<const Value* const> values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      WEIR_TRY(check(sqlite_bind(statement, static_cast<int>(i + 1), *values[i])));
    }
    auto done = check(sqlite3_step(statement));
    sqlite3_reset(statement);
    return done;
  }

  SqliteDialect dialect_;
  DatabaseHandle database_;
  std::string path_;
  std::map<std::string, StatementHandle> statements_;  // goes before the database
};

}  // namespace

Result<std::unique_ptr<SqlSession>> open_sqlite(const SqliteOptions& options) {
  sqlite3* opened = nullptr;
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(options.path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  DatabaseHandle database(opened);
  if (code != SQLITE_OK) {
    return fail(sqlite_code(code), options.path + ": " + (opened ? sqlite3_errmsg(opened) : sqlite3_errstr(code)));
  }
  sqlite3_busy_timeout(opened, static_cast<int>(options.busy_timeout.count()));
  auto session = std::make_unique<SqliteSession>(std::move(database), options.path);
  if (!options.read_only) {
    WEIR_TRY(session->execute("PRAGMA journal_mode = WAL"));
    WEIR_TRY(session->execute(options.full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  } else {
    WEIR_TRY(session->execute("SELECT count(*) FROM sqlite_master"));  // it is a database
  }
  return std::unique_ptr<SqlSession>(std::move(session));
}

}  // namespace weir::connect
