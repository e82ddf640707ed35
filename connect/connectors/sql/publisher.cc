#include "connect/connectors/sql/publisher.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "connect/connectors/sql/statements.h"
#include "log/base/crc32c.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// A row that was given, and what it said.
struct GivenRow {
  std::string id;
  std::uint32_t mark = 0;
};

struct MessageRow {
  Value id;
  std::string id_text;
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> payload;
  std::optional<std::string> headers;
  std::int64_t attempts = 0;

  std::uint32_t mark() const {
    std::string all = topic;
    for (const auto* part : {&key, &payload, &headers}) {
      all.push_back(*part ? '\1' : '\0');
      all += part->value_or("");
    }
    return crc32c(all);
  }
};

std::optional<std::string> text_of_exact(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (const auto* text = value.get_if<std::string>()) return *text;
  std::string json;
  if (!append_json(value, json)) return std::nullopt;
  return json;
}

bool is_topic_name(std::string_view name) {
  constexpr std::size_t kMost = 249;  // as Kafka has it
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kMost && name != "." && name != ".." &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

std::string to_json(const std::vector<GivenRow>& given) {
  std::string json = "{\"given\":[";
  for (const GivenRow& row : given) {
    json += &row == &given.front() ? "[" : ",[";
    append_json_string(row.id, json);
    json += "," + std::to_string(row.mark) + "]";
  }
  return json + "]}";
}

Result<std::vector<GivenRow>> parse_given(const OwnedBytes& json) {
  std::vector<GivenRow> given;
  auto document = JsonDocument::parse(json);
  const JsonValue* rows = document && document->root().is_object() ? document->root().member("given") : nullptr;
  if (rows == nullptr || !rows->is_array())
    return fail(ErrorCode::corrupt_data, "not a position of a publisher: " + json);
  for (const JsonValue* row = rows->first(); row != rows->end(); row = row->next()) {
    std::int64_t mark = 0;
    if (!row->is_array() || row->size() != 2 || !row->first()->next()->get(mark)) {
      return fail(ErrorCode::corrupt_data, "not a position of a publisher: " + json);
    }
    given.push_back({std::string(row->first()->text()), static_cast<std::uint32_t>(mark)});
  }
  return given;
}

class Publisher final : public Source {
 public:
  Publisher(OpenSqlSession open, PublisherOptions options) : open_(std::move(open)), options_(std::move(options)) {
    partition_ = "{\"messages\":";
    append_json_string(options_.table, partition_);
    partition_ += "}";
  }

  Result<> start(const SourcePositions& committed, Input) override {
    session_.reset();
    given_.clear();
    is_position_empty_ = true;
    WEIR_TRY_VAR(session, open_());
    session_ = std::move(session);
    auto found = committed.find(partition_);
    if (found == committed.end()) return {};
    WEIR_TRY_VAR(given, parse_given(found->second));
    is_position_empty_ = given.empty();
    for (const GivenRow& row : given) {
      WEIR_TRY_VAR(same, is_still(row));
      if (same) given_.push_back(row);
    }
    return mark();
  }

  Result<> poll(std::size_t max_records, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    now_ms_ = now_ms;
    WEIR_TRY_VAR(rows, due_rows(std::min(max_records, options_.batch)));
    into.at_end = rows.empty();
    for (const MessageRow& row : rows) {
      auto added = add(row, into.records);
      if (added) {
        given_.push_back({row.id_text, row.mark()});
      } else {
        WEIR_TRY(put_off(row, added.error().detail, into.records));
      }
    }
    if (given_.empty() && is_position_empty_ && into.records.empty()) return {};
    is_position_empty_ = given_.empty();
    into.positions[partition_] = to_json(given_);
    return {};
  }

  Result<> committed() override { return mark(); }

 private:
  std::string column(const std::string& name) const { return quoted_name(name); }
  std::string parameter(std::size_t number) const { return session_->dialect().parameter(number); }

  std::string select() const {
    std::string sql = "SELECT " + column(options_.id) + ", " + column(options_.topic) + ", " + column(options_.key) +
                      ", " + column(options_.payload) + ", " + column(options_.attempts);
    if (!options_.headers.empty()) sql += ", " + column(options_.headers);
    return sql + " FROM " + quoted_table(options_.table) + " WHERE ";
  }

  static std::optional<std::string> bytes_of(const std::vector<SqlColumn>& columns, const SqlRow& row, std::size_t at) {
    if (columns[at].schema->type != Type::bytes) return text_of_exact(row.exact(at));
    auto value = row.value(at);
    const Blob* blob = value ? value->get_if<Blob>() : nullptr;
    return blob != nullptr ? std::optional(blob->bytes) : std::nullopt;
  }

  static MessageRow row_of(const std::vector<SqlColumn>& columns, const SqlRow& row) {
    MessageRow message;
    message.id = row.exact(0);
    message.id_text = text_of_exact(message.id).value_or("");
    message.topic = text_of_exact(row.exact(1)).value_or("");
    message.key = bytes_of(columns, row, 2);
    message.payload = bytes_of(columns, row, 3);
    const auto attempts = text_of_exact(row.exact(4));
    message.attempts = attempts ? std::strtoll(attempts->c_str(), nullptr, 10) : 0;
    if (columns.size() > 5) message.headers = text_of_exact(row.exact(5));
    return message;
  }

  Result<std::vector<MessageRow>> due_rows(std::size_t at_most) {
    std::vector<MessageRow> rows;
    const std::string due = column(options_.due);
    const std::string attempts = column(options_.attempts);
    std::string sql = select() + "(" + due + " IS NULL OR " + due + " <= " + parameter(1) + ") AND (" + attempts +
                      " IS NULL OR " + attempts + " < " + parameter(2) + ")";
    if (!options_.published.empty()) sql += " AND " + column(options_.published) + " IS NULL";
    sql += " ORDER BY " + column(options_.id) + " LIMIT " + std::to_string(at_most);
    const Value parameters[] = {Value(now_ms_), Value(options_.attempts_max)};
    WEIR_TRY(
        session_->query(sql, parameters, [&](const std::vector<SqlColumn>& columns, const SqlRow& row) -> Result<bool> {
          rows.push_back(row_of(columns, row));
          return true;
        }));
    return rows;
  }

  // Whether the row with this id says what it said.
  Result<bool> is_still(const GivenRow& given) {
    bool same = false;
    const Value parameters[] = {Value(given.id)};
    WEIR_TRY(session_->query(select() + has_id(1), parameters,
                             [&](const std::vector<SqlColumn>& columns, const SqlRow& row) -> Result<bool> {
                               same = row_of(columns, row).mark() == given.mark;
                               return true;
                             }));
    return same;
  }

  std::string has_id(std::size_t number) const { return column(options_.id) + " = " + parameter(number); }

  Result<> add(const MessageRow& row, ConnectRecords& into) const {
    if (!is_topic_name(row.topic)) return fail(ErrorCode::invalid_record, "'" + row.topic + "' is no name of a topic");
    const std::size_t bytes =
        row.key.value_or("").size() + row.payload.value_or("").size() + row.headers.value_or("").size();
    if (bytes > options_.largest) {
      return fail(ErrorCode::invalid_record,
                  "it has " + std::to_string(bytes) + " bytes, more than " + std::to_string(options_.largest));
    }
    std::vector<ConnectHeader> headers;
    if (row.headers) {
      auto document = JsonDocument::parse(*row.headers);
      if (!document || !document->root().is_object()) {
        return fail(ErrorCode::invalid_record, "its headers are no JSON object");
      }
      const JsonValue& all = document->root();
      for (const JsonValue* name = all.first(); name != all.end(); name = name->next()->next()) {
        const JsonValue* value = name->next();
        Datum datum;
        if (!value->is_null()) datum = {schema_of(Type::string), Value(value->text())};
        headers.push_back({std::string(name->text()), std::move(datum)});
      }
    }
    ConnectRecord& record = into.add();
    record.topic = row.topic;
    record.timestamp_ms = now_ms_;
    if (row.key) record.key = Payload::text(*row.key);
    if (row.payload) record.value = Payload::text(*row.payload);
    record.headers = std::move(headers);
    return {};
  }

  // Until later, or for good.
  Result<> put_off(const MessageRow& row, const std::string& why, ConnectRecords& into) {
    const std::int64_t attempts = row.attempts + 1;
    std::int64_t pause_ms = options_.backoff.count();
    for (std::int64_t i = 1; i < attempts && pause_ms < options_.backoff_max.count(); ++i) pause_ms *= 2;
    pause_ms = std::min(pause_ms, options_.backoff_max.count());
    const std::string sql = "UPDATE " + quoted_table(options_.table) + " SET " + column(options_.attempts) + " = " +
                            parameter(1) + ", " + column(options_.due) + " = " + parameter(2) + ", " +
                            column(options_.error) + " = " + parameter(3) + " WHERE " + has_id(4);
    const Value parameters[] = {Value(attempts), Value(now_ms_ + pause_ms), Value(why), Value(row.id_text)};
    WEIR_TRY(session_->change(sql, parameters));
    if (attempts < options_.attempts_max) {
      log_line::warn("{}: message {}: {}; attempt {} of {}, the next in {} ms", options_.table, row.id_text, why,
                     attempts, options_.attempts_max, pause_ms);
      return {};
    }
    log_line::error("{}: message {}: {}; given up after {} attempts", options_.table, row.id_text, why, attempts);
    if (!options_.report_topic.empty()) report(row, why, attempts, into);
    return {};
  }

  void report(const MessageRow& row, const std::string& why, std::int64_t attempts, ConnectRecords& into) const {
    std::string json = "{\"table\":";
    append_json_string(options_.table, json);
    for (const auto& [name, text] :
         {std::pair{"id", &row.id_text}, std::pair{"topic", &row.topic}, std::pair{"error", &why}}) {
      json += std::string(",\"") + name + "\":";
      append_json_string(*text, json);
    }
    json += ",\"attempts\":" + std::to_string(attempts) + "}";
    ConnectRecord& record = into.add();
    record.topic = options_.report_topic;
    record.timestamp_ms = now_ms_;
    record.key = Payload::text(row.id_text);
    record.value = Payload::json(std::move(json));
  }

  // What was given is committed.
  Result<> mark() {
    if (given_.empty()) return {};
    const std::string table = quoted_table(options_.table);
    const std::string sql = options_.published.empty()
                                ? "DELETE FROM " + table + " WHERE " + has_id(1)
                                : "UPDATE " + table + " SET " + column(options_.published) + " = " +
                                      std::to_string(std::max<std::int64_t>(now_ms_, 1)) + " WHERE " + has_id(1);
    WEIR_TRY(session_->execute("BEGIN"));
    for (const GivenRow& row : given_) {
      const Value parameters[] = {Value(row.id)};
      auto changed = session_->change(sql, parameters);
      if (changed) continue;
      (void)session_->execute("ROLLBACK");
      return fail(changed.error());
    }
    WEIR_TRY(session_->execute("COMMIT"));
    given_.clear();
    return {};
  }

  OpenSqlSession open_;
  PublisherOptions options_;
  std::string partition_;
  std::unique_ptr<SqlSession> session_;
  std::vector<GivenRow> given_;    // and not marked yet
  bool is_position_empty_ = true;  // the committed one names no rows
  std::int64_t now_ms_ = 0;
};

}  // namespace

std::unique_ptr<Source> publisher(OpenSqlSession open, PublisherOptions options) {
  return std::make_unique<Publisher>(std::move(open), std::move(options));
}

Result<PublisherOptions> publisher_options(const Settings& settings) {
  PublisherOptions options;
  options.table = settings.text("table");
  options.id = settings.text("id.column");
  options.topic = settings.text("topic.column");
  options.key = settings.text("key.column");
  options.payload = settings.text("payload.column");
  options.headers = settings.text("headers.column");
  options.attempts = settings.text("attempts.column");
  options.due = settings.text("due.column");
  options.error = settings.text("error.column");
  options.published = settings.text("published.column");
  options.attempts_max = settings.integer("attempts.max");
  options.backoff = Millis(settings.integer("backoff.ms"));
  options.backoff_max = Millis(settings.integer("backoff.max.ms"));
  options.largest = static_cast<std::size_t>(settings.integer("message.max.bytes"));
  options.batch = static_cast<std::size_t>(settings.integer("publish.batch"));
  options.report_topic = settings.text("report.topic");
  return options;
}

}  // namespace weir::connect
