#include "log/wire/message_writer.h"

#include <limits>

namespace weir::log::wire {

Result<> MessageWriter::start(const char* message, std::int16_t version, std::int16_t min, std::int16_t max,
                              std::int16_t first_flexible) {
  if (version < min || version > max) {
    return fail(ErrorCode::unsupported_version, std::string(message) + " version " + std::to_string(version) +
                                                    ": known are " + std::to_string(min) + " to " +
                                                    std::to_string(max));
  }
  message_ = message;
  version_ = version;
  flexible_ = version >= first_flexible;
  wrong_field_ = nullptr;
  return {};
}

Result<> MessageWriter::finish() const {
  if (wrong_field_ == nullptr) return {};
  return fail(ErrorCode::invalid_argument, std::string(message_) + " version " + std::to_string(version_) +
                                               " cannot carry the value of " + wrong_field_);
}

void MessageWriter::refuse(const char* field, std::int16_t version) {
  version_ = version;
  if (wrong_field_ == nullptr) wrong_field_ = field;
}

void MessageWriter::size(std::size_t count) {
  if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - 1) {
    return refuse("an array or a run of bytes (too long)", version_);
  }
  if (flexible_) return unsigned_varint(static_cast<std::uint32_t>(count) + 1);
  int32(static_cast<std::int32_t>(count));
}

void MessageWriter::short_run(Bytes run) {
  if (run.size() > static_cast<std::size_t>(std::numeric_limits<std::int16_t>::max())) {
    return refuse("a string (too long)", version_);
  }
  if (flexible_) {
    unsigned_varint(static_cast<std::uint32_t>(run.size()) + 1);
  } else {
    int16(static_cast<std::int16_t>(run.size()));
  }
  bytes(run);
}

void MessageWriter::short_string(const std::optional<std::string>& text) {
  if (!text) return int16(-1);
  if (text->size() > static_cast<std::size_t>(std::numeric_limits<std::int16_t>::max())) {
    return refuse("a string (too long)", version_);
  }
  int16(static_cast<std::int16_t>(text->size()));
  bytes(*text);
}

void MessageWriter::null(NullAllowed allowed, const char* field, Null how) {
  if (allowed == NullAllowed::no) return refuse(field, version_);
  switch (how) {
    case Null::int8:
      return int8(-1);
    case Null::int16:
      return int16(-1);
    case Null::int32:
      return int32(-1);
    case Null::varint:
      return unsigned_varint(0);
  }
}

}  // namespace weir::log::wire
