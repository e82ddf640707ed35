// Counts words: maximal runs of ASCII letters, lower-cased. Every update of a count comes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/streams.h>

namespace word_count {

// Calls `emit` with each word of a line.
template <class Emit>
void words(std::string_view line, Emit& emit) {
  std::string word;
  for (char c : line) {
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'z') {
      word.push_back(lower);
    } else if (!word.empty()) {
      emit(word);
      word.clear();
    }
  }
  if (!word.empty()) emit(word);
}

inline weir::streams::Topology topology() {
  namespace ws = weir::streams;
  ws::Builder builder;
  builder.stream<ws::NoKey, std::string_view>("lines")
      .flat_map_values<std::string>([](std::string_view line, auto& emit) { words(line, emit); })
      .group_by([](const std::string& word) { return std::string_view(word); })
      .count({.store = "word-counts"})
      .to_stream()
      .to("counts");
  return builder.build();
}

}  // namespace word_count
