#include "streams/operators/pattern/pattern_row.h"

namespace weir::streams::cep {

namespace {

constexpr std::uint8_t kRowVersion = 1;

}  // namespace

void PatternRow::hold(OwnedEvent event, std::int64_t timestamp_ms) {
  const auto place = std::upper_bound(held.begin(), held.end(), timestamp_ms,
                                      [](std::int64_t time, const Held& one) { return time < one.timestamp_ms; });
  held.insert(place, {std::move(event), timestamp_ms});
}

Bytes PatternRow::encode(OwnedBytes& scratch) const {
  scratch.clear();
  Writer out(scratch);
  out.uint8(kRowVersion);
  out.uint32(fingerprint);
  out.unsigned_varlong(held.size());
  OwnedBytes event_scratch;
  for (const Held& one : held) {
    const Bytes bytes = one.event.type().encode(one.event.get(), event_scratch);
    out.varlong(one.timestamp_ms);
    out.unsigned_varlong(bytes.size());
    out.bytes(bytes);
  }
  matches.encode(out);
  return scratch;
}

bool PatternRow::decode(const TypeOps& event, Bytes bytes) {
  *this = PatternRow();
  Reader in(bytes);
  const std::uint8_t version = in.uint8();
  fingerprint = in.uint32();
  const std::uint64_t count = in.unsigned_varlong();
  if (!in.ok() || version != kRowVersion || count > in.remaining()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int64_t timestamp = in.varlong();
    const Bytes value = in.bytes(in.unsigned_varlong());
    OwnedEvent one;
    if (!in.ok() || !OwnedEvent::decode(event, value, one)) return false;
    held.push_back({std::move(one), timestamp});
  }
  return matches.decode(event, in) && in.at_end();
}

std::size_t PatternRow::heap_bytes() const {
  std::size_t bytes = matches.heap_bytes() + held.capacity() * sizeof(Held);
  for (const Held& one : held) bytes += one.event.heap_bytes();
  return bytes;
}

}  // namespace weir::streams::cep
