// TypeOps: everything the erased core must know about a type: one constant table per type, made from its Serde in
// streams/dsl/serde.h. Stores, sources and sinks are written once over it, in .cc files.
#pragma once

#include <cstddef>

#include "log/base/bytes.h"

namespace weir::streams {

struct TypeOps {
  const char* name;  // for messages: "std::int64_t"
  std::size_t size;
  std::size_t align;
  bool is_trivial;    // copying is memcpy, destroying is nothing
  bool is_canonical;  // bytes that decode are those that encoding gives again

  void (*construct)(void* raw);                // default value into raw memory
  void (*copy)(void* raw, const void* from);   // copy-constructs into raw memory
  void (*assign)(void* to, const void* from);  // copy-assigns
  void (*move)(void* raw, void* from);         // move-constructs into raw memory; `from` is still to be destroyed
  void (*destroy)(void* object);

  // Fills `reuse` (a constructed object). False if the bytes are not a value of this type.
  bool (*decode)(Bytes bytes, void* reuse);
  // The value's bytes: a view of the object's own where it can be, else of `scratch`. Valid until either changes.
  Bytes (*encode)(const void* object, OwnedBytes& scratch);
  // The same of a key: the bytes that its rows are found by. Equal keys give equal bytes.
  Bytes (*encode_key)(const void* object, OwnedBytes& scratch);
  // Heap memory that the object holds beside its own `size`.
  std::size_t (*heap_bytes)(const void* object);
  // Of a key's bytes, at their end: what does not decide its partition: the window of a key in a window.
  std::size_t window_bytes = 0;
  // The type is Bytes itself, and a value's bytes are what it points to: no call is needed to encode or decode it.
  bool is_view = false;
};

inline Bytes view_of(const void* view) {
  return *static_cast<const Bytes*>(view);
}

}  // namespace weir::streams
