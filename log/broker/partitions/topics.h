// Topics: the topics and partitions of this node: created, found, removed, synced and closed here.
//
// Thread-safe. A decision about metadata is made in a turn, and holds until its record is committed: nobody holds a
// mutex over that. Whoever only asks sees the state of this moment, and waits for nobody.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "log/broker/partitions/durability.h"
#include "log/broker/partitions/partition.h"
#include "log/cluster/metadata_log.h"

namespace weir::log::broker {

WEIR_FLAG(ValidateOnly);

class Topics {
 public:
  struct Options {
    Flush flush = Flush::left_to_system;  // of topics that do not say
    cluster::Sync sync_metadata = cluster::Sync::yes;
    std::uint64_t seed = 0;  // of new topics' ids
    NodeId node_id{0};
    WorkPool* pool = nullptr;  // for syncs; null: who asks for one waits for it
  };

  // Replays the metadata and opens every partition that it names. corrupt_data, io_error.
  static Result<std::unique_ptr<Topics>> open(storage::LogDirectory& directory, Clock& clock, Options options);

  // unknown_topic_or_partition
  Result<std::shared_ptr<Partition>> find(std::string_view topic, PartitionIndex partition) const WEIR_EXCLUDES(mutex_);
  // The same; unknown_topic_id if there is no such topic.
  Result<std::shared_ptr<Partition>> find(const TopicId& topic, PartitionIndex partition) const WEIR_EXCLUDES(mutex_);

  // Those of them that exist.
  std::vector<std::shared_ptr<Partition>> find_all(const std::set<TopicPartition>& partitions) const
      WEIR_EXCLUDES(mutex_);

  // The id is chosen here. Once this returns the topic survives a crash. If an earlier call wrote that the topic exists
  // and could not make its files, they are made now, and the answer is topic_already_exists.
  Result<cluster::Topic> create(cluster::Topic topic) WEIR_EXCLUDES(mutex_);
  // What create would say, without doing it.
  Result<cluster::Topic> validate(cluster::Topic topic) const;
  Result<> remove(const std::string& name) WEIR_EXCLUDES(mutex_);
  // As Metadata::decide_add_partitions and decide_set_configs; without doing it, if it is only to be validated.
  Result<> add_partitions(const std::string& name, std::int32_t partitions, ValidateOnly validate_only)
      WEIR_EXCLUDES(mutex_);
  Result<> set_configs(const std::string& name, std::map<std::string, std::string> configs, ValidateOnly validate_only)
      WEIR_EXCLUDES(mutex_);
  std::vector<cluster::Topic> list() const;
  std::optional<cluster::Topic> describe(const std::string& name) const;
  std::optional<cluster::Topic> describe(const TopicId& id) const;
  Result<ProducerId> new_producer_id();

  // All that the metadata says, of this moment.
  std::shared_ptr<const cluster::Metadata> metadata() const { return metadata_->state(); }
  // What `decide` makes of it, which is called in a turn, becomes part of it, one record after another. For what is
  // about no topic: those are changed above.
  using Decide = std::function<Result<std::vector<cluster::MetadataRecord>>(const cluster::Metadata&)>;
  Result<> change(const Decide& decide);

  // The node that leads it. unknown_topic_or_partition.
  Result<NodeId> leader_of(const TopicPartition& partition) const WEIR_EXCLUDES(mutex_);

  // Are records of one of them to be synced before they are answered?
  bool is_any_synced_first(const std::set<TopicPartition>& partitions) const WEIR_EXCLUDES(mutex_);

  std::vector<std::shared_ptr<Partition>> partitions() const WEIR_EXCLUDES(mutex_);
  // Syncs the segments of those that are to be flushed so early, or earlier, with what was appended; a partition that
  // cannot be synced stops and does not keep the others from it.
  void sync_all(Flush at_least);
  // Whether a power cut takes the log back to a moment (storage::ConsistentCut): where it is synced at intervals.
  // Topics that are durable on their own terms keep all they have.
  bool has_cuts() const { return options_.flush == Flush::at_intervals; }
  // How long every partition is now, by directory name: what speaks of others before those.
  struct Cut {
    std::uint64_t number = 0;  // a later moment has a higher one
    std::map<std::string, Offset> ends{};
  };
  Cut begin_cut();
  // Once everything that is synced at intervals is: from here on a power cut leaves at least these ends, and what is
  // more is taken back to them. storage_error: a partition could not be synced; the moment before stays.
  Result<> keep_cut(Cut cut) WEIR_EXCLUDES(mutex_);
  // See broker::make_durable, as durable as their topics want. Blocks.
  std::vector<Result<>> make_durable(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one);
  std::vector<Result<>> make_durable(const std::vector<Wish>& wishes);
  // For those who wait on their partitions.
  Syncer& syncer() { return syncer_; }
  // For what waits for the disk; null: whoever has it to do waits.
  WorkPool* pool() const { return options_.pool; }
  // For a reader beside the writer: sees what was written until now, new topics too.
  Result<> refresh() WEIR_EXCLUDES(mutex_);
  // Partitions forget producers that wrote nothing for so long: one that comes back begins anew.
  void expire_producers(Millis idle);
  // Writes down how far everything is.
  Result<> checkpoint();
  Result<> close();

  // What was found of the metadata's snapshots.
  const std::vector<std::string>& metadata_notes() const { return metadata_->notes(); }
  // What recovery cut or found damaged.
  const std::vector<storage::Finding>& findings() const { return findings_; }
  LeaderEpoch leader_epoch() const { return directory_.leader_epoch(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Opened = std::vector<std::shared_ptr<Partition>>;

  Topics(storage::LogDirectory& directory, Clock& clock, Options options)
      : directory_(directory), clock_(clock), options_(options), syncer_(directory.journal(), options.pool) {}

  Result<> load();
  Result<> remove_deleted();
  Flush flush_of(const cluster::Topic& topic) const;
  Result<std::unique_ptr<storage::PartitionLog>> open_log(const cluster::Topic& topic, std::int32_t partition);
  // Its partitions from that one on.
  Result<Opened> open_topic(const cluster::Topic& topic, std::int32_t from = 0);
  Result<std::shared_ptr<Partition>> find_now(std::string_view topic, PartitionIndex partition) const
      WEIR_REQUIRES(mutex_);
  void add(const cluster::Topic& topic, Opened opened) WEIR_REQUIRES(mutex_);
  Opened drop(const std::string& name) WEIR_REQUIRES(mutex_);
  Result<> open_added(const cluster::Topic& topic) WEIR_EXCLUDES(mutex_);
  Result<> open_if_missing(const cluster::Topic& topic) WEIR_EXCLUDES(mutex_);
  // Before a topic promises more than a cut keeps.
  Result<> exempt_from_cut(const cluster::Topic& topic);
  // What follows of the metadata's state: topics that are new are opened, those that are deleted let go of.
  void adopt_metadata() WEIR_EXCLUDES(mutex_);
  Result<> remove_files(const cluster::Topic& topic, const Opened& removed);
  // Where enough records have come, writes a snapshot of the metadata, and lets the log forget what it tells.
  void shorten_metadata();
  TopicId new_id();
  std::map<std::string, storage::Checkpoint::Partition> reached() const;

  storage::LogDirectory& directory_;
  Clock& clock_;
  const Options options_;
  Syncer syncer_;
  std::vector<storage::Finding> findings_;

  std::unique_ptr<cluster::MetadataLog> metadata_;  // its turns come before mutex_, and before the directory's
  std::mt19937_64 ids_;                             // of whoever has the turn
  std::atomic<bool> is_shortening_ = false;
  std::atomic<std::uint64_t> cuts_{0};

  mutable Mutex mutex_;
  // shared: a request keeps its partition while the topic is being removed
  std::unordered_map<std::string, Opened, Hash, std::equal_to<>> partitions_ WEIR_GUARDED_BY(mutex_);
  std::unordered_map<TopicId, std::string> names_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log::broker
