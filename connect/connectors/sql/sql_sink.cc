#include "connect/connectors/sql/sql_sink.h"

#include <algorithm>

#include "connect/connectors/sql/sink_positions.h"
#include "connect/connectors/sql/statements.h"
#include "connect/contracts/failure.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

std::vector<std::string> names_of(const std::vector<RecordRow::Field>& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.emplace_back(field.name);
  return names;
}

bool are_named(const std::vector<RecordRow::Field>& fields, const std::vector<std::string>& names) {
  return std::equal(fields.begin(), fields.end(), names.begin(), names.end(),
                    [](const RecordRow::Field& field, const std::string& name) { return field.name == name; });
}

// Whether the row is one of those: of one that goes the other columns do not matter.
bool fits(const RecordRow& row, const TableChanges& changes) {
  return row.table == changes.table && are_named(row.keys, changes.keys) &&
         (row.goes || are_named(row.others, changes.others));
}

class SqlSink final : public Sink {
 public:
  SqlSink(OpenSqlSession open, SqlSinkOptions options)
      : open_(std::move(open)),
        options_(std::move(options)),
        rows_(options_.rows),
        positions_(options_.positions_table) {}

  Result<> check() override {
    auto session = open_();
    if (!session && session.error().code == ErrorCode::unavailable) return {};  // may be there later
    return session ? Result<>{} : fail(session.error());
  }

  Result<SinkStarted> start(const SinkStart& from) override {
    session_.reset();
    is_open_ = false;
    moved_.clear();
    tables_.clear();
    WEIR_TRY_VAR(session, open_());
    WEIR_TRY_VAR(positions, positions_.take_over(*session, from));
    session_ = std::move(session);
    return SinkStarted{{}, std::move(positions)};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    if (records.empty()) return {};
    if (!is_open_) WEIR_TRY(session_->execute("BEGIN"));
    is_open_ = true;
    WEIR_TRY(session_->execute("SAVEPOINT weir_put"));
    auto written = write(records);
    if (!written) {
      tables_.clear();  // what was learnt may be of what is undone
      if (blame_of(written.error()) != Blame::passing) WEIR_TRY(session_->execute("ROLLBACK TO SAVEPOINT weir_put"));
      return written;
    }
    WEIR_TRY(session_->execute("RELEASE SAVEPOINT weir_put"));
    for (const ConnectRecord& record : records) {
      if (record.origin) moved_[*record.origin->partition] = record.origin->offset + 1;
    }
    return {};
  }

  Result<std::string> flush() override {
    if (!is_open_) return std::string();
    auto written = positions_.write(*session_, moved_);
    auto committed = written ? session_->execute("COMMIT") : std::move(written);
    if (!committed) {
      (void)session_->execute("ROLLBACK");
      is_open_ = false;
      return fail(committed.error());
    }
    is_open_ = false;
    moved_.clear();
    return std::string();
  }

 private:
  Result<> write(std::span<ConnectRecord> records) {
    rows_.forget();
    TableChanges changes;
    for (ConnectRecord& record : records) {
      WEIR_TRY(rows_.row_of(record, row_));
      if (!fits(row_, changes)) {
        if (!changes.rows.empty()) WEIR_TRY(session_->write(changes));
        WEIR_TRY(make_room(row_));
        changes = {row_.table, names_of(row_.keys), names_of(row_.others), options_.rows.mode, {}, {}};
        changes.rows.reserve(records.size());
      }
      changes.rows.push_back({changes.values.size(), row_.goes});
      for (const auto& field : row_.keys) changes.values.push_back(field.value);
      for (const auto& field : row_.others) changes.values.push_back(field.value);
    }
    return changes.rows.empty() ? Result<>{} : session_->write(changes);
  }

  // The row's table and columns are there.
  Result<> make_room(const RecordRow& row) {
    auto known = tables_.find(row.table);
    if (known == tables_.end()) {
      WEIR_TRY_VAR(table, session_->describe(row.table));
      if (!table) {
        WEIR_TRY_VAR(made, make_table(row));
        table = std::move(made);
      }
      known = tables_.emplace(row.table, *std::move(table)).first;
    }
    for (const auto* fields : {&row.keys, &row.others}) {
      for (const auto& field : *fields) {
        if (known->second.column(field.name) == nullptr) WEIR_TRY(add_column(field, known->second));
      }
    }
    return {};
  }

  Result<SqlTable> make_table(const RecordRow& row) {
    if (!options_.auto_create) {
      return fail(ErrorCode::invalid_config, "there is no table '" + row.table + "'; auto.create = true makes it");
    }
    if (row.goes) {
      return fail(ErrorCode::invalid_record,
                  "there is no table '" + row.table + "' yet, and a record without a value does not say its columns");
    }
    SqlTable table{row.table, {}};
    for (const auto& field : row.keys) table.columns.push_back({std::string(field.name), field.schema(), true});
    for (const auto& field : row.others) table.columns.push_back({std::string(field.name), field.schema(), false});
    WEIR_TRY(session_->execute(create_table_statement(session_->dialect(), table)));
    log_line::info("made table {}", row.table);
    return table;
  }

  Result<> add_column(const RecordRow::Field& field, SqlTable& table) {
    if (!options_.auto_evolve) {
      return fail(ErrorCode::invalid_record, "table '" + table.name + "' has no column '" + std::string(field.name) +
                                                 "'; auto.evolve = true adds it, fields.whitelist leaves fields out");
    }
    const SqlColumn column{std::string(field.name), field.schema(), false};
    WEIR_TRY(session_->execute(add_column_statement(session_->dialect(), table.name, column)));
    table.columns.push_back(column);
    return {};
  }

  OpenSqlSession open_;
  SqlSinkOptions options_;
  RecordRows rows_;
  RecordRow row_;  // at hand
  SinkPositions positions_;
  std::unique_ptr<SqlSession> session_;
  bool is_open_ = false;                              // a transaction, since the last flush
  std::map<log::TopicPartition, log::Offset> moved_;  // by what is in it
  std::map<std::string, SqlTable> tables_;
};

}  // namespace

std::unique_ptr<Sink> sql_sink(OpenSqlSession open, SqlSinkOptions options) {
  return std::make_unique<SqlSink>(std::move(open), std::move(options));
}

Result<SqlSinkOptions> sql_sink_options(const Settings& settings) {
  SqlSinkOptions options;
  options.rows.table = settings.text("table.name.format");
  options.rows.mode = static_cast<InsertMode>(settings.choice("insert.mode"));
  options.rows.key = static_cast<PrimaryKey>(settings.choice("pk.mode"));
  options.rows.key_fields = settings.list("pk.fields");
  options.rows.fields = settings.list("fields.whitelist");
  options.rows.deletes = settings.flag("delete.enabled");
  options.auto_create = settings.flag("auto.create");
  options.auto_evolve = settings.flag("auto.evolve");
  options.positions_table = settings.text("positions.table");
  if (options.rows.key == PrimaryKey::none && options.rows.mode != InsertMode::insert) {
    return fail(
        settings.wrong("pk.mode", "upsert and update find rows by their key: kafka, record_key or record_value"));
  }
  if (options.rows.deletes && options.rows.key != PrimaryKey::record_key) {
    return fail(settings.wrong("delete.enabled", "rows are taken away by the record's key: set pk.mode = record_key"));
  }
  if (options.rows.key == PrimaryKey::kafka) {
    auto& names = options.rows.key_fields;
    if (names.empty()) names = {"__connect_topic", "__connect_partition", "__connect_offset"};
    if (names.size() != 3) {
      return fail(settings.wrong("pk.fields", "of kafka: three columns, for topic, partition and offset"));
    }
  }
  return options;
}

}  // namespace weir::connect
