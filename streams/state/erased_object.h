// ErasedObject: an object of an erased type that is used again and again: a decoded key, a value before its change.
#pragma once

#include <new>

#include "streams/state/type_ops.h"

namespace weir::streams {

class ErasedObject {
 public:
  explicit ErasedObject(const TypeOps* type) : type_(type) {  // nullptr: no object
    if (type_ == nullptr) return;
    object_ = ::operator new(type_->size, std::align_val_t(type_->align));
    type_->construct(object_);
  }
  ~ErasedObject() {
    if (object_ == nullptr) return;
    type_->destroy(object_);
    ::operator delete(object_, std::align_val_t(type_->align));
  }
  ErasedObject(const ErasedObject&) = delete;
  ErasedObject& operator=(const ErasedObject&) = delete;

  void* get() const { return object_; }
  // Becomes a copy of `from`; null stays null.
  const void* assign(const void* from) {
    if (from != nullptr) type_->assign(object_, from);
    return from != nullptr ? object_ : nullptr;
  }

 private:
  const TypeOps* type_;
  void* object_ = nullptr;
};

}  // namespace weir::streams
