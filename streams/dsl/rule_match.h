// RuleMatch<V>: what a rule found: the events of its pattern, and which version of which rule it was.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "streams/dsl/match.h"

namespace weir::streams {

template <class V>
struct RuleMatch : Match<V> {
  std::string rule = {};     // its id
  std::int64_t version = 0;  // that applied to all of the events
  std::string severity = {};
  std::map<std::string, std::string> labels = {};
};

// match = size | rule | version | size | severity | count | (size | name | size | label)* | match       (dsl/match.h)
template <class V>
requires HasSerde<V>
struct Serde<RuleMatch<V>> {
  static bool decode(Bytes bytes, RuleMatch<V>& reuse) {
    Reader in(bytes);
    reuse.rule = in.bytes(in.unsigned_varlong());
    reuse.version = in.varlong();
    reuse.severity = in.bytes(in.unsigned_varlong());
    reuse.labels.clear();
    for (std::uint64_t left = in.unsigned_varlong(); in.ok() && left > 0; --left) {
      std::string name(in.bytes(in.unsigned_varlong()));
      reuse.labels[std::move(name)] = in.bytes(in.unsigned_varlong());
    }
    return in.ok() && Serde<Match<V>>::decode(in.bytes(in.remaining()), reuse);
  }
  static Bytes encode(const RuleMatch<V>& match, OwnedBytes& scratch) {
    thread_local OwnedBytes match_scratch;
    scratch.clear();
    Writer out(scratch);
    const auto text = [&](Bytes bytes) {
      out.unsigned_varlong(bytes.size());
      out.bytes(bytes);
    };
    text(match.rule);
    out.varlong(match.version);
    text(match.severity);
    out.unsigned_varlong(match.labels.size());
    for (const auto& [name, label] : match.labels) {
      text(name);
      text(label);
    }
    out.bytes(Serde<Match<V>>::encode(match, match_scratch));
    return scratch;
  }
};

}  // namespace weir::streams
