// Simulation: a clock whose threads are fibers of one thread of the system. Where one of them waits, a number that
// follows from the seed says which of those that could go on does; when none could, the clock moves to the next moment
// at which one can. So a whole log with its clients and applications runs on one thread, again and again in the same
// order, and in another one by another seed.
//
// What is to be run in it is started by this clock and waits by it, and nothing else; locks are held by nobody who
// waits. Not for use by other threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"

namespace weir {

class Context;  // sim/context.h

class Simulation final : public Clock {
 public:
  explicit Simulation(std::uint64_t seed);
  ~Simulation() override;

  // Runs `main` and all threads that this clock starts, until they have ended. Stops the process, and names those that
  // wait, where none can ever go on.
  void run(std::function<void()> main);

  std::int64_t wall_ms() const override { return kStartMs + now_ns_ / 1'000'000; }
  std::int64_t monotonic_ns() const override { return now_ns_; }
  std::unique_ptr<Parker> make_parker() override;
  Result<std::unique_ptr<Thread>> start_thread(const std::string& name, std::function<void()> work) override;

  // From within: waits for so long; lets those go on that can, if the next number of the seed says so.
  void sleep(Millis time);
  void perhaps_yield();
  // A number below `count`.
  std::uint64_t random(std::uint64_t count);

  // What happened, in order: every choice, and what was noted. A line is "<ns since the start> <fiber>: <what>".
  void note(const std::string& what);
  const std::vector<std::string>& trace() const { return trace_; }

 private:
  class Fiber;
  class FiberParker;
  class FiberThread;

  static constexpr std::int64_t kStartMs = 1'700'000'000'000;
  static constexpr std::int64_t kChoiceNs = 1'000;  // what going on costs, so that time passes where all are busy

  Fiber& start(const std::string& name, std::function<void()> work);
  bool wake_next();
  Fiber& next_ready();
  void switch_to(Fiber& fiber);
  void wait(std::int64_t deadline_ns);  // of the fiber that runs
  void make_ready(Fiber& fiber);
  [[noreturn]] void nobody_can_go_on() const;

  std::uint64_t random_;  // the state of it
  std::int64_t now_ns_ = 0;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> ready_;
  Fiber* current_ = nullptr;
  Context* scheduler_ = nullptr;  // while it runs
  std::vector<std::string> trace_;
};

}  // namespace weir
