// Compaction against a plain model: random histories with transactions and crashes; see compaction.h for the rules.
#include "log/storage/compaction.h"

#include "tests/log/storage/compaction_world.h"

namespace weir::log::storage {
namespace {

// What a compaction has superseded is gone: each file of the log ends where the next begins.
void expect_one_segment_for_each_offset(FileSystem& files) {
  const std::string directory = "log/partitions/" + clicks().name();
  std::optional<Offset> next;
  const auto names = files.list(directory).value();
  for (const auto& name : names) {
    auto base = offset_in_name(name, kLogSuffix);
    if (!base) continue;
    if (next) {
      EXPECT_EQ(*base, *next) << name;
    }
    next = *base;
    for (SharedBytes rest = SharedBytes::copy_of(*read_file(files, directory + "/" + name)); !rest.empty();) {
      auto header = BatchHeader::parse(rest.view());
      ASSERT_TRUE(header) << name;
      next = header->next_offset();
      rest = rest.slice(header->size_bytes());
    }
  }
}

class CompactionTest : public CompactionWorld {
 protected:
  void step() {
    now_ms_ += static_cast<std::int64_t>(dice_() % 60);
    const auto id = static_cast<std::int64_t>(dice_() % 3 + 1);
    switch (dice_() % 8) {
      case 0:
      case 1:
        return write_plain();
      case 2:
        return write_as(kIdempotent, false);
      case 3:
      case 4:
        return write_as(id, true);
      case 5:
        return end_transaction(id);
      case 6: {
        auto done = compact_once(dice_() % 3 == 0 ? 200 : 1'000'000);
        ASSERT_TRUE(done) << done.error().to_string();
        compactions_ += *done ? 1 : 0;
        return;
      }
      default:
        return check();
    }
  }

  // Writes until `count` segments are closed.
  void fill(std::size_t count) {
    while (partition_->segment_count() <= count && !HasFatalFailure()) write_plain();
  }

  void crash_at_each_operation_of_a_compaction() {
    ASSERT_TRUE(close());
    ASSERT_TRUE(open(*files_));
    partition_->set_high_watermark(partition_->end_offset());
    write_plain();
    ASSERT_TRUE(sync());
    ASSERT_TRUE(directory_->write_checkpoint(positions()));
    const std::size_t before = files_->operation_count();
    now_ms_ += 2 * kDeleteRetentionMs;
    ASSERT_TRUE(compact_once().value());
    const std::size_t after = files_->operation_count();
    ASSERT_GT(after, before + 10);
    for (std::size_t at = before; at <= after; ++at) {
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        SCOPED_TRACE("operation " + std::to_string(at) + ", " + std::to_string(seed));
        const bool is_kill = seed == 0;
        auto crashed = files_->crashed_after(at, is_kill ? CrashModel::kill() : CrashModel::power_cut(seed));
        ASSERT_TRUE(open(*crashed, is_kill ? "boot-1" : "boot-2"));
        ASSERT_FALSE(partition_->finding()) << partition_->finding()->to_string();
        partition_->set_high_watermark(partition_->end_offset());
        expect_one_segment_for_each_offset(*crashed);
        check();
        ASSERT_TRUE(compact_once());
        check();
        shut();
        if (HasFailure()) return;
      }
    }
  }

  int compactions_ = 0;
};

Task<Result<>> ended(Result<> outcome) {
  co_return outcome;
}
Task<Result<>> never() {
  co_await std::suspend_always();
  co_return Result<>{};
}

TEST_F(CompactionTest, random_histories_show_the_latest_of_each_key_and_nothing_else) {
  const std::uint64_t histories = std::getenv("WEIR_SOAK") != nullptr ? 5'000 : 250;
  for (std::uint64_t seed = 0; seed < histories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    begin(seed);
    for (int i = 0; i < 150 && !HasFailure(); ++i) step();
    check();
    check_state_is_told_by_the_files();
    check();
    if (HasFailure()) return;
  }
  EXPECT_GT(compactions_, static_cast<int>(histories));
}

TEST_F(CompactionTest, a_reader_that_goes_on_while_compactions_run_ends_with_the_latest_of_each_key) {
  for (std::uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    begin(seed);
    Offset position(0);
    std::map<std::string, std::optional<std::string>> table;
    std::int64_t began_ms = now_ms_;
    for (int i = 0; i < 120 && !HasFailure(); ++i) {
      step();
      if (now_ms_ - began_ms > kDeleteRetentionMs) {  // slower than tombstones are kept: it has to begin anew
        position = Offset(0);
        table.clear();
        began_ms = now_ms_;
      }
      if (position >= partition_->last_stable_offset()) continue;
      auto some = fetch(position, 150);
      ASSERT_TRUE(some) << some.error().to_string();
      for (const auto& record : *some) {
        if (record.key) table[*record.key] = record.value;
      }
    }
    while (position < partition_->last_stable_offset()) {
      auto some = fetch(position, 150);
      ASSERT_TRUE(some) << some.error().to_string();
      for (const auto& record : *some) {
        if (record.key) table[*record.key] = record.value;
      }
    }
    std::map<std::string, std::optional<std::string>> expected;
    for (const auto& record : written_) {
      const bool is_stable = record.offset < partition_->last_stable_offset().value();
      if (is_stable && record.key && record.state == Written::State::committed) expected[*record.key] = record.value;
    }
    std::erase_if(table, [](const auto& entry) { return !entry.second; });
    std::erase_if(expected, [](const auto& entry) { return !entry.second; });
    EXPECT_EQ(table, expected);
  }
}

TEST_F(CompactionTest, a_crash_at_any_operation_of_a_compaction_loses_and_changes_nothing) {
  begin(7);
  while (partition_->segment_count() < 6 && !HasFatalFailure()) step();
  crash_at_each_operation_of_a_compaction();
}

TEST_F(CompactionTest, nor_does_one_where_snapshots_tell_of_what_lies_behind) {
  begin(8);
  fill(6);
  write_as(200, true);  // nothing is compacted from here on
  fill(10);
  crash_at_each_operation_of_a_compaction();
}

TEST_F(CompactionTest, a_reader_beside_the_writer_goes_on_when_files_are_replaced) {
  begin(11);
  fill(8);
  LogDirectory::Options reading;
  reading.read_only = true;
  reading.max_open_files = 1;  // each file is opened again and again
  auto directory = LogDirectory::open(*files_, "log", reading).value();
  auto reader = directory->open_partition(clicks()).value();
  const auto before = read_all(*reader).value();
  EXPECT_EQ(before.size(), written_.size());
  ASSERT_TRUE(compact_once().value());
  fill(partition_->segment_count() + 1);
  auto after = read_all(*reader);  // as far as it knew
  ASSERT_TRUE(after) << after.error().to_string();
  EXPECT_LT(after->size(), before.size());
  ASSERT_TRUE(reader->refresh());
  reader->set_high_watermark(reader->end_offset());
  EXPECT_EQ(*read_all(*reader), *read_all(*partition_));
}

TEST_F(CompactionTest, small_segments_become_one) {
  begin(1);
  fill(12);
  const std::size_t before = partition_->segment_count();
  ASSERT_TRUE(compact_once().value());
  EXPECT_LT(partition_->segment_count(), before / 2);
  check();
}

TEST_F(CompactionTest, a_batch_that_does_not_check_stops_the_compaction_and_leaves_the_log_as_it_is) {
  begin(3);
  fill(4);
  const std::string path = "log/partitions/" + clicks().name() + "/" + file_name(Offset(0), kLogSuffix);
  files_->flip(path, 70, 1);
  const auto before = *read_file(*files_, path);
  auto done = compact_once();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(done.error().detail.find(path), std::string::npos);
  EXPECT_EQ(*read_file(*files_, path), before);
  const auto names = files_->list("log/partitions/" + clicks().name()).value();
  for (const auto& name : names) EXPECT_FALSE(offset_in_name(name, kCompactedSuffix)) << name;
}

TEST_F(CompactionTest, what_is_deleted_meanwhile_makes_a_compaction_give_up) {
  begin(4);
  fill(5);
  auto plan = partition_->plan_compaction(partition_->cleanable(policy(), now_ms_).value()).value();
  CompactionRun run;
  run.rules = {now_ms_, kDeleteRetentionMs};
  auto compacted = Loop().run(compact(*files_, plan, run)).value();
  partition_->delete_before(plan.segments[1].next);
  ASSERT_TRUE(partition_->remove_dead_segments());
  EXPECT_EQ(partition_->adopt(plan, std::move(compacted)).error().code, ErrorCode::would_block);
  EXPECT_TRUE(read_committed());
}

TEST_F(CompactionTest, it_can_be_ended_and_leaves_nothing_behind) {
  begin(5);
  fill(5);
  auto plan = partition_->plan_compaction(partition_->cleanable(policy(), now_ms_).value()).value();
  const auto names = files_->list(plan.directory).value();
  CompactionRun run;
  run.pace = {100, [left = 20]() mutable {
                return ended(--left > 0 ? Result<>{} : fail(ErrorCode::closed, "enough"));
              }};
  EXPECT_EQ(Loop().run(compact(*files_, plan, run)).error().code, ErrorCode::closed);
  EXPECT_EQ(files_->list(plan.directory).value(), names);
}

// A task that is destroyed between two steps.
TEST_F(CompactionTest, it_can_be_dropped_in_any_step_and_leaves_nothing_behind) {
  begin(6);
  fill(5);
  auto plan = partition_->plan_compaction(partition_->cleanable(policy(), now_ms_).value()).value();
  const auto names = files_->list(plan.directory).value();
  int steps = 0;
  CompactionRun run;
  run.pace = {100, [&steps] {
                return ended((++steps, Result<>{}));
              }};
  discard(*files_, Loop().run(compact(*files_, plan, run)).value());
  ASSERT_GT(steps, 10);
  for (int last = 1; last <= steps; ++last) {
    run.pace.rest = [left = last]() mutable {
      return --left > 0 ? ended({}) : never();
    };
    auto dropped = std::make_optional(compact(*files_, plan, run));
    EXPECT_FALSE(dropped->start());
    dropped.reset();
    EXPECT_EQ(files_->list(plan.directory).value(), names) << "step " << last;
  }
}

}  // namespace
}  // namespace weir::log::storage
