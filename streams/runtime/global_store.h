// GlobalStore: one of the stores that a thread has in full: the last value of each key of a topic, or what the user's
// processor makes of its records. It follows its topic, not the tasks: no commit and no abort touches it, for what is
// read of a topic is committed already.
//
// On disk it keeps its place in every partition together with its rows, so that a restart reads on from there, through
// the processor if there is one; in memory it is read from the beginning at every start.
// One owner thread, its worker's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/client/consumer.h"
#include "streams/operators/counters.h"
#include "streams/operators/global_filler.h"
#include "streams/operators/node.h"
#include "streams/runtime/source_decoder.h"
#include "streams/state/key_value_store.h"
#include "streams/topology/topology.h"

namespace weir::streams {

class GlobalStore final : public TableView, private GlobalScope {
 public:
  struct Source {
    log::TopicId topic;
    std::int32_t partitions;
  };

  // `backing` null: in memory. `spec` outlives this.
  GlobalStore(const GlobalTableSpec& spec, const Source& source, std::unique_ptr<state::Backing> backing);
  ~GlobalStore() override;

  // Where it stands, from what lies below; then the processor opens. user_exception, corrupt_data, io_error.
  Result<> open();

  const GlobalTableSpec& spec() const { return spec_; }
  bool is_on_disk() const { return is_on_disk_; }
  state::Store& rows() { return *rows_; }
  // Of a store of rows by key.
  TableRow look_up(const void* key, const EncodedKey& encoded_key) override;

  // Where it stood in a partition when it was opened; nothing if it is to be read from the beginning.
  std::optional<state::Position> position_in(log::PartitionIndex partition) const;
  // The first offset of a partition that it does not have.
  log::Offset next_in(log::PartitionIndex partition) const { return places_[index(partition)].next; }
  void begin_at(log::PartitionIndex partition, log::Offset offset) { places_[index(partition)].next = offset; }
  // Empties it: it is to be read from the beginning.
  Result<> clear();

  // Takes up the records of a batch of its topic that it does not have yet. Errors name the store, the partition and
  // the offset: corrupt_data where `skips_undecodable` is not set, user_exception.
  Result<> take(const log::FetchedBatch& fetched, bool skips_undecodable, Counters& counters);
  // Writes what it has down, with its place.
  Result<> apply(std::int64_t now_ms);

 private:
  // GlobalScope
  state::Store& filled_store() override { return *rows_; }
  const StoreSpec& filled_spec() const override { return spec_.store; }
  const SourceRecord& source_record() const override { return *taken_; }
  Counters& counters() const override { return *counters_; }

  Result<> take_one(const log::RecordView& record, bool skips_undecodable, Counters& counters);
  Result<> keep_last(const log::RecordView& record);
  Result<> fill(const Record& record, Counters& counters);
  static std::size_t index(log::PartitionIndex partition) { return static_cast<std::size_t>(partition.value()); }

  const GlobalTableSpec& spec_;
  const log::TopicId topic_;
  const bool is_on_disk_;
  std::unique_ptr<state::Store> rows_;
  std::unique_ptr<GlobalFiller> filler_;  // null: the last value of each key
  std::optional<state::Position> found_;  // below, when it was opened
  std::vector<state::Place> places_;      // by partition
  std::optional<SourceRecord> taken_;     // what is being taken up
  Counters* counters_ = nullptr;          // then
  SourceDecoder decoder_;
  log::BatchReader batch_;
  OwnedBytes scratch_;
};

}  // namespace weir::streams
