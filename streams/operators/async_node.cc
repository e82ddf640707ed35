#include "streams/operators/async_node.h"

#include "log/base/saturate.h"
#include "streams/operators/error_guard.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

namespace {

// What is sent on meanwhile belongs to another record than the one that the task took last.
class Presented {
 public:
  Presented(AsyncScope& scope, const RecordOrigin& origin) : scope_(scope) { scope_.present(&origin); }
  ~Presented() { scope_.present(nullptr); }
  Presented(const Presented&) = delete;
  Presented& operator=(const Presented&) = delete;

 private:
  AsyncScope& scope_;
};

}  // namespace

AsyncNode::~AsyncNode() {
  if (inbox_ != nullptr) inbox_->close();
}

Result<> AsyncNode::open(TaskScope& scope) {
  scope_ = &scope;
  inbox_ = std::make_shared<AsyncInbox>(scope.result_signal());
  return {};
}

void AsyncNode::process(const Record& record) {
  Held held{};
  held.input = copy(record);
  held.timestamp_ms = record.timestamp_ms;
  if (record.headers != nullptr) {
    held.header_count = record.headers->count;
    held.headers = record.headers->encoded;
  }
  held.origin = RecordOrigin(*scope_);
  // Records without a key have a lane of their own: no key's bytes begin so.
  if (settings_.order == ResultOrder::per_key && record.key != nullptr) {
    held.lane = "k";
    held.lane += encoder_(record).bytes;
  }
  lanes_[held.lane].push_back(next_number_);
  records_.emplace(next_number_++, std::move(held));
}

void AsyncNode::roll_back() {
  const std::uint64_t first = savepoints_.back();
  savepoints_.pop_back();
  while (!records_.empty() && records_.rbegin()->first >= first) {
    auto last = std::prev(records_.end());
    if (last->second.call != nullptr) break;  // begun already: `close_windows` sent it on within the attempt
    auto lane = lanes_.find(last->second.lane);
    lane->second.pop_back();
    if (lane->second.empty()) lanes_.erase(lane);
    records_.erase(last);
  }
}

bool AsyncNode::is_due(std::int64_t now_ms) const {
  if (records_.empty()) return false;
  return !inbox_->is_empty() || (!deadlines_.empty() && deadlines_.begin()->first <= now_ms);
}

std::optional<std::int64_t> AsyncNode::deadline_ms() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void AsyncNode::step(std::int64_t now_ms) {
  do {
    for (const auto& call : inbox_->take()) {
      auto found = records_.find(call->record());
      if (found == records_.end() || found->second.call != call) continue;  // of an attempt that was given up
      settle(found->first, found->second, now_ms);
    }
    give_up_late(now_ms);
    begin_waiting(now_ms);
  } while (!inbox_->is_empty());  // some are settled while they begin
}

void AsyncNode::settle(std::uint64_t number, Held& held, std::int64_t now_ms) {
  if (held.call->error()) return fail(number, held, *held.call->error(), now_ms);
  deadlines_.erase({held.deadline_ms, number});
  held.is_settled = true;
  release(OwnedBytes(held.lane));
}

void AsyncNode::fail(std::uint64_t number, Held& held, const std::string& reason, std::int64_t now_ms) {
  deadlines_.erase({held.deadline_ms, number});
  if (is_to_be_retried(held)) {
    scope_->counters().retried.add();
    return begin(number, held, now_ms);
  }
  held.error = reason;
  held.is_settled = true;
  release(OwnedBytes(held.lane));
}

// What is left of its policy says so.
bool AsyncNode::is_to_be_retried(Held& held) {
  if (!held.policy) held.policy = guard() == nullptr ? ErrorPolicy() : guard()->policy();
  while (held.policy->kind() == ErrorPolicy::Kind::retry) {
    if (held.retries < held.policy->retries()) {
      ++held.retries;
      return true;
    }
    held.policy = held.policy->next();
    held.retries = 0;
  }
  return false;
}

void AsyncNode::begin(std::uint64_t number, Held& held, std::int64_t now_ms) {
  held.call = make_call(inbox_, number);
  held.deadline_ms = saturated_sum(now_ms, settings_.timeout_ms);
  deadlines_.insert({held.deadline_ms, number});
  begin(held.call, held.input);
}

void AsyncNode::begin_waiting(std::int64_t now_ms) {
  for (auto next = records_.lower_bound(next_to_begin_); next != records_.end(); ++next) {
    if (in_flight_ == settings_.max_in_flight) return;
    ++in_flight_;
    next_to_begin_ = next->first + 1;
    begin(next->first, next->second, now_ms);
  }
}

void AsyncNode::give_up_late(std::int64_t now_ms) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ms) {
    const std::uint64_t number = deadlines_.begin()->second;
    fail(number, records_.at(number), "no result within " + std::to_string(settings_.timeout_ms) + " ms", now_ms);
  }
}

// Sends on what is settled at the head of a lane.
void AsyncNode::release(const OwnedBytes& lane) {
  auto found = lanes_.find(lane);
  while (!found->second.empty()) {
    auto first = records_.find(found->second.front());
    if (!first->second.is_settled) return;
    const Held held = std::move(first->second);
    records_.erase(first);
    found->second.pop_front();
    --in_flight_;
    send_on(held);
  }
  lanes_.erase(found);
}

void AsyncNode::send_on(const Held& held) {
  const log::HeadersView headers{held.header_count, held.headers};
  Record record{.key = held.input->key(), .value = held.input->value(), .timestamp_ms = held.timestamp_ms};
  if (!headers.empty()) record.headers = &headers;
  const Presented presented(*scope_, held.origin);
  if (held.error) {
    apply_policy(held, record);
  } else {
    forward(record.with_value(held.call->result()));
  }
}

void AsyncNode::apply_policy(const Held& held, const Record& input) {
  if (guard() != nullptr) return guard()->give_up(*held.policy, input, *held.error);
  std::string where;
  if (auto source = held.origin.source()) {
    where =
        " (" + source->partition->to_string() + " at offset " + std::to_string(source->record->offset.value()) + ")";
  }
  throw OperatorError(name(), *held.error + where);
}

}  // namespace weir::streams
