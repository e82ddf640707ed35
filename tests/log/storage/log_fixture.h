// What the tests of storage share: batches, a directory in memory, and everything a partition holds.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/storage/log_directory.h"
#include "sim/memory_file.h"

namespace weir::log::storage {

struct BatchSpec {
  std::vector<std::string> values;
  std::int64_t timestamp_ms = 1'000;  // of the first; one more each
  BatchOptions options{};
};

inline RecordBatch make_batch(const BatchSpec& spec) {
  BatchBuilder builder(256);
  std::int64_t timestamp = spec.timestamp_ms;
  for (const auto& value : spec.values) builder.add(timestamp++, std::nullopt, Bytes(value));
  return *builder.seal(spec.options);
}

inline RecordBatch make_batch(std::string value) {
  return make_batch(BatchSpec{{std::move(value)}});
}

inline BatchSpec from_producer(std::int64_t id, std::int16_t epoch, std::int32_t sequence,
                               std::vector<std::string> values, bool transactional = false) {
  BatchSpec spec{std::move(values)};
  spec.options.producer_id = ProducerId(id);
  spec.options.producer_epoch = ProducerEpoch(epoch);
  spec.options.base_sequence = Sequence(sequence);
  spec.options.is_transactional = transactional;
  return spec;
}

// As it would come over a socket.
inline RecordBatch foreign(const RecordBatch& batch) {
  return *RecordBatch::parse(SharedBytes::copy_of(batch.bytes.view()), Trust::foreign);
}

inline RecordBatch marker(EndMarkerType type, std::int64_t id, std::int16_t epoch, std::int32_t coordinator = 0) {
  return end_marker_batch({type, CoordinatorEpoch(coordinator)}, ProducerId(id), ProducerEpoch(epoch), 5'000);
}

struct ReadRecord {
  std::int64_t offset;
  std::string value;
  bool operator==(const ReadRecord&) const = default;
};

// The data records of some batches, from `from` on.
inline Result<std::vector<ReadRecord>> records_in(const Records& records, Offset from) {
  std::vector<ReadRecord> all;
  for (SharedBytes rest : records.parts) {
    while (!rest.empty()) {
      WEIR_TRY_VAR(batch, RecordBatch::parse(rest, records.trust));
      rest = rest.slice(batch.bytes.size());
      BatchReader reader;
      WEIR_TRY(reader.open(batch));
      RecordView views[8];
      for (;;) {
        WEIR_TRY_VAR(count, reader.fill(views));
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) {
          if (views[i].offset >= from && !batch.header.is_control()) {
            all.push_back({views[i].offset.value(), std::string(views[i].value.value_or("null"))});
          }
        }
      }
    }
  }
  return all;
}

inline Offset end_of(const Records& records, Offset otherwise) {
  for (SharedBytes rest = records.parts.empty() ? SharedBytes() : records.parts.back(); !rest.empty();) {
    auto header = *BatchHeader::parse(rest.view());
    otherwise = header.next_offset();
    rest = rest.slice(header.size_bytes());
  }
  return otherwise;
}

// Everything from `from` up to the bound, read in pieces of `max_bytes`.
inline Result<std::vector<ReadRecord>> read_all(PartitionLog& log, Offset from = Offset(0),
                                                ReadUpTo up_to = ReadUpTo::end, std::size_t max_bytes = 200) {
  std::vector<ReadRecord> all;
  while (from < log.bound(up_to)) {
    WEIR_TRY_VAR(plan, log.plan_read(from, max_bytes, up_to, AtLeastOne::yes));
    WEIR_TRY_VAR(records, perform(plan));
    WEIR_TRY_VAR(some, records_in(records, from));
    all.insert(all.end(), some.begin(), some.end());
    Offset next = end_of(records, from);
    if (next == from) return fail(ErrorCode::unknown_server_error, "no progress");
    from = next;
  }
  return all;
}

inline PartitionDirectory clicks() {
  Uuid id;
  id.bytes[0] = 7;
  return {{"clicks", PartitionIndex(0)}, id};
}

// One partition in one log, opened and closed at will.
class LogTest : public testing::Test {
 protected:
  Result<> open(FileSystem& files, std::string boot = "boot-1") {
    shut();
    LogDirectory::Options options;
    options.segment_bytes = segment_bytes_;
    options.boot_id = std::move(boot);
    WEIR_TRY_VAR(directory, LogDirectory::open(files, "log", options));
    directory_ = std::move(directory);
    WEIR_TRY_VAR(partition, directory_->open_partition(clicks()));
    partition_ = std::move(partition);
    return {};
  }

  std::map<std::string, Checkpoint::Partition> positions() const {
    return {{clicks().name(),
             {partition_->log_start(), partition_->synced(), partition_->end_offset(), partition_->cleaned_to()}}};
  }

  Result<> sync() {
    WEIR_TRY_VAR(plan, partition_->plan_sync());
    WEIR_TRY(perform(directory_->files(), plan));
    partition_->sync_done(plan);
    return {};
  }

  Result<> close() {
    WEIR_TRY(partition_->close());
    WEIR_TRY(directory_->close(positions()));
    shut();
    return {};
  }

  // Lets go of everything, as a kill would; before the file system below it goes.
  void shut() {
    partition_.reset();
    directory_.reset();
  }

  Result<Appended> append(const RecordBatch& batch) {
    return partition_->append(batch, directory_->leader_epoch(), Origin::client);
  }
  Result<Appended> append_marker(const RecordBatch& batch) {
    auto appended = partition_->append(batch, directory_->leader_epoch(), Origin::coordinator);
    partition_->set_high_watermark(partition_->end_offset());
    return appended;
  }

  std::size_t segment_bytes_ = 1'000'000;
  MemoryFileSystem files_;
  std::unique_ptr<LogDirectory> directory_;
  std::unique_ptr<PartitionLog> partition_;
};

}  // namespace weir::log::storage
