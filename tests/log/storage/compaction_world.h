// A compacted partition beside a plain model of what was written to it: for histories of producers, transactions and
// compactions. What is read must be what the model says a compacted log may and must show.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "log/base/executor.h"
#include "log/storage/aborted_transactions.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {

struct Written {
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;
  std::int64_t producer = -1;
  enum class State { committed, open, aborted } state = State::committed;
  std::int64_t written_ms = 0;
};

class CompactionWorld : public LogTest {
 protected:
  static constexpr std::int64_t kDeleteRetentionMs = 1'000;
  static constexpr int kKeys = 6;
  static constexpr std::int64_t kIdempotent = 100;

  void TearDown() override { shut(); }  // before the files go

  // A new log and an empty model.
  void begin(std::uint64_t seed) {
    shut();
    files_ = std::make_unique<MemoryFileSystem>();
    now_ms_ = 10'000;
    written_.clear();
    sequences_.clear();
    open_.clear();
    touched_to_ = 0;
    dice_.seed(seed);
    segment_bytes_ = 300 + dice_() % 500;
    ASSERT_TRUE(open(*files_));
  }

  CompactionPolicy policy() const { return {0, 0, INT64_MAX, kDeleteRetentionMs}; }

  // --- writing ---

  RecordBatch random_batch(BatchOptions options, std::int64_t producer) {
    BatchBuilder builder(256);
    std::int64_t offset = partition_->end_offset().value();
    for (std::size_t count = dice_() % 4 + 1; count > 0; --count) {
      Written record;
      record.offset = offset++;
      if (dice_() % 12 != 0) record.key = "key-" + std::to_string(dice_() % kKeys);
      if (dice_() % 5 != 0) record.value = "value of " + std::to_string(record.offset);
      record.timestamp_ms = now_ms_ - static_cast<std::int64_t>(dice_() % 50);
      record.producer = producer;
      record.state = options.is_transactional ? Written::State::open : Written::State::committed;
      record.written_ms = now_ms_;
      HeaderView header{"header", "h"};
      builder.add(record.timestamp_ms, record.key, record.value, {&header, dice_() % 3 == 0 ? 1u : 0u});
      pending_.push_back(record);
    }
    options.compression = static_cast<Compression>(dice_() % 5);
    return *builder.seal(options);
  }

  void append_random(BatchOptions options, std::int64_t producer) {
    pending_.clear();
    auto batch = random_batch(options, producer);
    auto appended = append(foreign(batch));  // so that nothing is read from memory
    ASSERT_TRUE(appended) << appended.error().to_string();
    written_.insert(written_.end(), pending_.begin(), pending_.end());
    partition_->set_high_watermark(partition_->end_offset());
  }

  void write_plain() { append_random({}, -1); }

  void write_as(std::int64_t id, bool is_transactional) {
    BatchOptions options;
    options.producer_id = ProducerId(id);
    options.producer_epoch = ProducerEpoch(0);
    options.base_sequence = Sequence(sequences_[id]);
    options.is_transactional = is_transactional;
    append_random(options, id);
    sequences_[id] += static_cast<std::int32_t>(pending_.size());
    if (is_transactional) open_.insert(id);
  }

  void end_transaction(std::int64_t id) {
    if (open_.erase(id) == 0) return;
    const bool commits = dice_() % 2 == 0;
    ASSERT_TRUE(append_marker(marker(commits ? EndMarkerType::commit : EndMarkerType::abort, id, 0)));
    for (auto& record : written_) {
      if (record.producer != id || record.state != Written::State::open) continue;
      record.state = commits ? Written::State::committed : Written::State::aborted;
    }
  }

  // --- compacting ---

  Result<bool> compact_once(std::size_t key_memory = 1'000'000) {
    WEIR_TRY_VAR(found, partition_->cleanable(policy(), now_ms_));
    if (!found.is_due) return false;
    WEIR_TRY_VAR(plan, partition_->plan_compaction(found));
    touched_to_ = std::max(touched_to_, plan.segments.back().next.value());
    CompactionRun run;
    run.key_memory = key_memory;
    run.rules = {now_ms_, kDeleteRetentionMs};
    WEIR_TRY_VAR(compacted, Loop().run(compact(directory_->files(), plan, run)));
    partition_->begin_replacing();
    WEIR_TRY(make_way(directory_->files(), plan, compacted));
    WEIR_TRY(partition_->adopt(plan, std::move(compacted)));
    WEIR_TRY(directory_->files().sync_directory(partition_->directory()));
    const Superseded superseded = partition_->superseded();
    WEIR_TRY(remove(directory_->files(), superseded));
    partition_->removed(superseded);
    return true;
  }

  // --- reading ---

  struct Read {
    std::int64_t offset;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::int64_t timestamp_ms;
  };

  // The committed records of one fetch from `from`; `from` moves on.
  Result<std::vector<Read>> fetch(Offset& from, std::size_t max_bytes) {
    WEIR_TRY_VAR(plan, partition_->plan_read(from, max_bytes, ReadUpTo::last_stable_offset, AtLeastOne::yes));
    const AbortedTransactions aborted(partition_->aborted_between(from, plan.upper));
    WEIR_TRY_VAR(records, perform(plan));
    std::vector<Read> all;
    for (SharedBytes rest : records.parts) {
      while (!rest.empty()) {
        WEIR_TRY_VAR(batch, RecordBatch::parse(rest, records.trust));
        rest = rest.slice(batch.bytes.size());
        BatchReader reader;
        WEIR_TRY(reader.open(batch));
        RecordView views[16];
        for (;;) {
          WEIR_TRY_VAR(count, reader.fill(views));
          if (count == 0) break;
          if (batch.header.is_control() || aborted.contain(batch.header)) continue;
          for (std::size_t i = 0; i < count; ++i) {
            if (views[i].offset < from) continue;
            Read read{views[i].offset.value(), {}, {}, views[i].timestamp_ms};
            if (views[i].key) read.key.emplace(*views[i].key);
            if (views[i].value) read.value.emplace(*views[i].value);
            all.push_back(std::move(read));
          }
        }
        from = batch.header.next_offset();
      }
    }
    return all;
  }

  Result<std::vector<Read>> read_committed() {
    std::vector<Read> all;
    for (Offset from = partition_->log_start(); from < partition_->last_stable_offset();) {
      Offset before = from;
      WEIR_TRY_VAR(some, fetch(from, 100 + dice_() % 400));
      all.insert(all.end(), some.begin(), some.end());
      if (from == before)
        return fail(ErrorCode::unknown_server_error, "no progress at " + std::to_string(from.value()));
    }
    return all;
  }

  // Everything that must hold of what is read now.
  void check() {
    auto read = read_committed();
    ASSERT_TRUE(read) << read.error().to_string();
    const std::int64_t stable = partition_->last_stable_offset().value();
    const std::int64_t cleaned = partition_->cleaned_to().value();
    std::map<std::int64_t, const Written*> by_offset;
    std::map<std::string, const Written*> latest;
    for (const auto& record : written_) {
      by_offset[record.offset] = &record;
      if (record.offset < stable && record.key && record.state == Written::State::committed)
        latest[*record.key] = &record;
    }
    std::int64_t last = -1;
    std::set<std::int64_t> seen;
    std::map<std::string, std::int64_t> clean_keys;
    for (const auto& record : *read) {
      ASSERT_GT(record.offset, last);
      last = record.offset;
      seen.insert(record.offset);
      ASSERT_TRUE(by_offset.contains(record.offset)) << "a record at " << record.offset << " that nobody wrote";
      const Written& was = *by_offset.at(record.offset);
      EXPECT_EQ(was.state, Written::State::committed) << record.offset;
      EXPECT_EQ(was.key, record.key) << record.offset;
      EXPECT_EQ(was.value, record.value) << record.offset;
      EXPECT_EQ(was.timestamp_ms, record.timestamp_ms) << record.offset;
      if (record.offset < cleaned) {
        ASSERT_TRUE(record.key) << record.offset << " has no key and was to go";
        EXPECT_TRUE(clean_keys.emplace(*record.key, record.offset).second) << *record.key << " twice below " << cleaned;
      }
    }
    for (const auto& [key, record] : latest) {
      const bool may_be_gone = !record->value && now_ms_ >= record->written_ms + kDeleteRetentionMs;
      EXPECT_TRUE(seen.contains(record->offset) || may_be_gone) << key << " of offset " << record->offset << " is lost";
    }
    for (const auto& record : written_) {
      if (record.offset < touched_to_ || record.offset >= stable || record.state != Written::State::committed) continue;
      EXPECT_TRUE(seen.contains(record.offset)) << record.offset << " was not to be touched";
    }
  }

  // What recovery makes of the files alone, without what a snapshot remembers.
  void check_state_is_told_by_the_files() {
    auto names = files_->list("log/partitions/" + clicks().name());
    ASSERT_TRUE(names);
    for (const auto& name : *names) {
      if (offset_in_name(name, kStateSuffix)) {
        ASSERT_TRUE(files_->remove("log/partitions/" + clicks().name() + "/" + name));
      }
    }
    ASSERT_TRUE(open(*files_));
    ASSERT_FALSE(partition_->finding()) << partition_->finding()->to_string();
    partition_->set_high_watermark(partition_->end_offset());
    std::set<std::int64_t> open;
    for (const auto& [id, epoch] : partition_->producers().open_transactions()) open.insert(id.value());
    EXPECT_EQ(open, open_);
    if (sequences_[kIdempotent] > 0) {
      auto gap = append(make_batch(from_producer(kIdempotent, 0, sequences_[kIdempotent] + 1, {"gap"})));
      EXPECT_EQ(gap.error().code, ErrorCode::out_of_order_sequence_number);
    }
  }

  std::unique_ptr<MemoryFileSystem> files_ = std::make_unique<MemoryFileSystem>();  // not the fixture's own
  std::mt19937_64 dice_;
  std::int64_t now_ms_ = 10'000;
  std::vector<Written> written_;
  std::vector<Written> pending_;  // of the batch being appended
  std::map<std::int64_t, std::int32_t> sequences_;
  std::set<std::int64_t> open_;  // producers with a transaction
  std::int64_t touched_to_ = 0;  // what lies behind was in no compaction yet
};

}  // namespace weir::log::storage
