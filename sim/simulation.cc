#include "sim/simulation.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "log/base/assert.h"
#include "sim/context.h"

namespace weir {

class Simulation::Fiber {
 public:
  Fiber(Simulation& all, std::string called, std::function<void()> work)
      : name(std::move(called)), context([this, &all, work = std::move(work)] {
          work();
          is_done = true;
          if (joining != nullptr) joining->unpark();
          all.scheduler_->switch_from_ended(context);
        }) {}

  const std::string name;
  Context context;
  std::int64_t deadline_ns = Parker::kNever;  // while it waits
  bool is_ready = false;
  bool is_done = false;
  Parker* joining = nullptr;  // of who waits for its end
};

class Simulation::FiberParker final : public Parker {
 public:
  explicit FiberParker(Simulation& all) : all_(all) {}

  bool park(std::int64_t deadline_ns) override {
    WEIR_ASSERT(all_.current_ != nullptr, "only a thread of the simulation waits by its clock");
    if (!is_permitted_ && deadline_ns > all_.now_ns_) {
      waiting_ = all_.current_;
      all_.wait(deadline_ns);
      waiting_ = nullptr;
    }
    return std::exchange(is_permitted_, false);
  }
  void unpark() override {
    is_permitted_ = true;
    if (waiting_ != nullptr) all_.make_ready(*waiting_);
  }

 private:
  Simulation& all_;
  Fiber* waiting_ = nullptr;
  bool is_permitted_ = false;
};

class Simulation::FiberThread final : public Thread {
 public:
  FiberThread(Simulation& all, Fiber& fiber) : all_(all), fiber_(fiber) {}
  ~FiberThread() override {
    if (fiber_.is_done) return;
    FiberParker here(all_);
    fiber_.joining = &here;
    while (!fiber_.is_done) (void)here.park(Parker::kNever);
  }

 private:
  Simulation& all_;
  Fiber& fiber_;
};

Simulation::Simulation(std::uint64_t seed) : random_(seed) {}
Simulation::~Simulation() = default;

void Simulation::run(std::function<void()> main) {
  WEIR_ASSERT(fibers_.empty() && current_ == nullptr);
  Context scheduler;
  scheduler_ = &scheduler;
  start("main", std::move(main));
  while (!ready_.empty() || wake_next()) switch_to(next_ready());
  const bool are_done = std::all_of(fibers_.begin(), fibers_.end(), [](const auto& fiber) { return fiber->is_done; });
  if (!are_done) nobody_can_go_on();
  fibers_.clear();
  scheduler_ = nullptr;
}

std::unique_ptr<Parker> Simulation::make_parker() {
  return std::make_unique<FiberParker>(*this);
}

Result<std::unique_ptr<Thread>> Simulation::start_thread(const std::string& name, std::function<void()> work) {
  return std::make_unique<FiberThread>(*this, start(name, std::move(work)));
}

Simulation::Fiber& Simulation::start(const std::string& name, std::function<void()> work) {
  const std::string called = name + "#" + std::to_string(fibers_.size());
  fibers_.push_back(std::make_unique<Fiber>(*this, called, std::move(work)));
  make_ready(*fibers_.back());
  return *fibers_.back();
}

// scheduling ------------------------------------------------------------------------------------------------------

void Simulation::make_ready(Fiber& fiber) {
  if (std::exchange(fiber.is_ready, true)) return;
  fiber.deadline_ns = Parker::kNever;
  ready_.push_back(&fiber);
}

// Where nobody can go on the clock moves to when somebody can. False: that is never.
bool Simulation::wake_next() {
  std::int64_t next_ns = Parker::kNever;
  for (const auto& fiber : fibers_) next_ns = std::min(next_ns, fiber->deadline_ns);
  if (next_ns == Parker::kNever) return false;
  now_ns_ = std::max(now_ns_, next_ns);
  return true;
}

Simulation::Fiber& Simulation::next_ready() {
  now_ns_ += kChoiceNs;
  for (const auto& fiber : fibers_) {
    if (fiber->deadline_ns <= now_ns_) make_ready(*fiber);
  }
  const auto chosen = ready_.begin() + static_cast<std::ptrdiff_t>(random(ready_.size()));
  Fiber& fiber = **chosen;
  ready_.erase(chosen);
  return fiber;
}

void Simulation::switch_to(Fiber& fiber) {
  current_ = &fiber;
  fiber.is_ready = false;
  note("goes on");
  fiber.context.switch_from(*scheduler_);
  current_ = nullptr;
}

void Simulation::wait(std::int64_t deadline_ns) {
  Fiber& here = *current_;
  here.deadline_ns = deadline_ns;
  scheduler_->switch_from(here.context);
}

void Simulation::nobody_can_go_on() const {
  std::fprintf(stderr, "these wait for what never comes:\n");
  for (const auto& fiber : fibers_) {
    if (!fiber->is_done) std::fprintf(stderr, "  %s\n", fiber->name.c_str());
  }
  WEIR_ASSERT(false, "nobody can go on");
  __builtin_unreachable();
}

// for what runs in it ---------------------------------------------------------------------------------------------

void Simulation::sleep(Millis time) {
  FiberParker here(*this);
  (void)here.park(deadline_ns(time));
}

void Simulation::perhaps_yield() {
  if (random(2) == 0) return;
  FiberParker here(*this);
  (void)here.park(now_ns_ + 1);
}

// SplitMix64.
std::uint64_t Simulation::random(std::uint64_t count) {
  std::uint64_t mixed = random_ += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return (mixed ^ (mixed >> 31)) % count;
}

void Simulation::note(const std::string& what) {
  trace_.push_back(std::to_string(now_ns_) + " " + (current_ != nullptr ? current_->name : "nobody") + ": " + what);
}

}  // namespace weir
