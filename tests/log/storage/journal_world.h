// Several partitions of one log that are made durable together by way of a small journal, driven by a seed, and what
// was promised of each at every moment: so that what a power cut at any operation leaves can be held to it.
//
// What is promised: what was made durable is there, each record at its place; what follows is a prefix of what was
// appended. Where a log was truncated, what it held before may stand in that prefix's place until the next durable
// append.
#pragma once

#include <map>
#include <random>
#include <set>

#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {

class JournalWorld {
 public:
  static constexpr int kPartitions = 4;

  // `history` is where `files` keeps its operations.
  JournalWorld(MemoryFileSystem& history, FileSystem& files, std::uint64_t seed)
      : history_(history), files_(files), dice_(seed) {}

  static LogDirectory::Options options(std::string boot) {
    LogDirectory::Options options;
    options.segment_bytes = 2'000;
    options.boot_id = std::move(boot);
    options.journal.file_bytes = 10 * 1024;
    options.journal.files = 2;
    return options;
  }

  static PartitionDirectory name_of(int index, std::uint8_t id = 7) {
    Uuid topic;
    topic.bytes[0] = id;
    return {{"t", PartitionIndex(index)}, topic};
  }

  Result<> open() {
    WEIR_TRY_VAR(directory, LogDirectory::open(files_, "log", options("boot-1")));
    directory_ = std::move(directory);
    for (int i = 0; i < kPartitions; ++i) {
      WEIR_TRY_VAR(log, directory_->open_partition(name_of(i)));
      logs_.push_back(std::move(log));
    }
    return {};
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      note();
    }
  }

  // Lets go of everything, as a kill would.
  void shut() {
    logs_.clear();
    directory_.reset();
  }

  // Holds what is in `after`, where the first `operations` were done before a crash, to what was promised by then.
  void check(FileSystem& after, std::size_t operations, const std::string& boot) {
    auto directory = LogDirectory::open(after, "log", options(boot));
    ASSERT_TRUE(directory) << directory.error().to_string();
    for (int i = 0; i < kPartitions; ++i) {
      SCOPED_TRACE("partition " + std::to_string(i));
      auto log = (*directory)->open_partition(name_of(i));
      ASSERT_TRUE(log) << log.error().to_string();
      if ((*log)->finding()) {
        ASSERT_FALSE((*log)->finding()->is_damage) << (*log)->finding()->to_string();
      }
      check_partition(**log, history_of_[i], operations);
      auto appended = (*log)->append(make_batch("goes on"), (*directory)->leader_epoch(), Origin::client);
      ASSERT_TRUE(appended) << appended.error().to_string();
    }
  }

  int by_journal = 0;   // sets of partitions that were made durable
  int by_segments = 0;  // partitions, where the journal had no room
  int truncations = 0;
  int failures = 0;

 private:
  // What a partition promised from an operation on, until the next of these.
  struct Moment {
    std::size_t operations = 0;
    std::vector<std::string> durable;
  };
  struct PartitionHistory {
    std::vector<std::string> values;                    // of its records now, by offset
    std::map<std::size_t, std::set<std::string>> ever;  // by offset
    std::size_t durable = 0;
    std::vector<Moment> moments;
  };

  void step() {
    const auto what = dice_() % 24;
    if (what < 14) return append(pick());
    if (what < 20) return make_durable();
    if (what < 21) return sync(pick());
    if (what < 22) return truncate(pick());
    if (what < 23) return (void)write_checkpoint();
    for (int i = 0; i < kPartitions; ++i) sync(i);
  }

  int pick() { return static_cast<int>(dice_() % kPartitions); }

  void append(int index) {
    PartitionHistory& history = history_of_[index];
    std::string value = std::to_string(++last_value_) + std::string(dice_() % 60, '.');
    auto appended = logs_[index]->append(make_batch(value), directory_->leader_epoch(), Origin::client);
    // What failed may be there after a crash.
    history.ever[history.values.size()].insert(value);
    if (appended) {
      history.values.push_back(value);
    } else {
      ++failures;
    }
  }

  // As broker::make_durable does.
  void make_durable() {
    std::vector<std::pair<int, SyncPlan>> plans;
    std::vector<Journal::Piece> pieces;
    for (int i = 0; i < kPartitions; ++i) {
      if (dice_() % 3 == 0) continue;
      auto plan = logs_[i]->plan_sync();
      if (!plan || plan->empty()) continue;
      if (!plan->from) {
        sync(i);
        continue;
      }
      auto piece = read_for_journal(*plan, logs_[i]->directory_name());
      if (!piece) continue;
      pieces.push_back(*std::move(piece));
      plans.emplace_back(i, *std::move(plan));
    }
    if (pieces.empty()) return;
    auto written = directory_->journal()->write(pieces);
    by_journal += written && *written ? 1 : 0;
    for (auto& [index, plan] : plans) {
      if (!written) {
        ++failures;
        logs_[index]->sync_failed(written.error());
      } else if (*written) {
        logs_[index]->sync_done(plan, SyncedIn::journal);
        history_of_[index].durable = history_of_[index].values.size();
      } else {
        ++by_segments;
        sync(index);
      }
    }
  }

  void sync(int index) {
    auto plan = logs_[index]->plan_sync();
    if (!plan) return;
    auto done = perform(files_, *plan);
    if (done) {
      logs_[index]->sync_done(*plan);
      history_of_[index].durable = history_of_[index].values.size();
    } else {
      ++failures;
      logs_[index]->sync_failed(done.error());
    }
  }

  void truncate(int index) {
    PartitionHistory& history = history_of_[index];
    if (history.values.empty() || logs_[index]->stopped()) return;
    const std::size_t keep = history.values.size() - 1 - dice_() % std::min<std::size_t>(history.values.size(), 5);
    // From when it is asked for it may be done. The checkpoint is first to say no more than what will be left.
    history.durable = std::min(history.durable, keep);
    note();
    if (!write_checkpoint(index, Offset(static_cast<std::int64_t>(keep)))) return;
    if (!logs_[index]->truncate(Offset(static_cast<std::int64_t>(keep)))) {
      ++failures;
      logs_[index]->sync_failed({ErrorCode::io_error, "truncate"});
      return;
    }
    history.values.resize(keep);
    ++truncations;
  }

  // With no more than `most` of `lowered`, if that is a partition.
  bool write_checkpoint(int lowered = -1, Offset most = Offset(0)) {
    std::map<std::string, Checkpoint::Partition> positions;
    for (int i = 0; i < kPartitions; ++i) {
      Checkpoint::Partition at = logs_[i]->reached();
      if (i == lowered) at = {at.log_start, std::min(at.synced, most), std::min(at.written, most), at.cleaned_to};
      positions[logs_[i]->directory_name()] = at;
    }
    const auto written = directory_->write_checkpoint(positions);
    failures += written ? 0 : 1;
    return written.has_value();
  }

  void note() {
    for (auto& [index, history] : history_of_) {
      history.moments.push_back(
          {history_.operation_count(), {history.values.begin(), history.values.begin() + history.durable}});
    }
  }

  static void check_partition(PartitionLog& log, const PartitionHistory& history, std::size_t operations) {
    auto read = read_all(log);
    ASSERT_TRUE(read) << read.error().to_string();
    std::vector<std::string> durable;
    for (const auto& moment : history.moments) {
      if (moment.operations > operations) break;
      durable = moment.durable;
    }
    ASSERT_GE(read->size(), durable.size());
    for (std::size_t i = 0; i < read->size(); ++i) {
      const std::string& value = (*read)[i].value;
      ASSERT_EQ((*read)[i].offset, static_cast<std::int64_t>(i));
      if (i < durable.size()) {
        ASSERT_EQ(value, durable[i]) << "offset " << i;
      }
      auto ever = history.ever.find(i);
      ASSERT_TRUE(ever != history.ever.end() && ever->second.contains(value)) << "offset " << i << ": " << value;
    }
  }

  MemoryFileSystem& history_;
  FileSystem& files_;
  std::mt19937_64 dice_;
  std::unique_ptr<LogDirectory> directory_;
  std::vector<std::unique_ptr<PartitionLog>> logs_;
  std::map<int, PartitionHistory> history_of_;
  int last_value_ = 0;
};

}  // namespace weir::log::storage
