#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <array>

namespace weir::fuzz {

OwnedBytes Mutator::mutated(Bytes from, Bytes other) {
  OwnedBytes bytes(from);
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(bytes, other);
  return bytes;
}

void Mutator::change(OwnedBytes& bytes, Bytes other) {
  const std::size_t at = place(bytes);
  const std::size_t left = bytes.size() - at;
  switch (below(8)) {
    case 0:
      if (left > 0) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      break;
    case 1:
      if (left > 0) bytes[at] = static_cast<char>(random_());
      break;
    case 2:
    case 3:
      put_number(bytes);
      break;
    case 4:
      bytes.resize(at);
      break;
    case 5:
      bytes.erase(at, 1 + below(8));
      break;
    case 6:
      bytes.insert(at, bytes.substr(at, 1 + below(16)));
      break;
    case 7: {
      const std::size_t from = below(other.size() + 1);
      bytes.replace(at, below(std::min<std::size_t>(left, 16) + 1), OwnedBytes(other.substr(from, below(32))));
      break;
    }
  }
}

// Over what is there: a length, a count or an offset that is too small or too large, big-endian, or a varint.
void Mutator::put_number(OwnedBytes& bytes) {
  static constexpr std::array<std::int64_t, 12> kNumbers{
      0, 1, -1, -2, 127, 128, 255, 32'767, 2'147'483'647, -2'147'483'648LL, 0x7fffffffffffffff, 1'000'000};
  const std::int64_t number = kNumbers[below(kNumbers.size())];
  OwnedBytes text;
  if (below(3) == 0) {
    auto rest = static_cast<std::uint64_t>(number);
    for (; rest > 127; rest >>= 7) text.push_back(static_cast<char>(rest | 128));
    text.push_back(static_cast<char>(rest));
  } else {
    const std::size_t width = std::size_t{1} << below(4);
    for (std::size_t i = width; i > 0; --i) text.push_back(static_cast<char>(number >> (8 * (i - 1))));
  }
  const std::size_t at = place(bytes);
  bytes.replace(at, std::min(text.size(), bytes.size() - at), text);
}

}  // namespace weir::fuzz
