#include "connect/runtime/sink_runner.h"

#include <algorithm>
#include <set>

#include "connect/contracts/failure.h"
#include "connect/contracts/sink_commit.h"
#include "log/base/crc32c.h"
#include "log/base/log_line.h"
#include "log/client/record_walk.h"

namespace weir::connect {

namespace {
constexpr std::size_t kMostMetadataBytes = 4'000;  // with the number of the commit at most 4,096
}

SinkRunner::SinkRunner(log::Client client, std::unique_ptr<Sink> sink, SinkOptions options, Pipeline pipeline)
    : client_(std::move(client)),
      sink_(std::move(sink)),
      options_(std::move(options)),
      pipeline_(std::move(pipeline)),
      rejects_(client_, options_.errors, options_.name, options_.task) {
  if (!pipeline_.key) pipeline_.key = encoding_converter(options_.key);
  if (!pipeline_.value) pipeline_.value = encoding_converter(options_.value);
  if (!pipeline_.headers) pipeline_.headers = encoding_converter(Encoding::string);
}

SinkRunner::~SinkRunner() = default;

Result<> SinkRunner::start() {
  consumer_.reset();
  read_ = 0;
  since_commit_ = {};
  commits_.clear();
  WEIR_TRY_VAR(partitions, this->partitions());
  WEIR_TRY_VAR(consumer, client_.consumer({.group_id = "connect-" + options_.name}));
  WEIR_TRY(consumer->assign(partitions));
  if (partitions.empty()) {
    consumer_ = std::move(consumer);
    return {};
  }
  WEIR_TRY_VAR(committed, consumer->committed(partitions));
  WEIR_TRY_VAR(last, commits_in(committed));
  for (const auto& [partition, commit] : last) commits_[partition] = commit.number;
  WEIR_TRY_VAR(owner, this->owner());
  WEIR_TRY_VAR(started, sink_->start({partitions, last, owner}));
  consumer_ = std::move(consumer);
  WEIR_TRY(go_to(committed, started));
  next_commit_ms_ = client_.clock().monotonic_ms() + options_.commit_interval.count();
  return last.empty() ? commit_at(settled_, started.metadata) : Result<>{};
}

Result<SinkCommits> SinkRunner::commits_in(
    const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) const {
  SinkCommits last;
  for (const auto& [partition, position] : committed) {
    auto commit = SinkCommit::parse(position.metadata);
    if (!commit) return fail(commit.error().at("group connect-" + options_.name + ", " + partition.to_string()));
    last[partition] = *std::move(commit);
  }
  return last;
}

Result<> SinkRunner::step(Millis timeout) {
  if (!consumer_) return fail(ErrorCode::wrong_state, "the sink is not started");
  const std::int64_t now = client_.clock().monotonic_ms();
  if (now >= next_commit_ms_) WEIR_TRY(commit());
  const bool has_more_to_commit = read_ > 0;
  if (has_more_to_commit) timeout = std::min(timeout, Millis(std::max<std::int64_t>(next_commit_ms_ - now, 1)));
  WEIR_TRY_VAR(batches, consumer_->poll(timeout));
  for (const auto& batch : batches) {
    WEIR_TRY_VAR(then, take(batch));
    if (then == Then::began_again) return {};
  }
  if (careful_until_.empty()) return {};
  WEIR_TRY_VAR(positions, consumed());
  settled_ = std::move(positions);
  std::erase_if(careful_until_, [this](const auto& until) { return settled_[until.first] >= until.second; });
  if (careful_until_.empty()) guilty_.clear();
  return {};
}

Result<SinkRunner::Then> SinkRunner::take(const log::FetchedBatch& batch) {
  count_ = 0;
  WEIR_TRY(for_each_record(reader_, batch, [&](const log::RecordView& record) { return read(batch, record); }));
  if (!careful_until_.empty()) return put_with_care();
  WEIR_TRY(put(0, count_));
  return Then::goes_on;
}

// The record as data, through the transforms, behind those of the batch that are to be put.
Result<> SinkRunner::read(const log::FetchedBatch& batch, const log::RecordView& raw) {
  ++read_;
  if (count_ == records_.size()) {
    records_.emplace_back();
    raw_.emplace_back();
  }
  ConnectRecord& record = records_[count_];
  raw_[count_] = raw;
  record.topic = batch.partition.topic;
  record.partition = batch.partition.partition.value();
  record.timestamp_ms = raw.timestamp_ms;
  record.headers.clear();
  record.origin = Origin{&batch.partition, raw.offset};
  auto key = pipeline_.key->read(record.topic, raw.key);
  if (!key) return reject(record, raw, Stage::key_converter, key.error());
  record.key = *std::move(key);
  auto value = pipeline_.value->read(record.topic, raw.value);
  if (!value) return reject(record, raw, Stage::value_converter, value.error());
  record.value = *std::move(value);
  if (!raw.headers.empty()) {
    for (const log::HeaderView& header : raw.headers.decode()) {
      auto read = pipeline_.headers->read(record.topic, header.value);
      auto datum = read ? read->datum() : fail(read.error());
      if (!datum) return reject(record, raw, Stage::header_converter, datum.error());
      record.headers.push_back({std::string(header.key), **datum});
    }
  }
  auto kept = pipeline_.transforms.apply(record);
  if (!kept) return reject(record, raw, Stage::transformation, kept.error());
  if (*kept == Kept::no) {
    ++since_commit_.filtered;
  } else {
    ++count_;
  }
  return {};
}

// [from, to) of the batch; in halves where its records are to blame, so that the guilty one is found.
Result<> SinkRunner::put(std::size_t from, std::size_t to) {
  if (from == to) return {};
  auto done = sink_->put(std::span(records_).subspan(from, to - from));
  if (done) {
    since_commit_.records += to - from;
    return {};
  }
  if (blame_of(done.error()) != Blame::record) return done;
  if (to - from == 1) return reject(records_[from], raw_[from], Stage::task_put, done.error());
  const std::size_t middle = from + (to - from) / 2;
  WEIR_TRY(put(from, middle));
  return put(middle, to);
}

Result<SinkRunner::Then> SinkRunner::put_with_care() {
  for (std::size_t i = 0; i < count_; ++i) {
    const Origin origin = *records_[i].origin;
    if (guilty_.contains({*origin.partition, origin.offset})) continue;
    WEIR_TRY(put(i, i + 1));
    auto flushed = sink_->flush();
    if (flushed) {
      settled_[*origin.partition] = origin.offset + 1;
      WEIR_TRY(commit_at(settled_, *flushed));
      continue;
    }
    if (blame_of(flushed.error()) != Blame::record) return fail(flushed.error());
    since_commit_ = {};
    WEIR_TRY(reject(records_[i], raw_[i], Stage::task_put, flushed.error()));
    report_.skipped += since_commit_.skipped;  // it will not be met again
    guilty_.insert({*origin.partition, origin.offset});
    WEIR_TRY(start());
    return Then::began_again;
  }
  return Then::goes_on;
}

Result<> SinkRunner::reject(const ConnectRecord& record, const log::RecordView& raw, Stage stage, const Error& error) {
  std::vector<log::HeaderView> headers;
  if (!raw.headers.empty()) headers = raw.headers.decode();
  WEIR_TRY(rejects_.reject({record.origin->partition, raw.offset, raw.timestamp_ms, raw.key, raw.value, headers}, stage,
                           error));
  ++since_commit_.skipped;
  return {};
}

Result<> SinkRunner::commit() {
  next_commit_ms_ = client_.clock().monotonic_ms() + options_.commit_interval.count();
  if (read_ == 0 && (consumer_->assignment().empty() || !sink_->wants_flush())) return {};
  auto flushed = sink_->flush();
  if (!flushed && blame_of(flushed.error()) == Blame::record && careful_until_.empty()) return take_care_from_here();
  if (!flushed) return fail(flushed.error());
  WEIR_TRY_VAR(positions, consumed());
  return commit_at(positions, *flushed);
}

// Back to the last commit, and each record by itself up to where we are.
Result<> SinkRunner::take_care_from_here() {
  WEIR_TRY_VAR(positions, consumed());
  WEIR_TRY(start());
  careful_until_ = std::move(positions);
  return {};
}

Result<SinkRunner::Positions> SinkRunner::consumed() const {
  Positions positions;
  for (const auto& partition : consumer_->assignment()) {
    WEIR_TRY_VAR(position, consumer_->position(partition));
    positions[partition] = position;
  }
  return positions;
}

Result<> SinkRunner::commit_at(const Positions& positions, const std::string& metadata) {
  if (metadata.size() > kMostMetadataBytes) {
    return fail(ErrorCode::offset_metadata_too_large,
                "the sink's metadata has " + std::to_string(metadata.size()) + " bytes");
  }
  std::vector<log::PartitionOffset> offsets;
  for (const auto& [partition, position] : positions) {
    const std::string text = SinkCommit{commits_[partition] + 1, metadata}.to_text();
    offsets.push_back({partition, {position, log::kNoLeaderEpoch, text}});
  }
  WEIR_TRY(consumer_->commit(offsets));
  for (auto& [partition, number] : commits_) ++number;
  ++report_.commits;
  report_.records += since_commit_.records;
  report_.filtered += since_commit_.filtered;
  report_.skipped += since_commit_.skipped;
  if (on_commit_) on_commit_();
  since_commit_ = {};
  read_ = 0;
  return sink_->committed();
}

Result<SinkRunner::Ends> SinkRunner::ends() {
  const auto& partitions = consumer_->assignment();
  WEIR_TRY_VAR(stable, consumer_->end_offsets(partitions, log::Isolation::read_committed));
  WEIR_TRY_VAR(all, consumer_->end_offsets(partitions, log::Isolation::read_uncommitted));
  for (const auto& partition : partitions) {
    if (stable[partition] == all[partition]) continue;
    log_line::warn("connector {}: {}: a transaction is open at offset {}; what follows is not written", options_.name,
                   partition.to_string(), stable[partition].value());
  }
  return stable;
}

Result<bool> SinkRunner::has_reached(const Ends& ends) {
  for (const auto& [partition, end] : ends) {
    WEIR_TRY_VAR(position, consumer_->position(partition));
    if (position < end) return false;
  }
  return true;
}

// The connector, its task if it has several, and the topics it reads: their ids are of this log alone.
Result<std::string> SinkRunner::owner() const {
  std::string owner = "connector " + options_.name;
  if (options_.tasks > 1) owner += ", task " + std::to_string(options_.task) + " of " + std::to_string(options_.tasks);
  auto admin = client_.admin();
  for (const auto& topic : std::set<std::string>(options_.topics.begin(), options_.topics.end())) {
    WEIR_TRY_VAR(description, admin->describe_topic(topic));
    owner += ", " + topic + " " + description.id.to_string();
  }
  return owner;
}

Result<std::vector<log::TopicPartition>> SinkRunner::partitions() const {
  std::vector<log::TopicPartition> all;
  auto admin = client_.admin();
  for (const auto& topic : std::set<std::string>(options_.topics.begin(), options_.topics.end())) {
    WEIR_TRY_VAR(description, admin->describe_topic(topic));
    // Topics begin at different tasks. What a partition's task is must not change when others come.
    const auto first = static_cast<std::int64_t>(crc32c(topic));
    for (std::int32_t i = 0; i < description.partitions; ++i) {
      if ((first + i) % options_.tasks == options_.task) all.push_back({topic, log::PartitionIndex(i)});
    }
  }
  return all;
}

// To the positions that the sink keeps, else to the committed ones, as far as they are in the log: retention may have
// passed them, and a power cut may have taken the end of a log. Both are said.
Result<> SinkRunner::go_to(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed,
                           const SinkStarted& started) {
  settled_.clear();
  const auto& partitions = consumer_->assignment();
  WEIR_TRY_VAR(begins, consumer_->beginning_offsets(partitions));
  WEIR_TRY_VAR(ends, consumer_->end_offsets(partitions, log::Isolation::read_uncommitted));
  for (const auto& partition : partitions) {
    auto found = committed.find(partition);
    const auto kept = started.positions.find(partition);
    log::Offset from = kept != started.positions.end() ? kept->second
                       : found != committed.end()      ? found->second.offset
                                                       : begins[partition];
    if (from < begins[partition]) {
      log_line::warn("connector {}: {}: offsets {} to {} were deleted before they were written", options_.name,
                     partition.to_string(), from.value(), begins[partition].value() - 1);
      from = begins[partition];
    }
    if (from > ends[partition]) {
      log_line::warn("connector {}: {}: offsets {} to {} were written, but the log has lost them", options_.name,
                     partition.to_string(), ends[partition].value(), from.value() - 1);
      from = ends[partition];
    }
    WEIR_TRY(consumer_->seek(partition, from));
    settled_[partition] = from;
  }
  return {};
}

}  // namespace weir::connect
