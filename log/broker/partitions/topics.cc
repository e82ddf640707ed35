#include "log/broker/partitions/topics.h"

#include <algorithm>

#include "log/cluster/log_config.h"

namespace weir::log::broker {

namespace {

storage::PartitionDirectory directory_of(const cluster::Topic& topic, std::int32_t partition) {
  return {{topic.name, PartitionIndex(partition)}, topic.id};
}

}  // namespace

Result<std::unique_ptr<Topics>> Topics::open(storage::LogDirectory& directory, Clock& clock, Options options) {
  std::unique_ptr<Topics> topics(new Topics(directory, clock, options));
  WEIR_TRY(topics->load());
  return topics;
}

Result<> Topics::load() {
  ids_.seed(options_.seed);
  WEIR_TRY_VAR(metadata, cluster::MetadataLog::open(directory_, clock_, options_.sync_metadata));
  metadata_ = std::move(metadata);
  if (const auto& finding = metadata_->log().finding()) findings_.push_back(*finding);
  WEIR_TRY(remove_deleted());

  // All logs first: the epoch must be beyond that of any batch before a partition uses it.
  struct Found {
    const cluster::Topic* topic;
    std::vector<std::unique_ptr<storage::PartitionLog>> logs;
  };
  std::vector<Found> all;
  LeaderEpoch latest = metadata_->log().latest_epoch();
  auto has_lost = storage::Lost::no;
  const auto metadata_now = metadata_->state();
  for (const auto& [name, topic] : metadata_now->topics()) {
    all.push_back({topic.get(), {}});
    for (std::int32_t i = 0; i < topic->partitions; ++i) {
      auto opened = open_log(*topic, i);
      // One that cannot be opened keeps nothing else shut.
      auto log =
          opened ? *std::move(opened) : directory_.unavailable_partition(directory_of(*topic, i), opened.error());
      latest = std::max(latest, log->latest_epoch());
      if (log->finding()) findings_.push_back(*log->finding());
      if (log->is_damaged()) has_lost = storage::Lost::yes;
      all.back().logs.push_back(std::move(log));
    }
  }
  // What a run before this one wrote for its own crash is not for what is promised here.
  if (!has_cuts()) WEIR_TRY(directory_.drop_cut());
  for (const auto& [name, topic] : metadata_now->topics()) WEIR_TRY(exempt_from_cut(*topic));
  WEIR_TRY(directory_.opened(latest, has_lost));

  MutexLock lock(mutex_);
  for (auto& [topic, logs] : all) {
    Opened opened;
    for (auto& log : logs) {
      TopicPartition name{topic->name, PartitionIndex(static_cast<std::int32_t>(opened.size()))};
      opened.push_back(std::make_shared<Partition>(std::move(name), topic->id, std::move(log), directory_.files(),
                                                   clock_, directory_.leader_epoch(), flush_of(*topic),
                                                   options_.node_id));
      opened.back()->set_policy(AppendPolicy::of(topic->configs));
    }
    add(*topic, std::move(opened));
  }
  return {};
}

void Topics::add(const cluster::Topic& topic, Opened opened) {
  names_[topic.id] = topic.name;
  partitions_[topic.name] = std::move(opened);
}

Topics::Opened Topics::drop(const std::string& name) {
  auto found = partitions_.find(name);
  if (found == partitions_.end()) return {};
  Opened dropped = std::move(found->second);
  partitions_.erase(found);
  if (!dropped.empty()) names_.erase(dropped.front()->topic_id());
  return dropped;
}

// Directories of topics that were deleted but for a crash; any other that the metadata does not know is left alone.
Result<> Topics::remove_deleted() {
  if (directory_.is_read_only()) return {};
  WEIR_TRY_VAR(directories, directory_.partitions());
  const auto metadata = metadata_->state();
  for (const auto& entry : directories) {
    if (metadata->was_deleted(entry.topic_id)) WEIR_TRY(directory_.remove_partition(entry));
  }
  for (const auto& id : metadata->deleted()) metadata_->forget_deleted(id);
  return {};
}

Flush Topics::flush_of(const cluster::Topic& topic) const {
  return cluster::log_config(topic).flush.value_or(options_.flush);
}

Result<std::unique_ptr<storage::PartitionLog>> Topics::open_log(const cluster::Topic& topic, std::int32_t partition) {
  WEIR_TRY_VAR(log, directory_.open_partition(directory_of(topic, partition)));
  if (auto bytes = cluster::log_config(topic).segment_bytes) log->set_segment_bytes(*bytes);
  return log;
}

Result<Topics::Opened> Topics::open_topic(const cluster::Topic& topic, std::int32_t from) {
  Opened opened;
  for (std::int32_t i = from; i < topic.partitions; ++i) {
    WEIR_TRY_VAR(log, open_log(topic, i));
    opened.push_back(std::make_shared<Partition>(directory_of(topic, i).partition, topic.id, std::move(log),
                                                 directory_.files(), clock_, directory_.leader_epoch(), flush_of(topic),
                                                 options_.node_id));
    opened.back()->set_policy(AppendPolicy::of(topic.configs));
  }
  return opened;
}

Result<std::shared_ptr<Partition>> Topics::find(std::string_view topic, PartitionIndex partition) const {
  MutexLock lock(mutex_);
  return find_now(topic, partition);
}

Result<std::shared_ptr<Partition>> Topics::find(const TopicId& topic, PartitionIndex partition) const {
  MutexLock lock(mutex_);
  auto name = names_.find(topic);
  if (name == names_.end()) return fail(ErrorCode::unknown_topic_id, topic.to_string());
  return find_now(name->second, partition);
}

std::vector<std::shared_ptr<Partition>> Topics::find_all(const std::set<TopicPartition>& partitions) const {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Partition>> found;
  for (const auto& name : partitions) {
    if (auto partition = find_now(name.topic, name.partition)) found.push_back(*std::move(partition));
  }
  return found;
}

bool Topics::is_any_synced_first(const std::set<TopicPartition>& partitions) const {
  MutexLock lock(mutex_);
  return std::ranges::any_of(partitions, [this](const TopicPartition& name) WEIR_REQUIRES(mutex_) {
    auto partition = find_now(name.topic, name.partition);
    return partition && (*partition)->flush() == Flush::before_answer;
  });
}

Result<NodeId> Topics::leader_of(const TopicPartition& partition) const {
  WEIR_TRY(find(partition.topic, partition.partition));
  return options_.node_id;
}

Result<std::shared_ptr<Partition>> Topics::find_now(std::string_view topic, PartitionIndex partition) const {
  auto found = partitions_.find(topic);
  auto index = static_cast<std::size_t>(partition.value());
  if (found == partitions_.end() || index >= found->second.size()) {
    return fail(ErrorCode::unknown_topic_or_partition, std::string(topic) + "-" + std::to_string(partition.value()));
  }
  return found->second[index];
}

TopicId Topics::new_id() {
  const auto metadata = metadata_->state();
  TopicId id;
  do {
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(ids_());
  } while (id.is_zero() || metadata->find(id) != nullptr || metadata->was_deleted(id));
  return id;
}

Result<cluster::Topic> Topics::create(cluster::Topic topic) {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    const auto metadata = metadata_->state();
    if (const cluster::Topic* known = metadata->find(topic.name)) WEIR_TRY(open_if_missing(*known));
    topic.id = new_id();
    WEIR_TRY_VAR(record, metadata->decide_create(topic));
    WEIR_TRY(exempt_from_cut(topic));
    WEIR_TRY(metadata_->commit(record));
    // From here on the topic exists: what fails below is made good by the next attempt, or the next open.
    WEIR_TRY(open_if_missing(topic));
  }
  shorten_metadata();
  return topic;
}

Result<> Topics::open_if_missing(const cluster::Topic& topic) {
  {
    MutexLock lock(mutex_);
    if (names_.contains(topic.id)) return {};
  }
  WEIR_TRY_VAR(opened, open_topic(topic));
  MutexLock lock(mutex_);
  add(topic, std::move(opened));
  return {};
}

// The partitions that it was given since it was opened.
Result<> Topics::open_added(const cluster::Topic& topic) {
  std::int32_t there = 0;
  {
    MutexLock lock(mutex_);
    there = static_cast<std::int32_t>(partitions_[topic.name].size());
  }
  if (there >= topic.partitions) return {};
  WEIR_TRY_VAR(opened, open_topic(topic, there));
  MutexLock lock(mutex_);
  auto& all = partitions_[topic.name];
  all.insert(all.end(), opened.begin(), opened.end());
  return {};
}

Result<> Topics::add_partitions(const std::string& name, std::int32_t partitions, ValidateOnly validate_only) {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    const auto metadata = metadata_->state();
    // What an earlier call wrote, and could not make, is made now.
    if (const cluster::Topic* known = metadata->find(name)) WEIR_TRY(open_added(*known));
    WEIR_TRY_VAR(record, metadata->decide_add_partitions(name, partitions));
    if (validate_only == ValidateOnly::yes) return {};
    WEIR_TRY(metadata_->commit(record));
    const auto changed = metadata_->state();
    WEIR_TRY(exempt_from_cut(*changed->find(name)));
    WEIR_TRY(open_added(*changed->find(name)));
  }
  shorten_metadata();
  return {};
}

Result<> Topics::set_configs(const std::string& name, std::map<std::string, std::string> configs,
                             ValidateOnly validate_only) {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    WEIR_TRY_VAR(record, metadata_->state()->decide_set_configs(name, std::move(configs)));
    if (validate_only == ValidateOnly::yes) return {};
    WEIR_TRY(metadata_->commit(record));
    const auto changed = metadata_->state();
    const cluster::Topic& topic = *changed->find(name);
    WEIR_TRY(exempt_from_cut(topic));
    const auto policy = AppendPolicy::of(topic.configs);
    const auto segment_bytes = cluster::log_config(topic).segment_bytes.value_or(directory_.segment_bytes());
    MutexLock lock(mutex_);
    for (const auto& partition : partitions_[name]) {
      partition->set_policy(policy);
      partition->set_flush(flush_of(topic));
      partition->with_log([&](storage::PartitionLog& log) { log.set_segment_bytes(segment_bytes); });
    }
  }
  shorten_metadata();
  return {};
}

Result<cluster::Topic> Topics::validate(cluster::Topic topic) const {
  WEIR_TRY(metadata_->state()->decide_create(topic));
  return topic;
}

Result<> Topics::remove(const std::string& name) {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    const auto metadata = metadata_->state();
    WEIR_TRY_VAR(record, metadata->decide_delete(name));
    WEIR_TRY(metadata_->commit(record));
    Opened removed;
    {
      MutexLock lock(mutex_);
      removed = drop(name);
    }
    WEIR_TRY(remove_files(*metadata->find(name), removed));
  }
  shorten_metadata();
  return {};
}

// What cannot be removed is when the log is opened the next time: until then it is known that the topic was deleted.
Result<> Topics::remove_files(const cluster::Topic& topic, const Opened& removed) {
  for (const auto& partition : removed) {
    (void)partition->close();  // what it writes is removed at once
    WEIR_TRY(directory_.remove_partition({partition->name(), partition->topic_id()}));
  }
  // Some may never have been opened, or made.
  if (removed.size() == static_cast<std::size_t>(topic.partitions)) metadata_->forget_deleted(topic.id);
  return {};
}

// The snapshot is on the disk before the log's start is written down, and that before anything is removed: no crash
// leaves a hole. What fails is tried again when the next record has come.
void Topics::shorten_metadata() {
  std::optional<cluster::MetadataSnapshot> snapshot;
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    if (!metadata_->wants_snapshot() || is_shortening_.exchange(true)) return;
    snapshot = metadata_->snapshot();
  }
  if (auto from = metadata_->snapshots().keep(*snapshot)) {
    {
      const cluster::Turns::Turn turn(metadata_->turns());
      metadata_->snapshot_kept(snapshot->end, *from);
    }
    if (checkpoint()) {
      const cluster::Turns::Turn turn(metadata_->turns());
      (void)metadata_->log().remove_dead_segments();
    }
  }
  is_shortening_ = false;
}

std::vector<cluster::Topic> Topics::list() const {
  const auto metadata = metadata_->state();
  std::vector<cluster::Topic> all;
  for (const auto& [name, topic] : metadata->topics()) all.push_back(*topic);
  return all;
}

std::optional<cluster::Topic> Topics::describe(const std::string& name) const {
  const auto metadata = metadata_->state();
  const cluster::Topic* topic = metadata->find(name);
  return topic == nullptr ? std::nullopt : std::optional(*topic);
}

std::optional<cluster::Topic> Topics::describe(const TopicId& id) const {
  const auto metadata = metadata_->state();
  const cluster::Topic* topic = metadata->find(id);
  return topic == nullptr ? std::nullopt : std::optional(*topic);
}

Result<ProducerId> Topics::new_producer_id() {
  return metadata_->new_producer_id();
}

Result<> Topics::change(const Decide& decide) {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    WEIR_TRY_VAR(records, decide(*metadata_->state()));
    for (const auto& record : records) WEIR_TRY(metadata_->commit(record));
  }
  shorten_metadata();
  return {};
}

std::vector<std::shared_ptr<Partition>> Topics::partitions() const {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Partition>> all;
  for (const auto& [name, opened] : partitions_) all.insert(all.end(), opened.begin(), opened.end());
  return all;
}

void Topics::sync_all(Flush at_least) {
  for (const auto& partition : partitions()) {
    if (partition->flush() >= at_least && partition->is_unsettled()) (void)partition->sync();
  }
}

Result<> Topics::exempt_from_cut(const cluster::Topic& topic) {
  if (!has_cuts() || flush_of(topic) != Flush::before_answer) return {};
  std::vector<std::string> names;
  for (std::int32_t i = 0; i < topic.partitions; ++i) names.push_back(directory_of(topic, i).name());
  return directory_.keep_all_of(names);
}

Topics::Cut Topics::begin_cut() {
  Cut cut{++cuts_, {}};
  auto all = partitions();
  // Transactions, then offsets, then records: what is read later may hold more than what is read first knows of.
  auto rank = [](const auto& partition) {
    const std::string& topic = partition->name().topic;
    return topic == "__transaction_state" ? 0 : topic == "__consumer_offsets" ? 1 : 2;
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const auto& partition : all) {
    if (partition->flush() != Flush::at_intervals) continue;
    // One that has stopped gets no longer, and what of it was not synced is lost already.
    const bool has_stopped =
        partition->with_log([](const storage::PartitionLog& log) { return log.stopped().has_value(); });
    const auto positions = partition->positions();
    cut.ends[storage::PartitionDirectory{partition->name(), partition->topic_id()}.name()] =
        has_stopped ? std::min(positions.synced, positions.end) : positions.end;
  }
  cut.ends[cluster::metadata_directory().name()] = storage::ConsistentCut::kKeepsAll;  // synced with each record
  return cut;
}

Result<> Topics::keep_cut(Cut cut) {
  const cluster::Turns::Turn turn(metadata_->turns());  // no topic comes or changes meanwhile
  for (const auto& partition : partitions()) {
    const std::string name = storage::PartitionDirectory{partition->name(), partition->topic_id()}.name();
    if (partition->flush() != Flush::at_intervals) cut.ends[name] = storage::ConsistentCut::kKeepsAll;
    auto end = cut.ends.find(name);
    if (end == cut.ends.end() || end->second == storage::ConsistentCut::kKeepsAll) continue;
    if (partition->positions().synced < end->second) {
      return fail(ErrorCode::storage_error, partition->name().to_string() + " could not be synced");
    }
  }
  return directory_.write_cut(cut.number, std::move(cut.ends));
}

std::vector<Result<>> Topics::make_durable(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one) {
  const SyncIf wanted = sync_if(partitions, as_one);
  std::vector<Wish> wishes;
  for (const auto& partition : partitions) wishes.push_back({partition, wanted});
  return make_durable(wishes);
}

std::vector<Result<>> Topics::make_durable(const std::vector<Wish>& wishes) {
  return broker::make_durable(wishes, directory_.journal());
}

Result<> Topics::refresh() {
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    WEIR_TRY(metadata_->refresh());
    adopt_metadata();
  }
  Result<> outcome;
  for (const auto& partition : partitions()) {
    auto refreshed = partition->refresh();
    if (!refreshed && outcome) outcome = std::move(refreshed);
  }
  return outcome;
}

void Topics::adopt_metadata() {
  const auto metadata = metadata_->state();
  std::vector<const cluster::Topic*> fresh;
  std::vector<std::string> gone;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, topic] : metadata->topics()) {
      if (!names_.contains(topic->id)) fresh.push_back(topic.get());
    }
    for (const auto& [id, name] : names_) {
      if (metadata->find(id) == nullptr) gone.push_back(name);
    }
  }
  for (const auto& name : gone) {
    Opened dropped;
    {
      MutexLock lock(mutex_);
      dropped = drop(name);
    }
    for (const auto& partition : dropped) (void)partition->close();
  }
  // Their directories may still be being made.
  for (const cluster::Topic* topic : fresh) (void)open_if_missing(*topic);
  for (const auto& [name, topic] : metadata->topics()) (void)open_added(*topic);
}

std::map<std::string, storage::Checkpoint::Partition> Topics::reached() const {
  std::map<std::string, storage::Checkpoint::Partition> all;
  for (const auto& partition : partitions()) {
    all[storage::PartitionDirectory{partition->name(), partition->topic_id()}.name()] =
        partition->with_log([](const storage::PartitionLog& log) { return log.reached(); });
  }
  const cluster::Turns::Turn turn(metadata_->turns());
  all[cluster::metadata_directory().name()] = metadata_->log().reached();
  return all;
}

void Topics::expire_producers(Millis idle) {
  for (const auto& partition : partitions()) {
    partition->with_log([&](storage::PartitionLog& log) { log.expire_producers(idle); });
  }
}

Result<> Topics::checkpoint() {
  return directory_.write_checkpoint(reached());
}

Result<> Topics::close() {
  Result<> outcome;
  for (const auto& partition : partitions()) {
    auto closed = partition->close();
    if (!closed && outcome) outcome = std::move(closed);
  }
  {
    const cluster::Turns::Turn turn(metadata_->turns());
    auto closed = metadata_->log().close();
    if (!closed && outcome) outcome = std::move(closed);
  }
  WEIR_TRY(outcome);
  return directory_.close(reached());
}

}  // namespace weir::log::broker
