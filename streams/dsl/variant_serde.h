// Events of several types in one stream: std::variant of what has a Serde.
//
//   variant = which (varint) | bytes of the alternative
#pragma once

#include <variant>

#include "streams/dsl/serde.h"

namespace weir::streams {

template <class... Ts>
requires(HasSerde<Ts>&&...) struct Serde<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static bool decode(Bytes bytes, Variant& reuse) {
    Reader in(bytes);
    const std::uint64_t which = in.unsigned_varlong();
    if (!in.ok()) return false;
    return decode_one(which, bytes.substr(in.position()), reuse, std::index_sequence_for<Ts...>());
  }
  static Bytes encode(const Variant& variant, OwnedBytes& scratch) {
    thread_local OwnedBytes alternative_scratch;
    scratch.clear();
    Writer out(scratch);
    out.unsigned_varlong(variant.index());
    std::visit([&]<class T>(const T& value) { out.bytes(Serde<T>::encode(value, alternative_scratch)); }, variant);
    return scratch;
  }

 private:
  template <std::size_t... kIndexes>
  static bool decode_one(std::uint64_t which, Bytes bytes, Variant& reuse, std::index_sequence<kIndexes...>) {
    return ((which == kIndexes &&
             Serde<std::variant_alternative_t<kIndexes, Variant>>::decode(
                 bytes, reuse.index() == kIndexes ? std::get<kIndexes>(reuse) : reuse.template emplace<kIndexes>())) ||
            ...);
  }
};

}  // namespace weir::streams
