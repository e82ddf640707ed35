#include "connect/connectors/postgres_changes/outbox_writer.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "log/base/json_reader.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// A column of a row, or a member of a message.
struct OutboxField {
  std::string_view text;
  bool is_json = false;
};

using FindField = std::function<Result<std::optional<OutboxField>>(const std::string& name)>;

constexpr std::uint32_t kJsonOid = 114;
constexpr std::uint32_t kJsonbOid = 3802;
constexpr std::uint32_t kByteaOid = 17;

Result<std::int64_t> timestamp_of(std::string_view text) {
  std::int64_t ms = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error == std::errc{} && end == text.data() + text.size()) return ms;
  constexpr PgType kTimestamptz{1184, -1};
  WEIR_TRY_VAR(moment, value_of_pg(kTimestamptz, TimePrecision::connect, text));
  return moment.get<Timestamp>().ms;
}

class OutboxWriter final : public ChangeWriter {
 public:
  explicit OutboxWriter(OutboxOptions options) : options_(std::move(options)) {}

  void learn(const ChangeTable&) override {}
  bool wants_messages() const override { return !options_.message_prefix.empty(); }

  Result<> write(const ChangeTable& table, const TableChange& change, const ChangeOrigin& origin,
                 ConnectRecords& into) override {
    if (table.full_name() != options_.table) return {};
    if (change.kind == TableChange::Kind::update && !warned_) {
      warned_ = true;
      log_line::warn("{}: a row of an outbox was changed: only new rows are messages", options_.table);
    }
    if (change.kind != TableChange::Kind::create && change.kind != TableChange::Kind::read) return {};
    const PgTuple& row = *change.after;
    const auto find = [&](const std::string& name) -> Result<std::optional<OutboxField>> {
      const auto column =
          std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& each) { return each.name == name; });
      if (column == table.columns.end()) {
        return fail(ErrorCode::invalid_config, options_.table + " has no column '" + name + "'");
      }
      const PgField& field = row[static_cast<std::size_t>(column - table.columns.begin())];
      if (field.is != PgField::Is::text) return std::nullopt;
      const bool is_json = column->type.oid == kJsonOid || column->type.oid == kJsonbOid;
      if (column->type.oid != kByteaOid) return OutboxField{field.text, is_json};
      auto bytes = from_hex(field.text.substr(std::min<std::size_t>(2, field.text.size())));
      if (!bytes) return fail(ErrorCode::corrupt_data, options_.table + ": column '" + name + "' is no bytea");
      bytes_ = *std::move(bytes);
      return OutboxField{bytes_, false};
    };
    return route(find, origin, into);
  }

  Result<> truncate(const ChangeTable&, const ChangeOrigin&, ConnectRecords&) override { return {}; }

  Result<> message(const PgLogicalMessage& message, const ChangeOrigin& origin, ConnectRecords& into) override {
    if (options_.message_prefix.empty() || message.prefix != options_.message_prefix) return {};
    auto document = JsonDocument::parse(message.content);
    if (!document || !document->root().is_object()) {
      return fail(ErrorCode::corrupt_data,
                  "message '" + options_.message_prefix + "' at " + lsn_text(message.lsn) + " is no JSON object");
    }
    const auto find = [&](const std::string& name) -> Result<std::optional<OutboxField>> {
      const JsonValue* member = document->root().member(name);
      if (member == nullptr || member->is_null()) return std::nullopt;
      return OutboxField{member->text(), member->is_object() || member->is_array()};
    };
    return route(find, origin, into);
  }

 private:
  Result<> route(const FindField& find, const ChangeOrigin& origin, ConnectRecords& into) {
    WEIR_TRY_VAR(route, find(options_.route_column));
    if (!route) return fail(ErrorCode::corrupt_data, "a message of the outbox without " + options_.route_column);
    ConnectRecord& record = into.add();
    record.topic = options_.topic;
    constexpr std::string_view kRoute = "${routedByValue}";
    if (auto place = record.topic.find(kRoute); place != std::string::npos) {
      record.topic.replace(place, kRoute.size(), route->text);
    }
    record.timestamp_ms = origin.time_ms;
    if (!options_.timestamp_column.empty()) {
      WEIR_TRY_VAR(time, find(options_.timestamp_column));
      if (time) {
        WEIR_TRY_VAR(ms, timestamp_of(time->text));
        record.timestamp_ms = ms;
      }
    }
    WEIR_TRY_VAR(key, find(options_.key_column));
    if (key) record.key = payload_of(*key);
    WEIR_TRY_VAR(payload, find(options_.payload_column));
    if (payload) record.value = payload_of(*payload);
    WEIR_TRY(add_header(find, options_.id_column, "id", record));
    for (const auto& column : options_.header_columns) WEIR_TRY(add_header(find, column, column, record));
    return {};
  }

  static Payload payload_of(const OutboxField& field) {
    std::string text(field.text);
    return field.is_json ? Payload::json(std::move(text)) : Payload::text(std::move(text));
  }

  static Result<> add_header(const FindField& find, const std::string& column, const std::string& name,
                             ConnectRecord& record) {
    if (column.empty()) return {};
    WEIR_TRY_VAR(field, find(column));
    if (field) record.headers.push_back({name, {schema_of(Type::string), Value(field->text)}});
    return {};
  }

  OutboxOptions options_;
  bool warned_ = false;
  OwnedBytes bytes_;  // of the column that was found last
};

}  // namespace

std::unique_ptr<ChangeWriter> outbox_writer(OutboxOptions options) {
  return std::make_unique<OutboxWriter>(std::move(options));
}

}  // namespace weir::connect
