#include "connect/connectors/sql/sql_source.h"

#include <algorithm>

#include "connect/connectors/sql/row_records.h"
#include "connect/connectors/sql/statements.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

// What is read of one table, or of the query.
class TableReader {
 public:
  TableReader(const SqlSourceOptions& options, std::string table) : options_(options), table_(std::move(table)) {
    partition_ = table_.empty() ? "{\"query\":" : "{\"table\":";
    append_json_string(table_.empty() ? "query" : table_, partition_);
    partition_ += "}";
    relation_ = table_.empty() ? "(" + options_.query + ") AS weir_query" : quoted_table(table_);
    topic_ = options_.topic_prefix.empty() ? "" : options_.topic_prefix + table_;
  }

  const std::string& partition() const { return partition_; }

  Result<> start(const SourcePositions& committed) {
    position_ = {};
    rounds_ = 0;
    records_.reset();
    auto found = committed.find(partition_);
    if (found == committed.end()) return {};
    auto position = RowPosition::parse(found->second);
    if (!position) return fail(position.error().at(partition_));
    position_ = *std::move(position);
    return {};
  }

  // Whether anything was there.
  Result<bool> poll(SqlSession& session, std::size_t max_records, std::int64_t now_ms, Input input, SourceBatch& into) {
    const bool is_bulk = options_.criteria.mode == NewRows::bulk;
    if (is_bulk && !is_due(now_ms, input)) return false;
    if (!records_) WEIR_TRY(learn_key(session));
    std::optional<std::int64_t> until_ms;
    if (options_.delay.count() > 0 && input == Input::may_grow) until_ms = now_ms - options_.delay.count();
    const auto select = options_.criteria.select(session.dialect(), relation_, position_, max_records, until_ms);
    const std::size_t before = into.records.size();
    RowPosition last = position_;
    WEIR_TRY(session.query(select.sql, select.parameters,
                           [&](const std::vector<SqlColumn>& columns, const SqlRow& row) -> Result<bool> {
                             WEIR_TRY_VAR(here, position_of(columns, row, last));
                             // Rows of one time are told apart by nothing: they come together.
                             const bool is_full = into.records.size() - before >= max_records;
                             if (is_full && !is_bulk && here.timestamp != last.timestamp) return false;
                             auto record = records_->record_of(columns, row);
                             if (!record) return fail(record.error().at(partition_));
                             record->topic = topic_;
                             record->timestamp_ms = now_ms;
                             into.records.push_back(*std::move(record));
                             last = std::move(here);
                             return true;
                           }));
    if (is_bulk) {
      ++last.rounds;
      ++rounds_;
      last.read_ms = now_ms;
    }
    position_ = std::move(last);
    into.positions[partition_] = position_.to_json();
    return into.records.size() > before;
  }

 private:
  bool is_due(std::int64_t now_ms, Input input) const {
    if (input == Input::is_complete) return rounds_ == 0;
    return position_.rounds == 0 || now_ms - position_.read_ms >= options_.bulk_interval.count();
  }

  Result<> learn_key(SqlSession& session) {
    std::vector<std::string> key = options_.key_fields;
    if (!table_.empty()) {
      WEIR_TRY_VAR(table, session.describe(table_));
      if (!table) return fail(ErrorCode::invalid_config, "there is no table '" + table_ + "'");
      if (key.empty()) key = table->key();
      for (const std::string* column : {&options_.criteria.incrementing, &options_.criteria.timestamp}) {
        if (!column->empty() && table->column(*column) == nullptr) {
          return fail(ErrorCode::invalid_config, "table '" + table_ + "' has no column '" + *column + "'");
        }
      }
    }
    records_.emplace(table_.empty() ? "query" : table_, std::move(key));
    return {};
  }

  Result<RowPosition> position_of(const std::vector<SqlColumn>& columns, const SqlRow& row,
                                  const RowPosition& last) const {
    RowPosition position = last;
    const Criteria& criteria = options_.criteria;
    if (criteria.mode == NewRows::bulk) return position;
    for (const auto& [name, into] : {std::pair{&criteria.timestamp, &position.timestamp},
                                     std::pair{&criteria.incrementing, &position.incrementing}}) {
      if (name->empty()) continue;
      const auto column =
          std::find_if(columns.begin(), columns.end(), [&, n = name](const auto& each) { return each.name == *n; });
      if (column == columns.end()) return fail(ErrorCode::invalid_config, "the query has no column '" + *name + "'");
      *into = row.exact(static_cast<std::size_t>(column - columns.begin()));
    }
    return position;
  }

  const SqlSourceOptions& options_;
  std::string table_;
  std::string partition_;
  std::string relation_;
  std::string topic_;
  RowPosition position_;
  std::int64_t rounds_ = 0;  // since the start
  std::optional<RowRecords> records_;
};

class SqlSource final : public Source {
 public:
  SqlSource(OpenSqlSession open, SqlSourceOptions options) : open_(std::move(open)), options_(std::move(options)) {
    if (options_.tables.empty()) tables_.emplace_back(options_, "");
    for (const auto& table : options_.tables) tables_.emplace_back(options_, table);
  }

  Result<> check() override {
    auto session = open_();
    if (!session && session.error().code == ErrorCode::unavailable) return {};  // may be there later
    return session ? Result<>{} : fail(session.error());
  }

  Result<> start(const SourcePositions& committed, Input input) override {
    input_ = input;
    session_.reset();
    for (TableReader& table : tables_) WEIR_TRY(table.start(committed));
    WEIR_TRY_VAR(session, open_());
    session_ = std::move(session);
    return {};
  }

  Result<> poll(std::size_t max_records, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    for (std::size_t looked_at = 0; looked_at < tables_.size(); ++looked_at) {
      TableReader& table = tables_[next_];
      next_ = (next_ + 1) % tables_.size();
      WEIR_TRY_VAR(found, table.poll(*session_, max_records, now_ms, input_, into));
      if (found) return {};
    }
    into.at_end = true;
    return {};
  }

 private:
  OpenSqlSession open_;
  SqlSourceOptions options_;
  std::vector<TableReader> tables_;
  std::size_t next_ = 0;
  std::unique_ptr<SqlSession> session_;
  Input input_ = Input::may_grow;
};

}  // namespace

std::unique_ptr<Source> sql_source(OpenSqlSession open, SqlSourceOptions options) {
  return std::make_unique<SqlSource>(std::move(open), std::move(options));
}

Result<SqlSourceOptions> sql_source_options(const Settings& settings) {
  SqlSourceOptions options;
  options.tables = settings.list("table.whitelist");
  options.query = settings.text("query");
  options.topic_prefix = settings.text("topic.prefix");
  options.criteria.mode = static_cast<NewRows>(settings.choice("mode"));
  options.criteria.incrementing = settings.text("incrementing.column.name");
  options.criteria.timestamp = settings.text("timestamp.column.name");
  options.delay = Millis(settings.integer("timestamp.delay.interval.ms"));
  options.bulk_interval = Millis(settings.integer("bulk.interval.ms"));
  options.key_fields = settings.list("key.fields");
  if (!options.tables.empty() && !options.query.empty()) {
    return fail(settings.wrong("query", "is instead of table.whitelist: set one of them"));
  }
  const NewRows mode = options.criteria.mode;
  const bool by_number = mode == NewRows::incrementing || mode == NewRows::timestamp_incrementing;
  const bool by_time = mode == NewRows::timestamp || mode == NewRows::timestamp_incrementing;
  if (by_number == options.criteria.incrementing.empty()) {
    return fail(
        settings.wrong("incrementing.column.name", by_number ? "must be set for this mode" : "is not of this mode"));
  }
  if (by_time == options.criteria.timestamp.empty()) {
    return fail(settings.wrong("timestamp.column.name", by_time ? "must be set for this mode" : "is not of this mode"));
  }
  if (options.topic_prefix.empty() && settings.text("topic").empty()) {
    return fail(settings.wrong("topic", "must be set, or topic.prefix"));
  }
  if (!options.query.empty() && settings.text("topic").empty()) {
    return fail(settings.wrong("topic", "must be set: a query has no name that a topic could have"));
  }
  return options;
}

Result<std::vector<ConnectorClass::TaskSettings>> share_tables(const Settings& settings, std::size_t at_most) {
  const auto tables = settings.list("table.whitelist");
  const std::size_t count = std::max<std::size_t>(1, std::min(at_most, tables.size()));
  std::vector<ConnectorClass::TaskSettings> tasks(count);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    std::string& own = tasks[i % count]["table.whitelist"];
    own += (own.empty() ? "" : ",") + tables[i];
  }
  return tasks;
}

}  // namespace weir::connect
