// WindowedKeyOps: how keys in windows are made of keys: the one thing about Windowed<K> that nodes cannot do
// themselves.
#pragma once

#include "streams/state/type_ops.h"
#include "streams/topology/windows.h"

namespace weir::streams {

struct WindowedKeyOps {
  const TypeOps* key;       // K
  const TypeOps* windowed;  // Windowed<K>
  void (*set)(void* windowed, const void* key, Window window);
};

}  // namespace weir::streams
