// PowerCuts: every state of the files that a power cut at one moment of a history can leave, one after the other.
//
// What counts as a state: of the changes since a file's last sync each may be missing, there, or there up to the end of
// one of its sectors, whatever becomes of the others, so that every order in which a disk may have taken them is in it;
// of the names since a directory's last sync the first so many are there. Sectors are of 512 or of 4096 bytes.
#pragma once

#include <memory>
#include <vector>

#include "sim/memory_file.h"

namespace weir {

class PowerCuts {
 public:
  // The history outlives this. `operations` of it were done when the power went.
  PowerCuts(const MemoryFileSystem& history, std::size_t operations, std::size_t sector_bytes)
      : history_(history), operations_(operations), sector_bytes_(sector_bytes) {}

  // So many states there are at most.
  std::size_t most() const {
    std::size_t states = 1;
    (void)history_.cut_after(operations_, sector_bytes_, [&](std::size_t options) {
      states *= options;
      return options - 1;  // with everything there, everything is asked for
    });
    return states;
  }

  // The next state; null when all were given.
  std::unique_ptr<MemoryFileSystem> next() {
    if (is_over_) return nullptr;
    std::size_t depth = 0;
    auto state = history_.cut_after(operations_, sector_bytes_, [&](std::size_t options) {
      if (depth == choices_.size()) choices_.push_back({0, options});
      return choices_[depth++].chosen;
    });
    advance();
    return state;
  }

 private:
  struct Choice {
    std::size_t chosen;
    std::size_t options;
  };

  // As a counter with a digit a choice. Which choices there are depends on those before them.
  void advance() {
    while (!choices_.empty() && choices_.back().chosen + 1 == choices_.back().options) choices_.pop_back();
    if (choices_.empty()) {
      is_over_ = true;
    } else {
      ++choices_.back().chosen;
    }
  }

  const MemoryFileSystem& history_;
  const std::size_t operations_;
  const std::size_t sector_bytes_;
  std::vector<Choice> choices_;
  bool is_over_ = false;
};

}  // namespace weir
