#include "connect/source_runner.h"

#include "connect/offsets_topic.h"

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
  report_.skipped += batch_.skipped;
  ++report_.transactions;
  return {};
}

Result<> SourceRunner::send_all() {
  std::vector<log::HeaderView> headers;
  for (const SourceRecord& record : batch_.records) {
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
