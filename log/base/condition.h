// Condition: a condition variable for a Mutex, by which a thread waits as its clock lets threads wait.
//
// All of it under one mutex, which whoever waits gives away meanwhile: whoever notifies holds it too. A wait may end
// without a reason, so what is waited for is looked at again.
#pragma once

#include <memory>
#include <vector>

#include "log/base/clock.h"
#include "log/base/mutex.h"

namespace weir {

class Condition {
 public:
  explicit Condition(Clock& clock) : clock_(clock) {}

  void wait(Mutex& mutex) WEIR_REQUIRES(mutex) { (void)wait_until(mutex, Parker::kNever); }
  // False at the deadline (monotonic).
  bool wait_until(Mutex& mutex, std::int64_t deadline_ns) WEIR_REQUIRES(mutex);

  void notify_one();  // who has waited longest
  void notify_all();

 private:
  Clock& clock_;
  std::vector<Parker*> waiting_;               // of threads that are in `wait_until` and not notified
  std::vector<std::unique_ptr<Parker>> idle_;  // to be used again
};

}  // namespace weir
