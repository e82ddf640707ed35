#include "connect/connectors/sql/criteria.h"

#include "connect/connectors/sql/statements.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

void append_exact(std::string_view name, const Value& value, std::string& json) {
  if (value.is_null()) return;
  json += json.size() > 1 ? "," : "";
  append_json_string(name, json);
  json += ":";
  if (const auto* text = value.get_if<std::string>()) append_json_string(*text, json);
  if (const auto* number = value.get_if<std::int64_t>()) append_json_number(*number, json);
  if (const auto* number = value.get_if<double>()) append_json_number(*number, json);
}

Value exact_of(const JsonValue* json) {
  if (json == nullptr) return {};
  std::int64_t whole = 0;
  double number = 0;
  if (json->kind() == JsonValue::Kind::string) return Value(std::string(json->text()));
  if (json->kind() == JsonValue::Kind::number && json->get(whole) &&
      json->text().find_first_of(".eE") == std::string_view::npos) {
    return Value(whole);
  }
  if (json->get(number)) return Value(number);
  return {};
}

void append_condition(const std::string& condition, std::string& where) {
  where += (where.empty() ? " WHERE " : " AND ") + condition;
}

}  // namespace

std::string RowPosition::to_json() const {
  std::string json = "{";
  append_exact("timestamp", timestamp, json);
  append_exact("incrementing", incrementing, json);
  if (rounds > 0) {
    append_exact("rounds", Value(std::int64_t{rounds}), json);
    append_exact("read_ms", Value(std::int64_t{read_ms}), json);
  }
  return json + "}";
}

Result<RowPosition> RowPosition::parse(std::string_view json) {
  WEIR_TRY_VAR(document, JsonDocument::parse(json));
  if (!document.root().is_object())
    return fail(ErrorCode::corrupt_data, "not a position of rows: " + std::string(json));
  RowPosition position;
  position.timestamp = exact_of(document.root().member("timestamp"));
  position.incrementing = exact_of(document.root().member("incrementing"));
  if (const auto* rounds = document.root().member("rounds")) (void)rounds->get(position.rounds);
  if (const auto* read = document.root().member("read_ms")) (void)read->get(position.read_ms);
  return position;
}

Criteria::Statement Criteria::select(const SqlDialect& dialect, const std::string& relation, const RowPosition& after,
                                     std::size_t at_most, std::optional<std::int64_t> until_ms) const {
  Statement statement{"SELECT * FROM " + relation, {}};
  if (mode == NewRows::bulk) return statement;
  const std::string time = quoted_name(timestamp);
  const std::string number = quoted_name(incrementing);
  const bool by_time = mode != NewRows::incrementing;
  const bool by_number = mode != NewRows::timestamp;
  std::string where;
  if (by_time && by_number && !after.timestamp.is_null()) {
    append_condition("(" + time + " > " + dialect.parameter(1) + " OR (" + time + " = " + dialect.parameter(1) +
                         " AND " + number + " > " + dialect.parameter(2) + "))",
                     where);
    statement.parameters = {after.timestamp, after.incrementing};
  } else if (by_time && !by_number && !after.timestamp.is_null()) {
    append_condition(time + " > " + dialect.parameter(1), where);
    statement.parameters = {after.timestamp};
  } else if (!by_time && !after.incrementing.is_null()) {
    append_condition(number + " > " + dialect.parameter(1), where);
    statement.parameters = {after.incrementing};
  }
  if (by_time) append_condition(time + " IS NOT NULL", where);
  if (by_time && until_ms) append_condition(dialect.is_at_most(time, *until_ms), where);
  statement.sql += where + " ORDER BY ";
  if (by_time) statement.sql += time + (by_number ? ", " : "");
  if (by_number) statement.sql += number;
  statement.sql += by_number ? " LIMIT " + std::to_string(at_most) : dialect.first_with_ties(at_most);
  return statement;
}

}  // namespace weir::connect
