#include "connect/runtime/source_runner.h"

#include "connect/runtime/offsets_topic.h"

namespace weir::connect {

namespace {

// A transaction that another process left open ends at the latest when its time-out does.
constexpr Millis kPatience{70'000};

std::string transactional_id(const std::string& connector, std::int32_t task) {
  return "connect-source-" + connector + "-" + std::to_string(task);
}

}  // namespace

Result<> fence_tasks(const log::Client& client, const std::string& connector, std::int32_t tasks) {
  for (std::int32_t task = 0; task < tasks; ++task) {
    WEIR_TRY_VAR(producer, client.producer({.transactional_id = transactional_id(connector, task)}));
    WEIR_TRY(producer->init_transactions());
  }
  return {};
}

Result<> begin_generation(const log::Client& client, const SourceOptions& options, std::int32_t tasks) {
  const std::string topic = options.offsets_topic.empty() ? offsets_topic_of(options.name) : options.offsets_topic;
  WEIR_TRY(create_offsets_topic(client, topic));
  WEIR_TRY_VAR(before, last_task_count(client, topic, options.name));
  if (before == 1 && tasks == 1) return {};  // it fences the one before as it starts
  WEIR_TRY(fence_tasks(client, options.name, before));
  return before == tasks ? Result<>{} : set_task_count(client, topic, options.name, tasks);
}

SourceRunner::SourceRunner(log::Client client, std::unique_ptr<Source> source, SourceOptions options, Input input,
                           Pipeline pipeline)
    : client_(std::move(client)),
      source_(std::move(source)),
      options_(std::move(options)),
      input_(input),
      pipeline_(std::move(pipeline)),
      rejects_(client_, options_.errors, options_.name, options_.task),
      targets_(client_, options_.partitions) {
  if (options_.offsets_topic.empty()) options_.offsets_topic = offsets_topic_of(options_.name);
  if (!pipeline_.key) pipeline_.key = plain_converter();
  if (!pipeline_.value) pipeline_.value = plain_converter();
  if (!pipeline_.headers) pipeline_.headers = plain_converter();
}

SourceRunner::~SourceRunner() = default;

Result<> SourceRunner::start() {
  producer_.reset();
  if (!options_.topic.empty()) WEIR_TRY(targets_.make(options_.topic));
  WEIR_TRY(create_offsets_topic(client_, options_.offsets_topic));
  WEIR_TRY_VAR(producer, client_.producer({.transactional_id = transactional_id(options_.name, options_.task)}));
  WEIR_TRY(producer->init_transactions());
  WEIR_TRY_VAR(positions, last_positions(client_, options_.offsets_topic, options_.name, kPatience));
  WEIR_TRY(source_->start(positions, input_));
  committed_ = std::move(positions);
  producer_ = std::move(producer);
  targets_.begin(producer_.get());
  return {};
}

Result<SourceRunner::Step> SourceRunner::step() {
  if (!producer_) return fail(ErrorCode::wrong_state, "the source is not started");
  batch_.rejected.clear();
  auto polled = source_->poll(options_.max_records, options_.poll_interval, client_.clock().wall_ms(), batch_);
  if (!polled) {
    producer_.reset();
    return fail(polled.error());
  }
  if (has_news()) WEIR_TRY(write());
  return batch_.at_end ? Step::at_end : Step::moved;
}

bool SourceRunner::has_news() const {
  if (!batch_.records.empty() || !batch_.rejected.empty()) return true;
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
  report_.records += of_batch_.records;
  report_.filtered += of_batch_.filtered;
  report_.skipped += of_batch_.skipped;
  ++report_.transactions;
  if (on_commit_) on_commit_();
  auto told = source_->committed();
  if (!told) producer_.reset();
  return told;
}

Result<> SourceRunner::send_all() {
  of_batch_ = {};
  targets_.look_again();
  now_ms_ = client_.clock().wall_ms();
  for (ConnectRecord& record : batch_.records) WEIR_TRY(send(record));
  WEIR_TRY(send_rejected_pieces());
  WEIR_TRY(send_positions());
  return producer_->flush();
}

// One record through transforms and converters into the open transaction, or out of the way.
Result<> SourceRunner::send(ConnectRecord& record) {
  if (record.timestamp_ms < 0) record.timestamp_ms = now_ms_;
  if (!pipeline_.transforms.empty()) {
    if (record.topic.empty()) record.topic = options_.topic;
    auto kept = pipeline_.transforms.apply(record);
    if (!kept) return reject(record, Stage::transformation, kept.error());
    if (*kept == Kept::no) {
      ++of_batch_.filtered;
      return {};
    }
  }
  const std::string& topic = record.topic.empty() ? options_.topic : record.topic;
  auto key = pipeline_.key->write(topic, record.key, key_bytes_);
  if (!key) return reject(record, Stage::key_converter, key.error());
  auto value = pipeline_.value->write(topic, record.value, value_bytes_);
  if (!value) return reject(record, Stage::value_converter, value.error());
  headers_.clear();
  if (!record.headers.empty()) {
    auto written = write_headers(record);
    if (!written) return reject(record, Stage::header_converter, written.error());
  }
  WEIR_TRY_VAR(target, targets_.of(topic));
  WEIR_TRY_VAR(fits, this->fits(*target, topic, *key, *value));
  if (!fits) return {};
  if (target->only != nullptr && record.partition.value_or(0) == 0) {
    WEIR_TRY(producer_->send(*target->only, record.timestamp_ms, *key, *value, headers_));
  } else {
    std::optional<log::PartitionIndex> partition;
    if (record.partition) partition = log::PartitionIndex(*record.partition);
    WEIR_TRY(producer_->send(topic, partition, record.timestamp_ms, *key, *value, headers_));
  }
  ++of_batch_.records;
  return {};
}

Result<> SourceRunner::write_headers(const ConnectRecord& record) {
  header_payloads_.clear();
  header_bytes_.resize(std::max(header_bytes_.size(), record.headers.size()));
  header_payloads_.reserve(record.headers.size());  // what is written may be theirs
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    const ConnectHeader& header = record.headers[i];
    const Payload& payload = header_payloads_.emplace_back(header.value);
    auto bytes = pipeline_.headers->write(record.topic, payload, header_bytes_[i]);
    if (!bytes) return fail(bytes.error().at("header " + header.key));
    headers_.push_back({header.key, *bytes});
  }
  return {};
}

// Whether some batch of its topic takes it; else it is left out, or ends the task.
Result<bool> SourceRunner::fits(const Target& target, const std::string& topic, NullableBytes key,
                                NullableBytes value) {
  constexpr std::size_t kLeast = 68;  // a batch of one record: its header, and the record's own lengths
  std::size_t bytes = kLeast + key.value_or("").size() + value.value_or("").size();
  for (const auto& header : headers_) bytes += header.key.size() + header.value.value_or("").size();
  if (bytes <= target.most_bytes) return true;
  const std::string what = "a record of " + std::to_string(bytes) + " bytes; max.message.bytes of " + topic + " is " +
                           std::to_string(target.most_bytes);
  const bool ends = options_.errors.tolerance == Tolerance::none;
  const Error error{ErrorCode::message_too_large,
                    what + (ends ? "; errors.tolerance = all leaves such records out" : "")};
  WEIR_TRY(rejects_.reject({}, Stage::kafka_produce, error, producer_.get()));
  ++of_batch_.skipped;
  return false;
}

// A record whose transform or converter failed, as text and JSON.
Result<> SourceRunner::reject(const ConnectRecord& record, Stage stage, const Error& error) {
  const auto plain = plain_converter();
  OwnedBytes key_bytes, value_bytes;
  const auto key = plain->write(record.topic, record.key, key_bytes);
  const auto value = plain->write(record.topic, record.value, value_bytes);
  Rejected rejected{.timestamp_ms = record.timestamp_ms};
  if (key) rejected.key = *key;
  if (value) rejected.value = *value;
  WEIR_TRY(rejects_.reject(rejected, stage, error, producer_.get()));
  ++of_batch_.skipped;
  return {};
}

Result<> SourceRunner::send_rejected_pieces() {
  for (const RejectedPiece& piece : batch_.rejected) {
    Rejected rejected{.timestamp_ms = client_.clock().wall_ms(), .value = Bytes(piece.text)};
    WEIR_TRY(rejects_.leave_out(rejected, Stage::task_poll, piece.why, producer_.get()));
    ++of_batch_.skipped;
  }
  return {};
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
