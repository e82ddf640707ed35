#include "log/wire/message_reader.h"

#include <cstring>

namespace weir::log::wire {

Result<> MessageReader::start(const char* message, std::int16_t version, std::int16_t min, std::int16_t max,
                              std::int16_t first_flexible) {
  if (version < min || version > max) {
    return fail(ErrorCode::unsupported_version, std::string(message) + " version " + std::to_string(version) +
                                                    ": known are " + std::to_string(min) + " to " +
                                                    std::to_string(max));
  }
  message_ = message;
  version_ = version;
  flexible_ = version >= first_flexible;
  return {};
}

Result<> MessageReader::finish() const {
  if (ok()) return {};
  std::string place = std::string(message_) + " version " + std::to_string(version_);
  if (wrong_field_ != nullptr) {
    return fail(ErrorCode::corrupt_message,
                place + ", before byte " + std::to_string(wrong_at_) + ": " + wrong_field_ + " " + why_);
  }
  if (state() == State::varint_too_long) return fail(ErrorCode::corrupt_message, place + ": a varint is too long");
  return fail(ErrorCode::truncated, place + ": its " + std::to_string(frame_.size()) + " bytes end before it does");
}

void MessageReader::refuse(const char* field, const char* why) {
  if (!ok()) return;
  wrong_field_ = field;
  why_ = why;
  wrong_at_ = position();
  set_failed(State::ended);
}

MessageReader::Size MessageReader::signed_size(std::int32_t raw) {
  if (!ok()) return 0;  // failed already: not a null as well
  if (raw < -1) {
    refuse("a length", "is negative");
    return 0;
  }
  return raw == -1 ? Size() : Size(static_cast<std::size_t>(raw));
}

Bytes MessageReader::present_run(Size size, const char* field) {
  return nullable_run(size, NullAllowed::no, field).value_or(Bytes());
}

NullableBytes MessageReader::nullable_run(Size size, NullAllowed allowed, const char* field) {
  if (size) return bytes(*size);
  if (allowed == NullAllowed::no) refuse(field, "is null");
  return std::nullopt;
}

std::optional<std::string> MessageReader::short_string() {
  return copy(nullable_run(signed_size(int16()), NullAllowed::yes, ""));
}

std::optional<Records> MessageReader::nullable_records(NullAllowed allowed, const char* field) {
  auto run = nullable_run(size(), allowed, field);
  if (!run) return std::nullopt;
  Records records;
  if (!run->empty()) records.parts.push_back(frame_.slice(position() - run->size(), run->size()));
  return records;
}

Uuid MessageReader::uuid() {
  Uuid id;
  Bytes run = bytes(id.bytes.size());
  if (ok()) std::memcpy(id.bytes.data(), run.data(), run.size());
  return id;
}

}  // namespace weir::log::wire
