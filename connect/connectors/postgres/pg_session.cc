#include "connect/connectors/postgres/pg_session.h"

#include <map>
#include <unordered_map>

#include "connect/connectors/sql/statements.h"
#include "connect/connectors/sql/value_text.h"

namespace weir::connect {

namespace {

class PgDialect final : public SqlDialect {
 public:
  std::string_view name() const override { return "postgres"; }
  std::string parameter(std::size_t number) const override { return "$" + std::to_string(number); }
  std::string type_of(const Schema& schema) const override { return pg_type_of(schema); }
  std::string is_at_most(const std::string& column, std::int64_t until_ms) const override {
    return column + " <= to_timestamp(" + std::to_string(until_ms) + " / 1000.0)";
  }
  std::string first_with_ties(std::size_t at_most) const override {
    return " FETCH FIRST " + std::to_string(at_most) + " ROWS WITH TIES";
  }
};

class PgRow final : public SqlRow {
 public:
  PgRow(const PgResult& result, TimePrecision precision) : result_(result), precision_(precision) {}

  void go_to(int row) { row_ = row; }

  Result<Value> value(std::size_t column) const override {
    const int place = static_cast<int>(column);
    const auto text = result_.text(row_, place);
    if (!text) return Value();
    return value_of_pg({result_.type(place), result_.modifier(place)}, precision_, *text);
  }
  Value exact(std::size_t column) const override {
    const auto text = result_.text(row_, static_cast<int>(column));
    return text ? Value(*text) : Value();
  }

 private:
  const PgResult& result_;
  TimePrecision precision_;
  int row_ = 0;
};

Result<std::optional<std::string>> parameter_text(const Value& value) {
  if (value.is_null()) return std::nullopt;
  WEIR_TRY_VAR(text, text_of_value(value));
  if (value.is<Blob>()) text = "\\x" + to_hex(text);
  if (text.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_record, "postgres: a text with a NUL in it");
  }
  return text;
}

// COPY's text format: tabs between columns, \N for null, letters that it uses itself behind a backslash.
Result<> append_copy_row(std::span<const Value* const> values, std::string& rows) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) rows.push_back('\t');
    WEIR_TRY_VAR(text, parameter_text(*values[i]));
    if (!text) {
      rows += "\\N";
      continue;
    }
    for (char letter : *text) {
      switch (letter) {
        case '\\':
          rows += "\\\\";
          break;
        case '\t':
          rows += "\\t";
          break;
        case '\n':
          rows += "\\n";
          break;
        case '\r':
          rows += "\\r";
          break;
        default:
          rows.push_back(letter);
      }
    }
  }
  rows.push_back('\n');
  return {};
}

class PgSession final : public SqlSession {
 public:
  PgSession(std::unique_ptr<PgConnection> connection, TimePrecision precision)
      : connection_(std::move(connection)), precision_(precision) {}

  const SqlDialect& dialect() const override { return dialect_; }

  Result<> execute(const std::string& sql) override {
    WEIR_TRY(connection_->run(sql));
    return {};
  }

  Result<std::uint64_t> change(const std::string& sql, std::span<const Value> parameters) override {
    WEIR_TRY_VAR(texts, texts_of(parameters));
    WEIR_TRY_VAR(result, connection_->run(sql, texts));
    return result.changed();
  }

  Result<> query(const std::string& sql, std::span<const Value> parameters, const TakeRow& take) override {
    WEIR_TRY_VAR(texts, texts_of(parameters));
    WEIR_TRY_VAR(result, connection_->run(sql, texts));
    std::vector<SqlColumn> columns;
    for (int i = 0; i < result.columns(); ++i) {
      columns.push_back(
          {std::string(result.name(i)), schema_of_pg({result.type(i), result.modifier(i)}, precision_, true)});
    }
    PgRow row(result, precision_);
    for (int i = 0; i < result.rows(); ++i) {
      row.go_to(i);
      WEIR_TRY_VAR(goes_on, take(columns, row));
      if (!goes_on) break;
    }
    return {};
  }

  Result<std::optional<SqlTable>> describe(const std::string& table) override {
    const std::optional<std::string> name = quoted_table(table);
    WEIR_TRY_VAR(result, connection_->run("SELECT a.attname, a.atttypid, a.atttypmod, i.indrelid IS NOT NULL "
                                          "FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND "
                                          "i.indisprimary AND a.attnum = ANY (i.indkey) WHERE a.attrelid = "
                                          "to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                                          {&name, 1}));
    if (result.rows() == 0) return std::nullopt;
    SqlTable found{table, {}};
    for (int i = 0; i < result.rows(); ++i) {
      const PgType type{static_cast<std::uint32_t>(std::stoul(std::string(*result.text(i, 1)))),
                        std::stoi(std::string(*result.text(i, 2)))};
      found.columns.push_back(
          {std::string(*result.text(i, 0)), schema_of_pg(type, precision_, true), *result.text(i, 3) == "t"});
    }
    return found;
  }

  Result<> write(const TableChanges& changes) override {
    if (changes.mode == InsertMode::insert) return insert_in_order(changes);
    const auto last = last_of_each_key(changes);
    if (!last) return fail(last.error());
    std::vector<const TableChanges::Row*> going;
    std::vector<const TableChanges::Row*> staying;
    for (const auto* row : *last) (row->goes ? going : staying).push_back(row);
    WEIR_TRY(remove(changes, going));
    return write_over(changes, staying);
  }

 private:
  using Rows = std::vector<const TableChanges::Row*>;

  static Result<std::vector<std::optional<std::string>>> texts_of(std::span<const Value> parameters) {
    std::vector<std::optional<std::string>> texts;
    for (const Value& parameter : parameters) {
      WEIR_TRY_VAR(text, parameter_text(parameter));
      texts.push_back(std::move(text));
    }
    return texts;
  }

  // New rows go straight into the table; in between rows may be taken away.
  Result<> insert_in_order(const TableChanges& changes) {
    for (std::size_t from = 0; from < changes.rows.size();) {
      Rows run;
      const bool goes = changes.rows[from].goes;
      for (; from < changes.rows.size() && changes.rows[from].goes == goes; ++from) run.push_back(&changes.rows[from]);
      if (goes) {
        WEIR_TRY(remove(changes, run));
      } else {
        WEIR_TRY(copy(quoted_table(changes.table), all_columns(changes), changes, run));
      }
    }
    return {};
  }

  static Result<Rows> last_of_each_key(const TableChanges& changes) {
    Rows last;
    std::unordered_map<std::string, std::size_t> places;
    std::string key;
    for (const TableChanges::Row& row : changes.rows) {
      key.clear();
      WEIR_TRY(append_copy_row(changes.key_of(row), key));
      auto [found, is_new] = places.emplace(key, last.size());
      if (is_new) {
        last.push_back(&row);
      } else {
        last[found->second] = &row;
      }
    }
    return last;
  }

  Result<> remove(const TableChanges& changes, const Rows& rows) {
    if (rows.empty()) return {};
    WEIR_TRY_VAR(staged, stage(changes.keys, changes, rows));
    std::string sql = "DELETE FROM " + quoted_table(changes.table) + " AS t USING " + staged + " AS f WHERE ";
    for (const auto& name : changes.keys) {
      sql += (&name == &changes.keys.front() ? "t." : " AND t.") + quoted_name(name) + " = f." + quoted_name(name);
    }
    WEIR_TRY(connection_->run(sql));
    return clear(staged);
  }

  Result<> write_over(const TableChanges& changes, const Rows& rows) {
    if (rows.empty()) return {};
    WEIR_TRY_VAR(staged, stage(all_columns(changes), changes, rows));
    WEIR_TRY(connection_->run(write_statement(dialect_, changes, staged)));
    return clear(staged);
  }

  // The rows in a temporary table with these columns of the table, which is named.
  Result<std::string> stage(const std::vector<std::string>& columns, const TableChanges& changes, const Rows& rows) {
    const std::string shape = quoted_names(columns) + " FROM " + quoted_table(changes.table);
    const std::string name = "weir_stage_" + std::to_string(stages_.emplace(shape, stages_.size()).first->second);
    // It may have gone with a transaction that was rolled back.
    WEIR_TRY(connection_->run("CREATE TEMPORARY TABLE IF NOT EXISTS " + name + " ON COMMIT DELETE ROWS AS SELECT " +
                              shape + " WITH NO DATA"));
    WEIR_TRY(copy(name, columns, changes, rows));
    return name;
  }

  Result<> clear(const std::string& stage) {
    WEIR_TRY(connection_->run("TRUNCATE " + stage));
    return {};
  }

  Result<> copy(const std::string& into, const std::vector<std::string>& columns, const TableChanges& changes,
                const Rows& rows) {
    std::string text;
    for (const auto* row : rows) WEIR_TRY(append_copy_row(changes.values_of(*row).first(columns.size()), text));
    return connection_->copy_in("COPY " + into + " (" + quoted_names(columns) + ") FROM STDIN", text);
  }

  static std::vector<std::string> all_columns(const TableChanges& changes) {
    std::vector<std::string> all = changes.keys;
    all.insert(all.end(), changes.others.begin(), changes.others.end());
    return all;
  }

  PgDialect dialect_;
  std::unique_ptr<PgConnection> connection_;
  TimePrecision precision_;
  std::map<std::string, std::size_t> stages_;  // numbers of temporary tables by what they hold
};

}  // namespace

Result<std::unique_ptr<SqlSession>> open_postgres(const PgOptions& options, TimePrecision precision) {
  WEIR_TRY_VAR(connection, PgConnection::open(options));
  WEIR_TRY(connection->run("SET idle_in_transaction_session_timeout = '60s'"));
  return std::unique_ptr<SqlSession>(std::make_unique<PgSession>(std::move(connection), precision));
}

}  // namespace weir::connect
