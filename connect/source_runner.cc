#include "connect/source_runner.h"

#include <charconv>
#include <limits>

#include "connect/offsets_topic.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// A transaction that another process left open ends at the latest when its time-out does.
constexpr Millis kPatience{70'000};

}  // namespace

SourceRunner::SourceRunner(log::Client client, std::unique_ptr<Source> source, SourceOptions options, Input input)
    : client_(std::move(client)), source_(std::move(source)), options_(std::move(options)), input_(input) {
  if (options_.offsets_topic.empty()) options_.offsets_topic = offsets_topic_of(options_.name);
  key_ = position_key(options_.name, source_->partition());
}

SourceRunner::~SourceRunner() = default;

Result<> SourceRunner::start() {
  producer_.reset();
  auto created = client_.admin()->create_topic({options_.topic, options_.partitions, {}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  WEIR_TRY(learn_limit());
  WEIR_TRY(create_offsets_topic(client_, options_.offsets_topic));
  WEIR_TRY_VAR(producer, client_.producer({.transactional_id = "connect-source-" + options_.name}));
  WEIR_TRY(producer->init_transactions());
  WEIR_TRY_VAR(position, last_position(client_, options_.offsets_topic, key_, kPatience));
  WEIR_TRY(source_->start(position, input_));
  committed_position_ = position.value_or(OwnedBytes());
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
  const bool has_news = !batch_.records.empty() || batch_.position != committed_position_;
  if (has_news) WEIR_TRY(write());
  return batch_.at_end ? Step::at_end : Step::moved;
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
  committed_position_ = batch_.position;
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
  const log::PartitionIndex only{0};
  WEIR_TRY(
      producer_->send(options_.offsets_topic, only, client_.clock().wall_ms(), Bytes(key_), Bytes(batch_.position)));
  return producer_->flush();
}

}  // namespace weir::connect
