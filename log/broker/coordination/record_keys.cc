#include "log/broker/coordination/record_keys.h"

#include "log/base/cursor.h"

namespace weir::log::broker {

std::optional<std::int16_t> version_of_key(const NullableBytes& key) {
  Reader reader(key.value_or(Bytes()));
  std::int16_t version = reader.int16();
  return reader.ok() ? std::optional(version) : std::nullopt;
}

tl::unexpected<Error> wrong_record(std::string_view topic, const RecordView& record, const Error& why) {
  return fail(ErrorCode::corrupt_data,
              std::string(topic) + ", offset " + std::to_string(record.offset.value()) + ": " + why.to_string());
}

}  // namespace weir::log::broker
