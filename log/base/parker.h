// Parker: where one thread waits. Thread: one that was started. Both come from the Clock, so that whoever chooses the
// clock chooses how the whole house waits: the system's threads really do, those of a simulation are fibers of one.
//
// Nothing else in the house blocks: no condition variable, no sleep and no thread outside this folder
// (tests/layering_test.py).
#pragma once

#include <cstdint>
#include <limits>

namespace weir {

// A permit, which `unpark` gives and `park` takes. One thread at a time parks; it holds no lock then.
class Parker {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  virtual ~Parker() = default;

  // Until there is a permit, which is taken, or until the monotonic clock says `deadline_ns`: false then.
  virtual bool park(std::int64_t deadline_ns = kNever) = 0;
  // From any thread, and under locks. A second permit is not kept. When it has returned the parker may go.
  virtual void unpark() = 0;
};

// Its end is waited for by its destructor.
class Thread {
 public:
  virtual ~Thread() = default;
};

}  // namespace weir
