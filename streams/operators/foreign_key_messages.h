// What the two stages of a foreign-key join say to each other (KIP-213): rows of the left table subscribe to the row
// of the right table that they refer to, and are answered with it, at once and whenever it changes.
//
// A subscription carries a hash of the left row's value, an answer brings it back: an answer to a value that is no
// longer the row's is left out, for another one is under way. The hash is of the encoded value, so a value must always
// be encoded to the same bytes.
#pragma once

#include <cstdint>

#include "log/base/bytes.h"

namespace weir::streams {

// On the wire and in stores: do not renumber.
enum class Instruction : std::uint8_t {
  subscribe = 0,             // and answer, also that there is no row
  subscribe_if_present = 1,  // and answer if there is a row; later changes are answered in any case
  unsubscribe = 2,           // without an answer
  unsubscribe_answered = 3,  // the answer has no row
};

enum class AnswerKind : std::uint8_t {
  no_row = 0,
  row = 1,
  unsubscribed = 2,
};

constexpr std::uint64_t kHashOfNoRow = 0;
// Of an encoded value; never kHashOfNoRow.
std::uint64_t hash_of_row(Bytes encoded);

// What the right stage keeps of a subscription, by the right key and then the left one, so that those of a right key
// are a range in the order of their left keys:
//
//   key = size of the right key (4, big-endian) | right key | left key          row = hash (8, big-endian)
OwnedBytes subscriptions_of(Bytes right_key);  // what all keys of its subscriptions begin with

}  // namespace weir::streams
