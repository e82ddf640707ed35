// SoFar: what a condition may see of the run that asks: the events that it has taken, without the one under test.
// Borrowed until the condition returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "streams/operators/pattern/match_buffer.h"

namespace weir::streams::cep {

class SoFar {
 public:
  // `steps`: their names, by StepIndex.
  SoFar(const MatchBuffer& buffer, TakeIndex last, std::int64_t time_ms, const std::vector<std::string>& steps)
      : buffer_(buffer), last_(last), time_ms_(time_ms), steps_(steps) {}

  // The step of that name: std::logic_error if the pattern takes none.
  StepIndex step(const std::string& name) const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i] == name) return static_cast<StepIndex>(i);
    }
    throw std::logic_error("the pattern takes no step '" + name + "'");
  }

  // Of the event under test.
  std::int64_t time_ms() const { return time_ms_; }
  // How many events were taken for `step`.
  std::size_t count(StepIndex step) const {
    std::size_t count = 0;
    for_each_back([&](const MatchBuffer::Take& take) {
      count += take.step == step;
      return true;
    });
    return count;
  }
  // The earliest and the latest of them; null: there is none.
  const MatchBuffer::Event* first(StepIndex step) const {
    const MatchBuffer::Event* found = nullptr;
    for_each_back([&](const MatchBuffer::Take& take) {
      if (take.step == step) found = &buffer_.event_of(take);
      return true;
    });
    return found;
  }
  const MatchBuffer::Event* last(StepIndex step) const {
    const MatchBuffer::Event* found = nullptr;
    for_each_back([&](const MatchBuffer::Take& take) {
      if (take.step == step) found = &buffer_.event_of(take);
      return found == nullptr;
    });
    return found;
  }
  // The latest event of all; null: nothing was taken.
  const MatchBuffer::Event* last() const { return last_ == kNoTake ? nullptr : &buffer_.event_of(buffer_.take(last_)); }
  // Those of `step`, as they came.
  void collect(StepIndex step, std::vector<const void*>& into) const {
    into.resize(count(step));
    std::size_t at = into.size();
    for_each_back([&](const MatchBuffer::Take& take) {
      if (take.step == step) into[--at] = buffer_.event_of(take).value.get();
      return true;
    });
  }

 private:
  template <class Visit>
  void for_each_back(Visit visit) const {
    for (TakeIndex at = last_; at != kNoTake; at = buffer_.take(at).before) {
      if (!visit(buffer_.take(at))) return;
    }
  }

  const MatchBuffer& buffer_;
  const TakeIndex last_;
  const std::int64_t time_ms_;
  const std::vector<std::string>& steps_;
};

}  // namespace weir::streams::cep
