// MessageWriter: appends the values of Kafka's messages to a buffer; the counterpart of MessageReader.
//
// A value that the version cannot carry, or a run that is longer than its length field can say, is refused: the first
// such is what `finish` reports, and what was written up to there is of no use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/base/cursor.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/records.h"
#include "log/wire/gathered.h"
#include "log/wire/null_allowed.h"

namespace weir::log::wire {

class MessageWriter : public Writer {
 public:
  explicit MessageWriter(OwnedBytes& out) : Writer(out) {}
  // Long records are not copied, but shared.
  explicit MessageWriter(GatheredBytes& out) : Writer(out.own), slices_(&out.slices) {}

  // A message begins here. unsupported_version.
  Result<> start(const char* message, std::int16_t version, std::int16_t min, std::int16_t max,
                 std::int16_t first_flexible);
  Result<> finish() const;  // invalid_argument: names the field and the version

  bool is_flexible() const { return flexible_; }
  // The value of `field` cannot be told in this version.
  void refuse(const char* field, std::int16_t version);

  void boolean(bool value) { int8(value ? 1 : 0); }
  void uuid(const Uuid& id) { bytes({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}); }
  void string(const std::string& text) { short_run(text); }
  void nullable_string(const std::optional<std::string>& text, NullAllowed allowed, const char* field) {
    if (text) return short_run(*text);
    null(allowed, field, flexible_ ? Null::varint : Null::int16);
  }
  void short_string(const std::optional<std::string>& text);  // with a signed length in flexible versions too
  void byte_run(const OwnedBytes& run) {
    size(run.size());
    bytes(run);
  }
  void nullable_byte_run(const std::optional<OwnedBytes>& run, NullAllowed allowed, const char* field) {
    if (run) return byte_run(*run);
    null(allowed, field, flexible_ ? Null::varint : Null::int32);
  }
  void records(const Records& records) {
    size(records.size_bytes());
    for (const auto& part : records.parts) shared(part);
  }
  void nullable_records(const std::optional<Records>& value, NullAllowed allowed, const char* field) {
    if (value) return records(*value);
    null(allowed, field, flexible_ ? Null::varint : Null::int32);
  }

  template <class Element, class WriteElement>
  void array(const std::vector<Element>& elements, WriteElement write_element) {
    size(elements.size());
    for (const auto& element : elements) write_element(element);
  }
  template <class Element, class WriteElement>
  void nullable_array(const std::optional<std::vector<Element>>& elements, NullAllowed allowed, const char* field,
                      WriteElement write_element) {
    if (elements) return array(*elements, write_element);
    null(allowed, field, flexible_ ? Null::varint : Null::int32);
  }
  template <class Struct, class WriteStruct>
  void nullable_struct(const std::optional<Struct>& value, NullAllowed allowed, const char* field,
                       WriteStruct write_struct) {
    if (!value) return null(allowed, field, Null::int8);
    int8(1);
    write_struct(*value);
  }

  void no_tags() {
    if (flexible_) unsigned_varint(0);
  }
  void tag_count(int count) { unsigned_varint(static_cast<std::uint32_t>(count)); }
  // One tagged field, whose value `write_value` writes to the writer that it is given.
  template <class WriteValue>
  void tagged(std::uint32_t tag, WriteValue write_value) {
    OwnedBytes value;
    MessageWriter inner(value);
    inner.flexible_ = flexible_;
    inner.version_ = version_;
    write_value(inner);
    if (inner.wrong_field_ != nullptr) refuse(inner.wrong_field_, version_);
    unsigned_varint(tag);
    unsigned_varint(static_cast<std::uint32_t>(value.size()));
    bytes(value);
  }

 private:
  enum class Null { int8, int16, int32, varint };

  // What is shorter is cheaper to copy than to send by itself.
  static constexpr std::size_t kShortestSlice = 1'024;

  void shared(const SharedBytes& run) {
    if (slices_ == nullptr || run.size() < kShortestSlice) return bytes(run.view());
    slices_->push_back({Writer::size(), run});
  }
  void size(std::size_t count);
  void short_run(Bytes run);
  void null(NullAllowed allowed, const char* field, Null how);

  std::vector<GatheredBytes::Slice>* slices_ = nullptr;  // null: everything is copied
  bool flexible_ = false;
  const char* message_ = "";
  std::int16_t version_ = 0;
  const char* wrong_field_ = nullptr;
};

}  // namespace weir::log::wire
