#include "log/model/batch_encoder.h"
#include "log/model/control_record.h"
#include "log/model/record_batch.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

using namespace weir::log;

Failure differs(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return std::nullopt;
  return "gave " + ours + ", not " + theirs;
}

std::string type_name(ControlType type) {
  switch (type) {
    case ControlType::unknown:
      return "UNKNOWN";
    case ControlType::abort:
      return "ABORT";
    case ControlType::commit:
      return "COMMIT";
    case ControlType::leader_change:
      return "LEADER_CHANGE";
    case ControlType::snapshot_header:
      return "SNAPSHOT_HEADER";
    case ControlType::snapshot_footer:
      return "SNAPSHOT_FOOTER";
    case ControlType::kraft_version:
      return "KRAFT_VERSION";
    case ControlType::kraft_voters:
      return "KRAFT_VOTERS";
  }
  return "?";
}

Failure check_end_marker(const Object& line) {
  EndMarker marker{static_cast<EndMarkerType>(number_of(line, "type_id")),
                   CoordinatorEpoch(static_cast<std::int32_t>(number_of(line, "coordinator_epoch")))};
  RecordBatch batch = end_marker_batch(marker, ProducerId(number_of(line, "producer_id")),
                                       ProducerEpoch(static_cast<std::int16_t>(number_of(line, "producer_epoch"))),
                                       number_of(line, "timestamp"));
  if (auto wrong = differs(to_hex(batch.bytes.view()), text_of(line, "batch_hex"))) return wrong;
  BatchReader reader;
  RecordView record;
  if (!reader.open(batch) || reader.fill({&record, 1}).value_or(0) != 1) return "cannot be read back";
  if (auto wrong = differs(to_hex(*record.key), text_of(line, "key_hex"))) return wrong;
  if (auto wrong = differs(to_hex(*record.value), text_of(line, "value_hex"))) return wrong;
  auto parsed = parse_end_marker(record);
  if (!parsed) return parsed.error().to_string();
  if (parsed->type != marker.type || parsed->coordinator_epoch != marker.coordinator_epoch) return "parsed otherwise";
  return std::nullopt;
}

Failure check_control_key(const Object& line) {
  auto type = parse_control_type(bytes_of(line, "key_hex"));
  if (!is_null(line, "error")) return type ? Failure("should be refused") : std::nullopt;
  return type ? differs(type_name(*type), text_of(line, "type")) : type.error().to_string();
}

Failure check_marker_value(const Object& line) {
  OwnedBytes value = bytes_of(line, "value_hex");
  RecordView record;
  record.key = Bytes("\0\0\0\1", 4);
  record.value = value;
  auto marker = parse_end_marker(record);
  if (!is_null(line, "error")) return marker ? Failure("should be refused") : std::nullopt;
  if (!marker) return marker.error().to_string();
  return differs(std::to_string(marker->coordinator_epoch.value()),
                 std::to_string(number_of(line, "coordinator_epoch")));
}

Failure check_timestamps(const Object& line) {
  const auto& appended = line.at("appended").as_array();
  BatchHeader header;
  header.leader_epoch = LeaderEpoch(0);
  header.last_offset_delta = static_cast<std::int32_t>(appended.size()) - 1;
  header.base_timestamp = number_of(appended.front());
  header.max_timestamp = kNoTimestamp;
  std::vector<RecordToEncode> records;
  for (const auto& entry : appended) {
    RecordToEncode record;
    record.offset = Offset(static_cast<std::int64_t>(records.size()));
    record.timestamp_ms = number_of(entry);
    record.value = "v";
    header.max_timestamp = std::max(header.max_timestamp, record.timestamp_ms);
    records.push_back(record);
  }
  if (!is_null(line, "log_append_time")) {
    header.attributes |= 0x08;
    header.max_timestamp = number_of(line, "log_append_time");
  }
  if (!is_null(line, "delete_horizon_ms")) {
    header.attributes |= 0x40;
    header.base_timestamp = number_of(line, "delete_horizon_ms");
  }
  auto batch = encode_batch(header, records);
  if (!batch) return batch.error().to_string();
  if (auto wrong = differs(to_hex(batch->bytes.view()), text_of(line, "hex"))) return wrong;
  const BatchHeader& made = batch->header;
  if (made.base_timestamp != number_of(line, "base_timestamp") ||
      made.max_timestamp != number_of(line, "max_timestamp") || made.attributes != number_of(line, "attributes")) {
    return "the header differs";
  }
  Offset of_max = made.max_timestamp == kNoTimestamp ? kNoOffset : made.last_offset();
  if (of_max.value() != number_of(line, "offset_of_max_timestamp")) return "the offset of the maximum differs";
  BatchReader reader;
  std::vector<RecordView> views(records.size());
  if (!reader.open(*batch) || reader.fill(views).value_or(0) != views.size()) return "cannot be read back";
  for (std::size_t i = 0; i < views.size(); ++i) {
    std::int64_t expected = number_of(line.at("read").as_array()[i]);
    if (views[i].timestamp_ms != expected) return "read timestamp " + std::to_string(views[i].timestamp_ms);
  }
  return std::nullopt;
}

}  // namespace

Failure check_markers(const Object& line) {
  std::string kind = text_of(line, "kind");
  if (kind == "end_txn_marker") return check_end_marker(line);
  if (kind == "control_key") return check_control_key(line);
  if (kind == "marker_value") return check_marker_value(line);
  if (kind == "timestamps") return check_timestamps(line);
  return "unknown kind " + kind;
}

}  // namespace weir::vectors
