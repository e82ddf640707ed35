// MessageReader: the values of Kafka's messages as they stand in a frame.
//
// Strings, bytes and arrays have a signed length in front, -1 for null; in flexible versions an unsigned varint of
// length + 1, 0 for null, and every struct ends with a tagged section (unknown tags are skipped). The first thing that
// is wrong makes every later read give nothing, and `finish` says what and where it was. A length is believed only as
// far as there are bytes for it: nothing is allocated for what has not come. An element of an array may take less room
// in the frame than in memory (an empty string one byte): what the elements of a message may take is bounded by the
// frame's size. `records` are slices of the frame, which they keep alive; everything else is copied out of it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "log/base/cursor.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/records.h"
#include "log/wire/null_allowed.h"

namespace weir::log::wire {

class MessageReader : public Reader {
 public:
  explicit MessageReader(SharedBytes frame) : Reader(frame.view()), frame_(std::move(frame)) {}

  // A message begins here. unsupported_version.
  Result<> start(const char* message, std::int16_t version, std::int16_t min, std::int16_t max,
                 std::int16_t first_flexible);
  // truncated: the frame ends inside the message; corrupt_message: with the field.
  Result<> finish() const;

  // What has not been read, sharing the frame.
  SharedBytes rest_of_frame() const { return frame_.slice(position()); }

  bool boolean() { return int8() != 0; }
  Uuid uuid();
  std::string string(const char* field) { return std::string(present_run(short_size(), field)); }
  std::optional<std::string> nullable_string(NullAllowed allowed, const char* field) {
    return copy(nullable_run(short_size(), allowed, field));
  }
  std::optional<std::string> short_string();  // with a signed length in flexible versions too
  OwnedBytes byte_run(const char* field) { return OwnedBytes(present_run(size(), field)); }
  std::optional<OwnedBytes> nullable_byte_run(NullAllowed allowed, const char* field) {
    return copy(nullable_run(size(), allowed, field));
  }
  Records records(const char* field) { return nullable_records(NullAllowed::no, field).value_or(Records{}); }
  std::optional<Records> nullable_records(NullAllowed allowed, const char* field);

  template <class Element, class ReadElement>
  void array(std::vector<Element>& into, const char* field, ReadElement read_element) {
    auto count = size();
    if (!count) return refuse(field, "is null");
    elements(into, *count, read_element);
  }
  template <class Element, class ReadElement>
  void nullable_array(std::optional<std::vector<Element>>& into, NullAllowed allowed, const char* field,
                      ReadElement read_element) {
    into.reset();
    auto count = size();
    if (count) return elements(into.emplace(), *count, read_element);
    if (allowed == NullAllowed::no) refuse(field, "is null");
  }
  template <class Struct, class ReadStruct>
  void nullable_struct(std::optional<Struct>& into, NullAllowed allowed, const char* field, ReadStruct read_struct) {
    into.reset();
    if (int8() >= 0) return read_struct(into.emplace());
    if (allowed == NullAllowed::no) refuse(field, "is null");
  }

  // The tagged section: `read_tag(tag)` reads the value and says whether it knows it.
  template <class ReadTag>
  void tags(ReadTag read_tag) {
    if (!flexible_) return;
    std::int64_t previous = -1;
    for (std::uint32_t left = unsigned_varint(); left > 0 && ok(); --left) {
      std::uint32_t tag = unsigned_varint();
      std::size_t bytes = unsigned_varint();
      if (tag <= previous) return refuse("tagged fields", "are not in order");
      previous = tag;
      if (bytes > remaining()) return set_failed(State::ended);
      std::size_t end = position() + bytes;
      if (!read_tag(tag)) {
        skip(bytes);
      } else if (ok() && position() != end) {
        return refuse("a tagged field", "is not as long as it says");
      }
    }
  }
  void skip_tags() {
    tags([](std::uint32_t) { return false; });
  }

 private:
  using Size = std::optional<std::size_t>;  // nullopt: null

  Size size() { return flexible_ ? compact_size() : signed_size(int32()); }
  Size short_size() { return flexible_ ? compact_size() : signed_size(int16()); }
  Size compact_size() {
    std::uint32_t raw = unsigned_varint();
    if (!ok()) return 0;  // failed already: not a null as well
    return raw == 0 ? Size() : Size(raw - 1);
  }
  Size signed_size(std::int32_t raw);

  Bytes present_run(Size size, const char* field);
  NullableBytes nullable_run(Size size, NullAllowed allowed, const char* field);
  static std::optional<std::string> copy(const NullableBytes& run) {
    return run ? std::optional(std::string(*run)) : std::nullopt;
  }
  void refuse(const char* field, const char* why);

  template <class Element, class ReadElement>
  void elements(std::vector<Element>& into, std::size_t count, ReadElement read_element) {
    into.clear();
    if (count > remaining()) return set_failed(State::ended);  // an element takes at least one byte
    elements_bytes_ += count * sizeof(Element);
    if (elements_bytes_ > kSmallMessage + kMostTimesFrame * frame_.size())
      return refuse("an array", "is out of all proportion");
    into.reserve(std::min(count, remaining() / sizeof(Element) + 1));
    for (std::size_t i = 0; i < count && ok(); ++i) read_element(into.emplace_back());
  }

  // No message that means something comes near: a topic's name of one letter takes 10 times its bytes.
  static constexpr std::size_t kMostTimesFrame = 16;
  static constexpr std::size_t kSmallMessage = 1024 * 1024;

  SharedBytes frame_;
  std::size_t elements_bytes_ = 0;
  bool flexible_ = false;
  const char* message_ = "";
  std::int16_t version_ = 0;
  const char* wrong_field_ = nullptr;
  const char* why_ = nullptr;
  std::size_t wrong_at_ = 0;
};

}  // namespace weir::log::wire
