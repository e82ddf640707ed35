// GroupChange<V>: what a change of a table means for one group: a value that is subtracted, one that is added, or both.
// It travels through the repartition topic of a regrouped table.
//
//   change = halves (1 byte: 1 old, 2 fresh, 3 both), [size of old (4, big-endian), if both], [old], [fresh]
//   "ab" added: 02 61 62          "a" subtracted, "b" added: 03 00000001 61 62
#pragma once

#include <optional>

#include "streams/dsl/serde.h"

namespace weir::streams {

template <class V>
struct GroupChange {
  std::optional<V> old;
  std::optional<V> fresh;
};

template <class V>
struct Serde<GroupChange<V>> {
  static bool decode(Bytes bytes, GroupChange<V>& reuse) {
    if (bytes.empty() || bytes[0] < kOld || bytes[0] > kBoth) return false;
    const char halves = bytes[0];
    Bytes old = bytes.substr(1);
    Bytes fresh = old;
    if (halves == kBoth) {
      if (old.size() < kSizeBytes) return false;
      const auto size = load_big_endian<std::uint32_t>(old.data());
      if (size > old.size() - kSizeBytes) return false;
      fresh = old.substr(kSizeBytes + size);
      old = old.substr(kSizeBytes, size);
    }
    return decode_half(halves != kFresh, old, reuse.old) && decode_half(halves != kOld, fresh, reuse.fresh);
  }

  static Bytes encode(const GroupChange<V>& change, OwnedBytes& scratch) {
    thread_local OwnedBytes value_scratch;  // a value may need one of its own
    const bool is_both = change.old && change.fresh;
    scratch.assign(1, is_both ? kBoth : change.old ? kOld : kFresh);
    if (change.old) {
      Bytes old = Serde<V>::encode(*change.old, value_scratch);
      if (is_both) Writer(scratch).int32(static_cast<std::int32_t>(old.size()));
      scratch.append(old);
    }
    if (change.fresh) scratch.append(Serde<V>::encode(*change.fresh, value_scratch));
    return scratch;
  }

 private:
  static constexpr char kOld = 1;
  static constexpr char kFresh = 2;
  static constexpr char kBoth = 3;
  static constexpr std::size_t kSizeBytes = 4;

  static bool decode_half(bool is_there, Bytes bytes, std::optional<V>& half) {
    half.reset();
    return !is_there || Serde<V>::decode(bytes, half.emplace());
  }
};

}  // namespace weir::streams
