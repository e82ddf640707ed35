// type_ops<T>(): the table of a type's operations for the erased core, made from its Serde.
#pragma once

#include <array>
#include <new>
#include <string_view>
#include <utility>

#include "streams/dsl/serde.h"
#include "streams/operators/windowed_key_ops.h"
#include "streams/state/type_ops.h"

namespace weir::streams {

namespace type_table_detail {

template <class T>
constexpr std::string_view spelled() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... spelled() [with T = NAME; ...]", clang: "... [T = NAME]"
  auto begin = text.find("T = ") + 4;
  auto end = text.find(';', begin);
  if (end == std::string_view::npos) end = text.rfind(']');
  return text.substr(begin, end - begin);
}

template <class T>
inline constexpr auto kName = [] {
  constexpr std::string_view text = spelled<T>();
  std::array<char, text.size() + 1> name{};
  for (std::size_t i = 0; i < text.size(); ++i) name[i] = text[i];
  return name;
}();

template <class T>
constexpr bool is_canonical() {
  if constexpr (requires { Serde<T>::is_canonical; }) {
    return Serde<T>::is_canonical;
  } else {
    return false;
  }
}

template <class T>
inline constexpr std::size_t kWindowBytesOf = 0;
template <class K>
inline constexpr std::size_t kWindowBytesOf<Windowed<K>> = kWindowBytes;

template <class T>
std::size_t heap_bytes(const void* object) {
  if constexpr (requires(const T& value) { Serde<T>::heap_bytes(value); }) {
    return Serde<T>::heap_bytes(*static_cast<const T*>(object));
  } else {
    return 0;
  }
}

template <class T>
inline constexpr TypeOps kOps{
    kName<T>.data(),
    sizeof(T),
    alignof(T),
    std::is_trivially_copyable_v<T>&& std::is_trivially_destructible_v<T>,
    is_canonical<T>(),
    [](void* raw) { new (raw) T(); },
    [](void* raw, const void* from) { new (raw) T(*static_cast<const T*>(from)); },
    [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); },
    [](void* raw, void* from) { new (raw) T(std::move(*static_cast<T*>(from))); },
    [](void* object) { static_cast<T*>(object)->~T(); },
    [](Bytes bytes, void* reuse) { return Serde<T>::decode(bytes, *static_cast<T*>(reuse)); },
    [](const void* object, OwnedBytes& scratch) { return Serde<T>::encode(*static_cast<const T*>(object), scratch); },
    [](const void* object, OwnedBytes& scratch) { return encode_key(*static_cast<const T*>(object), scratch); },
    &heap_bytes<T>,
    kWindowBytesOf<T>,
    std::is_same_v<T, Bytes>,
};

}  // namespace type_table_detail

// The type as the compiler spells it, for messages.
template <class T>
constexpr const char* spelled_name() {
  return type_table_detail::kName<T>.data();
}

template <class T>
const TypeOps& type_ops() {
  static_assert(std::is_default_constructible_v<T> && std::is_copy_constructible_v<T> && std::is_copy_assignable_v<T>,
                "Weir: a type of keys or values must have a default constructor and be copyable");
  static_assert(HasSerde<T>,
                "Weir: this type has no Serde: name its members with WEIR_JSON(Type, members...), or specialise "
                "weir::streams::Serde<Type> (see weir/streams.h, dsl/serde.h)");
  return type_table_detail::kOps<T>;
}

// How keys in windows are made of keys.
template <class K>
WindowedKeyOps windowed_key_ops() {
  return {&type_ops<K>(), &type_ops<Windowed<K>>(), [](void* windowed, const void* key, Window window) {
            auto* into = static_cast<Windowed<K>*>(windowed);
            into->key = *static_cast<const K*>(key);
            into->window = window;
          }};
}

// The table of a key's type; null for NoKey, whose bytes are not looked at.
template <class K>
const TypeOps* key_ops() {
  if constexpr (std::same_as<plain_t<K>, NoKey>) {
    return nullptr;
  } else {
    return &type_ops<plain_t<K>>();
  }
}

}  // namespace weir::streams
