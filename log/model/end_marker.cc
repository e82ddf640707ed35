#include "log/base/cursor.h"
#include "log/model/control_record.h"
#include "log/model/record_batch.h"

namespace weir::log {

namespace {
constexpr std::int16_t kVersion = 0;

tl::unexpected<Error> not_a_marker(const char* what) {
  return fail(ErrorCode::invalid_record, std::string("transaction marker: ") + what);
}
}  // namespace

// key: int16 version, int16 type; value: int16 version, int32 coordinator_epoch.
RecordBatch end_marker_batch(EndMarker marker, ProducerId id, ProducerEpoch epoch, std::int64_t timestamp_ms) {
  char key[4];
  store_big_endian(key, kVersion);
  store_big_endian(key + 2, static_cast<std::int16_t>(marker.type));
  char value[6];
  store_big_endian(value, kVersion);
  store_big_endian(value + 2, marker.coordinator_epoch.value());
  BatchBuilder builder(kBatchHeaderSize + 32);
  builder.add(timestamp_ms, Bytes(key, sizeof key), Bytes(value, sizeof value));
  BatchOptions options;
  options.producer_id = id;
  options.producer_epoch = epoch;
  options.is_transactional = true;
  options.is_control = true;
  return *builder.seal(options);
}

Result<ControlType> parse_control_type(Bytes key) {
  Reader reader(key);
  std::int16_t version = reader.int16();
  std::int16_t type = reader.int16();
  if (!reader.ok() || version < 0) return not_a_marker("its key");
  if (type < 0 || type > static_cast<std::int16_t>(ControlType::kraft_voters)) return ControlType::unknown;
  return static_cast<ControlType>(type);
}

Result<EndMarker> parse_end_marker(const RecordView& control_record) {
  WEIR_TRY_VAR(type, parse_control_type(control_record.key.value_or(Bytes())));
  if (type != ControlType::abort && type != ControlType::commit) return not_a_marker("its type");
  Reader value(control_record.value.value_or(Bytes()));
  std::int16_t value_version = value.int16();
  EndMarker marker{static_cast<EndMarkerType>(type), CoordinatorEpoch(value.int32())};
  if (!value.ok() || value_version < 0) return not_a_marker("its value");
  return marker;
}

}  // namespace weir::log
