#include "streams/operators/pattern/rules/rules_row.h"

#include <utility>

namespace weir::streams::cep {

namespace {

constexpr std::uint8_t kRulesRowVersion = 1;

std::size_t heap_of_entry(const RuleMatches& one) {
  constexpr std::size_t kShared = 16;
  return kShared + sizeof(RuleMatches) + one.key.capacity() + one.encoded.capacity() + one.row.heap_bytes();
}

void encode_entry(const RuleMatches& one) {
  OwnedBytes row_scratch;
  Writer out(one.encoded);
  out.unsigned_varlong(one.rule);
  out.varlong(one.grace_ms);
  out.unsigned_varlong(one.key.size());
  out.bytes(one.key);
  const Bytes row = one.row.encode(row_scratch);
  out.unsigned_varlong(row.size());
  out.bytes(row);
  one.known_heap_bytes = heap_of_entry(one);
}

}  // namespace

Bytes RulesRow::encode(OwnedBytes& scratch) const {
  scratch.clear();
  Writer out(scratch);
  out.uint8(kRulesRowVersion);
  out.unsigned_varlong(entries.size());
  for (const auto& one : entries) {
    if (one->encoded.empty()) encode_entry(*one);
    out.bytes(one->encoded);
  }
  return scratch;
}

bool RulesRow::decode(const TypeOps& event, Bytes bytes) {
  *this = RulesRow();
  Reader in(bytes);
  const std::uint8_t version = in.uint8();
  const std::uint64_t count = in.unsigned_varlong();
  if (!in.ok() || version != kRulesRowVersion || count > in.remaining()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto one = std::make_shared<RuleMatches>();
    one->rule = in.unsigned_varlong();
    one->grace_ms = in.varlong();
    one->key = in.bytes(in.unsigned_varlong());
    const Bytes row = in.bytes(in.unsigned_varlong());
    if (!in.ok() || one->grace_ms < 0 || !one->row.decode(event, row)) return false;
    const auto order = [](const RuleMatches& entry) {
      return std::pair(entry.rule, std::string_view(entry.key));
    };
    if (!entries.empty() && order(*entries.back()) >= order(*one)) return false;
    entries.push_back(std::move(one));
  }
  return in.at_end();
}

std::size_t RulesRow::heap_bytes() const {
  std::size_t bytes = entries.capacity() * sizeof(entries.front());
  for (const auto& one : entries) bytes += one->encoded.empty() ? heap_of_entry(*one) : one->known_heap_bytes;
  return bytes;
}

}  // namespace weir::streams::cep
