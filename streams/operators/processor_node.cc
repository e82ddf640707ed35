#include "streams/operators/processor_node.h"

#include <algorithm>
#include <stdexcept>

#include "log/base/file.h"
#include "streams/operators/error_guard.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

// --- the node ---

Result<> ProcessorNode::open(TaskScope& scope) {
  scope_ = &scope;
  is_opening_ = true;
  try {
    guarded(name(), [&] { begin(); });
  } catch (const OperatorError& error) {
    return weir::fail(ErrorCode::user_exception, error.what());
  }
  is_opening_ = false;
  return {};
}

void ProcessorNode::process(const Record& record) {
  record_ = &record;
  now_ms_ = record.timestamp_ms;
  handle(record);
  record_ = nullptr;
}

void ProcessorNode::call(const std::function<void(std::int64_t)>& action, std::int64_t now_ms) {
  auto attempt = [&] {
    record_ = nullptr;
    now_ms_ = now_ms;
    guarded(name(), [&] { action(now_ms); });
  };
  if (guard() == nullptr) return attempt();
  guard()->run(attempt, nullptr);
}

// --- its services ---

TaskScope& ProcessorServices::scope() const {
  return *node_.scope_;
}

const std::int64_t& ProcessorServices::now_ms() const {
  return node_.now_ms_;
}

const Record* ProcessorServices::record() const {
  return node_.record_;
}

std::optional<RecordMetadata> ProcessorServices::metadata() const {
  if (record() == nullptr) return std::nullopt;
  auto source = scope().source_record();
  if (!source) return std::nullopt;
  return RecordMetadata{source->partition->topic, source->partition->partition, source->record->offset};
}

// Named by the operator, not by the stage's number, which changes when the topology does; beside the stores'
// directories, which all end with a partition's number.
std::string ProcessorServices::state_directory() const {
  const TaskInfo& task = scope().info();
  if (task.state_directory.empty()) throw std::logic_error("the application has no state directory");
  std::string path =
      task.state_directory + "/processors/" + node_.name() + "-" + std::to_string(task.id.partition.value());
  if (auto made = posix_files().create_directories(path); !made) throw std::runtime_error(made.error().to_string());
  return path;
}

Timer ProcessorServices::schedule(Millis interval, TimerClock clock, std::function<void(std::int64_t now_ms)> action) {
  if (interval.count() < 1) throw std::invalid_argument("schedule: the interval must be at least 1 ms");
  std::string name;
  if (node_.is_opening_) name = node_.name() + "#" + std::to_string(node_.scheduled_++);
  auto call = [&node = node_, action = std::move(action)](std::int64_t now_ms) {
    node.call(action, now_ms);
  };
  return Timer(scope().timers().schedule(std::move(name), clock, interval.count(), std::move(call), wall_time_ms()));
}

const StoreSpec& ProcessorServices::store_spec(const std::string& name) const {
  (void)store(name);
  return *scope().store_spec(name);
}

state::Store& ProcessorServices::store(const std::string& name) const {
  const auto& named = node_.stores_;
  state::Store* found = scope().store(name);
  if (found == nullptr || std::find(named.begin(), named.end(), name) == named.end()) {
    throw std::logic_error("it does not name store '" + name + "' in its options");
  }
  return *found;
}

const StoreSpec& ProcessorServices::global_store_spec(const std::string& name) const {
  (void)global_store(name);
  return *scope().global_store_spec(name);
}

state::Store& ProcessorServices::global_store(const std::string& name) const {
  state::Store* found = scope().global_store(name);
  if (found == nullptr) throw std::logic_error("there is no global store '" + name + "'");
  return *found;
}

Record ProcessorServices::outgoing() const {
  Record record{.timestamp_ms = now_ms()};
  if (node_.record_ != nullptr) record.headers = node_.record_->headers;
  return record;
}

void ProcessorServices::send(Record record, const ForwardOptions& options) {
  if (options.timestamp_ms) record.timestamp_ms = *options.timestamp_ms;
  if (record.timestamp_ms < 0) throw std::invalid_argument("forward: the timestamp is negative");
  log::HeadersView headers;
  OwnedBytes scratch;
  if (options.headers) {
    headers = log::encode_headers(*options.headers, scratch);
    record.headers = headers.empty() ? nullptr : &headers;
  }
  if (options.to.empty()) return node_.forward(record);
  if (!node_.forward_to(options.to, record)) {
    throw std::logic_error("forward: there is no operator '" + options.to + "' below");
  }
}

}  // namespace weir::streams
