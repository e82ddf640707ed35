// Small events and conditions, as the engine sees them and as a reader of definitions does.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/operators/pattern/so_far.h"

namespace weir::streams::letters {

using cep::Condition;
using cep::StepIndex;

struct Letter {
  char name = 'a';
  std::int32_t size = 0;
  std::int64_t time_ms = 0;
};

// What a run has taken: steps and letters, in order.
using Taken = std::vector<std::pair<std::string, Letter>>;

// One of a few things that may be asked of a letter, alone or beside what was taken.
struct Ask {
  enum class Kind { name, not_name, size_at_least, fewer_than, sum_below, as_first };
  Kind kind = Kind::name;
  char name = 'a';
  int number = 0;
  std::string step = {};  // of those that look back
  StepIndex step_index = 0;

  bool looks_back() const { return kind == Kind::fewer_than || kind == Kind::sum_below || kind == Kind::as_first; }

  bool holds(const Letter& letter, const Taken& taken) const {
    std::vector<Letter> before;
    for (const auto& [at, event] : taken) {
      if (at == step) before.push_back(event);
    }
    return holds_behind(letter, before);
  }

  Condition condition() const {
    const Ask ask = *this;
    if (!looks_back()) {
      return {.of_event = [ask](const void* event) {
        return ask.holds_behind(*static_cast<const Letter*>(event), {});
      }};
    }
    return {.of_match = [ask](const void* event, const cep::SoFar& so_far) {
      std::vector<const void*> events;
      so_far.collect(ask.step_index, events);
      std::vector<Letter> before;
      for (const void* one : events) before.push_back(*static_cast<const Letter*>(one));
      return ask.holds_behind(*static_cast<const Letter*>(event), before);
    }};
  }

 private:
  bool holds_behind(const Letter& letter, const std::vector<Letter>& before) const {
    int sum = letter.size;
    for (const Letter& one : before) sum += one.size;
    switch (kind) {
      case Kind::name:
        return letter.name == name;
      case Kind::not_name:
        return letter.name != name;
      case Kind::size_at_least:
        return letter.size >= number;
      case Kind::fewer_than:
        return letter.name == name && static_cast<int>(before.size()) < number;
      case Kind::sum_below:
        return letter.name == name && sum < number;
      case Kind::as_first:
        return before.empty() || before.front().size == letter.size;
    }
    return false;
  }
};

}  // namespace weir::streams::letters

template <>
struct weir::streams::Serde<weir::streams::letters::Letter> {
  static bool decode(Bytes bytes, letters::Letter& reuse) {
    if (bytes.size() != 13) return false;
    reuse.name = bytes[0];
    reuse.size = load_big_endian<std::int32_t>(bytes.data() + 1);
    reuse.time_ms = load_big_endian<std::int64_t>(bytes.data() + 5);
    return true;
  }
  static Bytes encode(const letters::Letter& letter, OwnedBytes& scratch) {
    scratch.clear();
    Writer out(scratch);
    out.int8(letter.name);
    out.int32(letter.size);
    out.int64(letter.time_ms);
    return scratch;
  }
};
