#include "connect/connectors/postgres_changes/change_position.h"

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

std::string ChangePosition::to_json() const {
  std::string json = "{\"lsn\":\"" + lsn_text(lsn) + "\"";
  if (count > 0) json += ",\"count\":" + std::to_string(count);
  if (snapshot) {
    json += ",\"snapshot\":{\"table\":";
    append_json_string(snapshot->table, json);
    json += ",\"after\":[";
    for (const auto& part : snapshot->after) {
      if (&part != &snapshot->after.front()) json += ",";
      if (part) {
        append_json_string(*part, json);
      } else {
        json += "null";
      }
    }
    json += "]}";
  }
  return json + "}";
}

Result<ChangePosition> ChangePosition::parse(std::string_view json) {
  const auto wrong = [&] {
    return fail(ErrorCode::corrupt_data, "not a position of changes: " + std::string(json));
  };
  auto document = JsonDocument::parse(json);
  if (!document || !document->root().is_object()) return wrong();
  ChangePosition position;
  const JsonValue* lsn = document->root().member("lsn");
  const auto place = lsn == nullptr ? std::nullopt : parse_lsn(lsn->text());
  if (!place) return wrong();
  position.lsn = *place;
  if (const auto* count = document->root().member("count"); count != nullptr && !count->get(position.count))
    return wrong();
  const JsonValue* snapshot = document->root().member("snapshot");
  if (snapshot == nullptr) return position;
  position.snapshot.emplace();
  const JsonValue* table = snapshot->is_object() ? snapshot->member("table") : nullptr;
  const JsonValue* after = snapshot->is_object() ? snapshot->member("after") : nullptr;
  if (table == nullptr || after == nullptr || !after->is_array()) return wrong();
  position.snapshot->table = table->text();
  for (const JsonValue* part = after->first(); part != after->end(); part = part->next()) {
    if (part->is_null()) {
      position.snapshot->after.emplace_back();
    } else {
      position.snapshot->after.emplace_back(std::string(part->text()));
    }
  }
  return position;
}

}  // namespace weir::connect
