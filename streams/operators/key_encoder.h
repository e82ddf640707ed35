// KeyEncoder: the encoded form of a record's key: the bytes that came with it, or new ones.
#pragma once

#include "streams/operators/record.h"
#include "streams/state/key_value_store.h"
#include "streams/state/type_ops.h"

namespace weir::streams {

class KeyEncoder {
 public:
  explicit KeyEncoder(const TypeOps* type) : type_(type) {}

  // Precondition: the record has a key. Valid until the next call.
  EncodedKey operator()(const Record& record) {
    if (record.encoded_key != nullptr) return *record.encoded_key;
    Bytes bytes = type_->encode_key(record.key, scratch_);
    return {bytes, state::KeyValueStore::hash(bytes)};
  }

 private:
  const TypeOps* type_;
  OwnedBytes scratch_;
};

}  // namespace weir::streams
