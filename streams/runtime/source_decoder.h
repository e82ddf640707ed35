// SourceDecoder: a record of a topic as its source takes it: key and value are decoded into two objects that are used
// again for every record. Inputs of tasks, restores from a source's topic and global tables all take records this way.
#pragma once

#include <cstdint>
#include <string>

#include "log/model/record.h"
#include "streams/state/erased_object.h"
#include "streams/topology/type_name.h"

namespace weir::streams {

class SourceDecoder {
 public:
  struct Types {
    const TypeOps* key;  // null: keys are not looked at
    const TypeOps* value;
    bool takes_null_keys;
    bool takes_null_values;
  };
  enum class Outcome : std::uint8_t { usable, null_key, null_value, undecodable };

  // `Source`: a SourceSpec or a GlobalTableSpec.
  template <class Source>
  static Types types_of(const Source& source) {
    return {source.key, source.value, source.takes_null_keys, source.takes_null_values};
  }

  explicit SourceDecoder(const Types& types) : types_(types), key_object_(types.key), value_object_(types.value) {}

  // Afterwards `key` and `value` are what could be decoded, or null.
  [[gnu::always_inline]] Outcome decode(const log::RecordView& record) {
    key_ = value_ = nullptr;
    key_decodes_ = value_decodes_ = true;
    if (types_.key != nullptr && record.key) {
      key_decodes_ = decoded(*types_.key, *record.key, key_object_);
      key_ = key_object_.get();
    } else if (types_.key != nullptr && !types_.takes_null_keys) {
      return Outcome::null_key;
    }
    if (record.value) {
      value_decodes_ = decoded(*types_.value, *record.value, value_object_);
      value_ = value_object_.get();
    } else if (!types_.takes_null_values) {
      return Outcome::null_value;
    }
    return key_decodes_ && value_decodes_ ? Outcome::usable : Outcome::undecodable;
  }
  const void* key() const { return key_; }
  const void* value() const { return value_; }

  // The bytes that the rows of the key are found by, and those of the value as its type writes them.
  Bytes encoded_key(OwnedBytes& scratch) const { return types_.key->encode_key(key_, scratch); }
  Bytes encoded_value(OwnedBytes& scratch) const { return types_.value->encode(value_, scratch); }

  // Of a record that is undecodable: "the 5 bytes of the record's value are no std::int64_t".
  std::string what_is_wrong(const log::RecordView& record) const {
    auto wrong = [](const char* part, const TypeOps* type, const NullableBytes& bytes) {
      return "the " + std::to_string(bytes->size()) + " bytes of the record's " + part + " are no " + plain_name(type);
    };
    std::string all;
    if (!key_decodes_) all += wrong("key", types_.key, record.key);
    if (!key_decodes_ && !value_decodes_) all += ", and ";
    if (!value_decodes_) all += wrong("value", types_.value, record.value);
    return all;
  }

 private:
  [[gnu::always_inline]] static bool decoded(const TypeOps& type, Bytes bytes, ErasedObject& into) {
    if (!type.is_view) return type.decode(bytes, into.get());
    *static_cast<Bytes*>(into.get()) = bytes;
    return true;
  }

  const Types types_;
  ErasedObject key_object_;
  ErasedObject value_object_;
  const void* key_ = nullptr;
  const void* value_ = nullptr;
  bool key_decodes_ = true;
  bool value_decodes_ = true;
};

}  // namespace weir::streams
