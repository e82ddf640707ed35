// AsyncNode: an operator whose results come later. A record is copied and waits for its turn; at most `max_in_flight`
// are begun and not yet sent on. Results go on in the order of the records, or in that of each key.
//
//   records = waiting (not begun) + in flight (begun: running, or settled behind one that runs)
//   in flight <= max_in_flight;  waiting > 0 only if in flight = max_in_flight, or until the next `step`
//
// Records are begun and results sent on by `step` only, between records of the task, never from `process`: so an
// operator above whose attempt is taken back takes back what it sent here, too. A commit waits until nothing is left
// (docs/decisions/a-commit-waits-for-what-is-in-flight.md). One owner thread, its task's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "streams/operators/async_call.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/record_origin.h"
#include "streams/topology/error_policy.h"

namespace weir::streams {

// In which order results go on.
enum class ResultOrder {
  of_records,  // as the records came
  per_key,     // those of a key as its records came; different keys may overtake each other
};

class AsyncNode : public Node {
 public:
  struct Settings {
    ResultOrder order;
    std::size_t max_in_flight;
    std::int64_t timeout_ms;  // of one attempt
    const TypeOps* key;       // needed for ResultOrder::per_key
  };

  ~AsyncNode() override;

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override { scope_->finish_results(); }

  // --- for the task ---
  // No more records than may be in flight: the task may take another one.
  bool has_room() const { return records_.size() < settings_.max_in_flight; }
  bool is_idle() const { return records_.empty(); }
  // There is something for `step` to do.
  bool is_due(std::int64_t now_ms) const;
  // Times are monotonic. When the next record's time is over.
  std::optional<std::int64_t> deadline_ms() const;
  // Sends on what is settled, gives up what took too long, begins what waits. OperatorError by the operator's policy.
  void step(std::int64_t now_ms);

  // An attempt of an operator above: records that came since may be taken back. They nest.
  void set_savepoint() { savepoints_.push_back(next_number_); }
  void roll_back();
  void release_savepoint() { savepoints_.pop_back(); }

 protected:
  explicit AsyncNode(const Settings& settings) : settings_(settings), encoder_(settings.key) {}

  virtual std::shared_ptr<const AsyncInput> copy(const Record& record) = 0;
  virtual std::shared_ptr<AsyncCall> make_call(const std::shared_ptr<AsyncInbox>& inbox, std::uint64_t record) = 0;
  // Calls what the user gave, and settles the call if it throws. The call may be settled before this returns.
  virtual void begin(const std::shared_ptr<AsyncCall>& call, const std::shared_ptr<const AsyncInput>& input) = 0;

 private:
  struct Held {
    std::shared_ptr<const AsyncInput> input;  // shared with those who work on it
    std::int64_t timestamp_ms;
    std::int32_t header_count;
    OwnedBytes headers;
    RecordOrigin origin;
    OwnedBytes lane;                  // the key, where results go on by it; else empty
    std::shared_ptr<AsyncCall> call;  // the last attempt; null: waiting
    std::int64_t deadline_ms;         // of that attempt
    bool is_settled = false;
    std::optional<std::string> error;   // of a record that is settled
    std::optional<ErrorPolicy> policy;  // what is left of the operator's, after an error
    int retries = 0;
  };

  void settle(std::uint64_t number, Held& held, std::int64_t now_ms);
  void fail(std::uint64_t number, Held& held, const std::string& reason, std::int64_t now_ms);
  bool is_to_be_retried(Held& held);
  void begin(std::uint64_t number, Held& held, std::int64_t now_ms);
  void begin_waiting(std::int64_t now_ms);
  void give_up_late(std::int64_t now_ms);
  void release(const OwnedBytes& lane);
  void send_on(const Held& held);
  void apply_policy(const Held& held, const Record& input);

  const Settings settings_;
  KeyEncoder encoder_;
  TaskScope* scope_ = nullptr;
  std::shared_ptr<AsyncInbox> inbox_;      // shared with the calls
  std::map<std::uint64_t, Held> records_;  // by number, in the order in which they came
  std::unordered_map<OwnedBytes, std::deque<std::uint64_t>> lanes_;
  std::set<std::pair<std::int64_t, std::uint64_t>> deadlines_;  // of attempts that run
  std::uint64_t next_number_ = 0;
  std::uint64_t next_to_begin_ = 0;
  std::size_t in_flight_ = 0;
  std::vector<std::uint64_t> savepoints_;  // values of next_number_
};

}  // namespace weir::streams
