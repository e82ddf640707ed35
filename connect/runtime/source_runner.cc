#include "connect/runtime/source_runner.h"

#include <charconv>
#include <limits>

#include "connect/runtime/offsets_topic.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// A transaction that another process left open ends at the latest when its time-out does.
constexpr Millis kPatience{70'000};

std::string transactional_id(const std::string& connector, std::int32_t task) {
  return "connect-source-" + connector + "-" + std::to_string(task);
}

}  // namespace

Result<> begin_generation(const log::Client& client, const SourceOptions& options, std::int32_t tasks) {
  const std::string topic = options.offsets_topic.empty() ? offsets_topic_of(options.name) : options.offsets_topic;
  WEIR_TRY(create_offsets_topic(client, topic));
  WEIR_TRY_VAR(before, last_task_count(client, topic, options.name));
  if (before == 1 && tasks == 1) return {};  // it fences the one before as it starts
  for (std::int32_t task = 0; task < before; ++task) {
    WEIR_TRY_VAR(producer, client.producer({.transactional_id = transactional_id(options.name, task)}));
    WEIR_TRY(producer->init_transactions());
  }
  return before == tasks ? Result<>{} : set_task_count(client, topic, options.name, tasks);
}

SourceRunner::SourceRunner(log::Client client, std::unique_ptr<Source> source, SourceOptions options, Input input)
    : client_(std::move(client)), source_(std::move(source)), options_(std::move(options)), input_(input) {
  if (options_.offsets_topic.empty()) options_.offsets_topic = offsets_topic_of(options_.name);
}

SourceRunner::~SourceRunner() = default;

Result<> SourceRunner::start() {
  producer_.reset();
  auto created = client_.admin()->create_topic({options_.topic, options_.partitions, {}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  WEIR_TRY(learn_limit());
  WEIR_TRY(create_offsets_topic(client_, options_.offsets_topic));
  WEIR_TRY_VAR(producer, client_.producer({.transactional_id = transactional_id(options_.name, options_.task)}));
  WEIR_TRY(producer->init_transactions());
  WEIR_TRY_VAR(positions, last_positions(client_, options_.offsets_topic, options_.name, kPatience));
  WEIR_TRY(source_->start(positions, input_));
  committed_ = std::move(positions);
  producer_ = std::move(producer);
  return {};
}

Result<SourceRunner::Step> SourceRunner::step() {
  if (!producer_) return fail(ErrorCode::wrong_state, "the source is not started");
  auto polled = source_->poll(options_.max_records, client_.clock().wall_ms(), batch_);
  if (!polled) {
    producer_.reset();
    return fail(polled.error());
  }
  if (has_news()) WEIR_TRY(write());
  return batch_.at_end ? Step::at_end : Step::moved;
}

bool SourceRunner::has_news() const {
  if (!batch_.records.empty()) return true;
  for (const auto& [partition, position] : batch_.positions) {
    auto found = committed_.find(partition);
    if (found == committed_.end() || found->second != position) return true;
  }
  return false;
}

Result<> SourceRunner::write() {
  WEIR_TRY(producer_->begin_transaction());
  auto sent = send_all();
  if (!sent) (void)producer_->abort_transaction();  // else it holds readers back until its time-out
  auto committed = sent ? producer_->commit_transaction() : std::move(sent);
  if (!committed) {
    producer_.reset();  // the outcome may be unknown: only start() tells
    return committed;
  }
  for (const auto& [partition, position] : batch_.positions) committed_[partition] = position;
  report_.records += batch_.records.size();
  report_.records -= too_large_;
  report_.skipped += batch_.skipped + too_large_;
  ++report_.transactions;
  return {};
}

Result<> SourceRunner::learn_limit() {
  most_bytes_ = std::numeric_limits<std::size_t>::max();
  WEIR_TRY_VAR(topic, client_.admin()->describe_topic(options_.topic));
  auto found = topic.configs.find("max.message.bytes");
  if (found == topic.configs.end()) return {};
  const std::string& text = found->second;
  (void)std::from_chars(text.data(), text.data() + text.size(), most_bytes_);
  return {};
}

// Whether it cannot be in any batch that the topic takes, and is to be left out; an error if it is not to be.
Result<bool> SourceRunner::is_too_large(const SourceRecord& record) {
  constexpr std::size_t kLeast = 68;  // a batch of one record: its header, and the record's own lengths
  std::size_t bytes = kLeast + (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for (const auto& header : record.headers) bytes += header.key.size() + (header.value ? header.value->size() : 0);
  if (bytes <= most_bytes_) return false;
  const std::string what = "a record of " + std::to_string(bytes) + " bytes; max.message.bytes of " + options_.topic +
                           " is " + std::to_string(most_bytes_);
  if (options_.too_large == Malformed::fail) {
    return fail(ErrorCode::message_too_large, what + "; errors.tolerance = all leaves such records out");
  }
  if (too_large_++ == 0) log_line::warn("connector {}: skipped: {}", options_.name, what);
  return true;
}

Result<> SourceRunner::send_all() {
  std::vector<log::HeaderView> headers;
  too_large_ = 0;
  for (const SourceRecord& record : batch_.records) {
    WEIR_TRY_VAR(leave_out, is_too_large(record));
    if (leave_out) continue;
    headers.clear();
    for (const auto& header : record.headers) headers.push_back({header.key, header.value});
    WEIR_TRY(producer_->send(options_.topic, std::nullopt, record.timestamp_ms, record.key, record.value, headers));
  }
  WEIR_TRY(send_positions());
  return producer_->flush();
}

Result<> SourceRunner::send_positions() {
  const log::PartitionIndex only{0};
  const std::int64_t now_ms = client_.clock().wall_ms();
  for (const auto& [partition, position] : batch_.positions) {
    auto found = committed_.find(partition);
    if (found != committed_.end() && found->second == position) continue;
    const std::string key = position_key(options_.name, partition);
    WEIR_TRY(producer_->send(options_.offsets_topic, only, now_ms, Bytes(key), Bytes(position)));
  }
  return {};
}

}  // namespace weir::connect
