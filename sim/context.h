// Context: a stack and a place in a program, for functions that are left in the middle and gone on with later on the
// same thread. What the language keeps for each thread about exceptions goes with it. Told to the sanitizers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace weir {

class Context {
 public:
  Context();  // the caller's own, for `switch_from` others
  explicit Context(
      std::function<void()> work);  // begins with `work` when it is first switched to; never returns from it
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Leaves `from`, which is running, and goes on here. Returns when somebody switches to `from`.
  void switch_from(Context& from);
  // The same for the last time: `from` has ended, and its stack is used no more.
  void switch_from_ended(Context& from);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
