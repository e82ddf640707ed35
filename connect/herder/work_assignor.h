// WorkAssignor: what the leader of the workers decides: who gets which connectors and tasks. Sticky and cooperative, in
// the manner of Kafka Connect's IncrementalCooperativeAssignor (KIP-415):
//
// - What a worker has it keeps, unless it is gone from the configuration or the worker has more than its part; then it
//   gives up as little as makes the parts equal, and what it gave up is given away in the next round, once it is
//   nobody's.
// - What nobody has goes to who has least. Connectors and tasks are balanced each by themselves, and of several
//   connectors the tasks of each are spread as far as that allows.
// - What two workers say they have, both give up.
// - What a worker had that is gone waits for it: it gets it back if it comes again, under its url, within `max_delay`;
//   then it is given away. A worker that says it does not have what it was given is not waited for.
//
// Remembers what it decided: one a leader, that of the next begins anew and gives away at once. No I/O, no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "connect/herder/share.h"
#include "log/base/clock.h"

namespace weir::connect {

class WorkAssignor {
 public:
  struct Member {
    std::string url{};
    Share has{};
  };
  struct Change {
    Share gets{};
    Share gives_up{};
  };
  struct Decision {
    std::map<std::string, Change> changes{};  // by member id, of every member
    Share waiting{};                          // nobody's for the time being
    std::int64_t delay_ms = 0;                // until that is given away; 0: nothing waits
  };

  explicit WorkAssignor(Millis max_delay) : max_delay_(max_delay) {}

  // `configured`: all that is to run. `members` by id, with what each has. `now_ms` of a monotonic clock.
  Decision assign(const Share& configured, const std::map<std::string, Member>& members, std::int64_t now_ms);

 private:
  void miss(const Share& configured, const Share& held, const std::map<std::string, Member>& members,
            std::int64_t now_ms);
  void give_back(const std::map<std::string, Member>& members, Decision& decision);

  Millis max_delay_;
  std::map<std::string, Member> before_;  // what each was to have after the last decision
  std::map<std::string, Share> missed_;   // what those had that are gone, by url
  std::optional<std::int64_t> missed_until_{};
};

// The same for the eager protocol, in which nobody has anything: in turn.
std::map<std::string, Share> assign_in_turn(const Share& configured,
                                            const std::map<std::string, WorkAssignor::Member>& members);

}  // namespace weir::connect
