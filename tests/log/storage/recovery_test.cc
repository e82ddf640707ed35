// Recovery after kills, power cuts and damage; see recovery.h for what is promised.
#include "log/storage/recovery.h"

#include <random>

#include "sim/faulty_file.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

class RecoveryTest : public LogTest {
 protected:
  // Ten batches of one record, "v0" to "v9", each synced up to `synced`.
  void fill(int count = 10, int synced = 0) {
    ASSERT_TRUE(open(files_));
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(append(make_batch("v" + std::to_string(i))));
      if (i + 1 == synced) {
        ASSERT_TRUE(sync());
        ASSERT_TRUE(directory_->write_checkpoint(positions()));
      }
    }
  }

  std::string log_path() const { return "log/partitions/" + clicks().name() + "/00000000000000000000.log"; }

  void expect_values(std::size_t count) {
    auto read = read_all(*partition_);
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_EQ(read->size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ((*read)[i].value, "v" + std::to_string(i));
  }
};

TEST_F(RecoveryTest, segments_that_a_kill_left_unsynced_are_safe_once_what_follows_is_synced) {
  segment_bytes_ = 200;
  fill(5);
  auto killed = files_.crashed(CrashModel::kill());
  ASSERT_TRUE(open(*killed));
  ASSERT_TRUE(append(make_batch("v5")));
  ASSERT_TRUE(sync());
  auto cut = killed->crashed(CrashModel::power_cut());
  ASSERT_TRUE(open(*cut, "boot-2"));
  expect_values(6);
  shut();
}

TEST_F(RecoveryTest, a_batch_torn_at_any_byte_is_cut_and_the_rest_kept) {
  fill(3);
  OwnedBytes content = *read_file(files_, log_path());
  std::size_t two = content.size() / 3 * 2;
  for (std::size_t size = two; size < content.size(); ++size) {
    auto after = files_.crashed(CrashModel::kill());
    ASSERT_TRUE((*after->open(log_path(), OpenMode::read_write))->truncate(size));
    ASSERT_TRUE(open(*after));
    EXPECT_EQ(partition_->finding().has_value(), size != two);
    if (size != two) {
      EXPECT_FALSE(partition_->finding()->is_damage) << size;
      EXPECT_EQ(partition_->finding()->bytes, size - two);
    }
    expect_values(2);
    ASSERT_TRUE(append(make_batch("v2")));
    expect_values(3);
    shut();
  }
}

TEST_F(RecoveryTest, after_a_kill_any_flipped_bit_is_damage_that_is_kept_and_reported) {
  fill(4);
  OwnedBytes content = *read_file(files_, log_path());
  std::size_t batch = content.size() / 4;
  for (std::size_t bit = 0; bit < content.size() * 8; bit += 3) {
    std::size_t in_batch = bit / 8 % batch;
    bool epoch = in_batch >= 12 && in_batch < 16;  // outside the checksum, and any value is possible
    auto after = files_.crashed(CrashModel::kill());
    after->flip(log_path(), bit / 8, static_cast<char>(1 << bit % 8));
    ASSERT_TRUE(open(*after));
    if (epoch) {
      shut();
      continue;
    }
    // The length of the last batch alone can look like a torn write.
    bool last_length = bit / 8 >= 3 * batch && in_batch >= 8 && in_batch < 12;
    ASSERT_TRUE(partition_->finding()) << "bit " << bit;
    if (!last_length) {
      EXPECT_TRUE(partition_->finding()->is_damage) << "bit " << bit;
      EXPECT_EQ(read_file(*after, log_path())->size(), content.size());
      EXPECT_EQ(append(make_batch("x")).error().code, ErrorCode::storage_error);
    }
    EXPECT_EQ(partition_->end_offset(), Offset(static_cast<std::int64_t>(bit / 8 / batch)));
    expect_values(bit / 8 / batch);
    shut();
  }
}

TEST_F(RecoveryTest, a_reader_at_damage_is_told_the_file) {
  fill(4);
  auto after = files_.crashed(CrashModel::kill());
  after->flip(log_path(), read_file(files_, log_path())->size() / 2 + 40, 1);
  ASSERT_TRUE(open(*after));
  auto plan = partition_->plan_read(partition_->end_offset(), 100, ReadUpTo::end, AtLeastOne::yes);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(plan.error().detail.find(log_path()), std::string::npos);
  shut();
}

TEST_F(RecoveryTest, a_power_cut_keeps_what_was_synced_and_cuts_at_the_first_batch_that_does_not_check) {
  fill(10, 6);
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    auto after = files_.crashed(CrashModel::power_cut(seed));
    ASSERT_TRUE(open(*after, "boot-2"));
    auto count = static_cast<std::size_t>(partition_->end_offset().value());
    EXPECT_GE(count, 6u);
    if (partition_->finding()) {
      EXPECT_FALSE(partition_->finding()->is_damage);
      ++cut;
    }
    expect_values(count);
    ASSERT_TRUE(append(make_batch("v" + std::to_string(count))));
    expect_values(count + 1);
    shut();
  }
  EXPECT_GT(cut, 30);
}

TEST_F(RecoveryTest, after_a_power_cut_damage_below_the_recovery_point_is_kept) {
  fill(10, 6);
  OwnedBytes content = *read_file(files_, log_path());
  auto after = files_.crashed(CrashModel::power_cut());
  after->flip(log_path(), content.size() / 10 * 3 + 30, 4);
  // Below the recovery point batches are believed without a look: their reader finds out.
  ASSERT_TRUE(open(*after, "boot-2"));
  EXPECT_FALSE(read_all(*partition_));
  // A header that does not fit is seen at once.
  after->flip(log_path(), content.size() / 10 * 3 + 16, 4);
  ASSERT_TRUE(open(*after, "boot-2"));
  ASSERT_TRUE(partition_->finding());
  EXPECT_TRUE(partition_->finding()->is_damage);
  expect_values(3);
  shut();
}

TEST_F(RecoveryTest, a_lost_checkpoint_cuts_nothing_but_a_torn_end) {
  fill(10, 6);
  auto after = files_.crashed(CrashModel::kill());
  ASSERT_TRUE(after->remove("log/checkpoint"));
  after->flip(log_path(), read_file(files_, log_path())->size() - 3, 1);
  ASSERT_TRUE(open(*after, "boot-2"));
  ASSERT_TRUE(partition_->finding());
  EXPECT_TRUE(partition_->finding()->is_damage);
  expect_values(9);
  shut();
}

TEST_F(RecoveryTest, damaged_derived_files_are_made_anew) {
  segment_bytes_ = 300;
  ASSERT_TRUE(open(files_));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(append(make_batch("v" + std::to_string(i))));
  ASSERT_TRUE(close());
  for (const char* suffix : {".index", ".state"}) {
    auto after = files_.crashed(CrashModel::kill());
    auto names = after->list("log/partitions/" + clicks().name()).value();
    for (const auto& name : names) {
      if (name.ends_with(suffix)) after->flip("log/partitions/" + clicks().name() + "/" + name, 20, 1);
    }
    ASSERT_TRUE(open(*after));
    EXPECT_FALSE(partition_->finding());
    expect_values(30);
    for (std::int64_t t : {1'000, 1'001}) EXPECT_TRUE(partition_->find_timestamp(t - 1, partition_->end_offset()));
    shut();
  }
}

// Every state that a kill can leave over a history with rolls, transactions and checkpoints, and hundreds that a power
// cut can: what was acknowledged is there in order, the synced part always, and the state follows from the records.
TEST_F(RecoveryTest, every_crash_leaves_a_prefix_that_holds_what_was_synced) {
  segment_bytes_ = 400;
  ASSERT_TRUE(open(files_));
  struct Moment {
    std::size_t operations;
    std::size_t acknowledged;
    std::size_t synced;
  };
  std::vector<Moment> moments;
  std::mt19937_64 dice(4);
  std::int32_t sequence = 0;
  std::size_t synced = 0;
  std::vector<std::string> values;
  for (int step = 0; step < 60; ++step) {
    if (dice() % 5 == 0) {
      ASSERT_TRUE(sync());
      synced = values.size();
      if (dice() % 2 == 0) {
        ASSERT_TRUE(directory_->write_checkpoint(positions()));
      }
    } else {
      values.push_back("value " + std::to_string(values.size()) + std::string(dice() % 60, '.'));
      ASSERT_TRUE(append(make_batch(from_producer(1, 0, sequence++, {values.back()}))));
    }
    moments.push_back({files_.operation_count(), values.size(), synced});
  }
  auto check = [&](FileSystem& after, const std::string& boot, std::size_t least) {
    auto opened = open(after, boot);
    ASSERT_TRUE(opened) << opened.error().to_string();
    if (partition_->finding()) {
      ASSERT_FALSE(partition_->finding()->is_damage) << partition_->finding()->to_string();
    }
    auto read = read_all(*partition_);
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_GE(read->size(), least);
    for (std::size_t i = 0; i < read->size(); ++i) ASSERT_EQ((*read)[i].value, values[i]);
    // The sequence goes on where the log ends, so the producer's state is that of the records.
    auto next = append(make_batch(from_producer(1, 0, static_cast<std::int32_t>(read->size()), {"next"})));
    ASSERT_TRUE(next) << next.error().to_string();
    ASSERT_EQ(next->base_offset.value(), static_cast<std::int64_t>(read->size()));
    shut();
  };
  std::size_t moment = 0;
  for (std::size_t operations = moments.front().operations; operations <= files_.operation_count(); ++operations) {
    while (moment + 1 < moments.size() && moments[moment + 1].operations <= operations) ++moment;
    SCOPED_TRACE(testing::Message() << operations << " operations");
    check(*files_.crashed_after(operations, CrashModel::kill()), "boot-1", moments[moment].acknowledged);
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed);
      check(*files_.crashed_after(operations, CrashModel::power_cut(seed)), "boot-2", moments[moment].synced);
    }
    check(*files_.crashed_after(operations, CrashModel::power_cut()), "boot-2", moments[moment].synced);
    if (HasFatalFailure()) return;
  }
}

// Each operation of a history fails once, in each way: nothing that was acknowledged is lost, a full disk only delays.
TEST_F(RecoveryTest, each_failing_operation_loses_nothing_that_was_acknowledged) {
  segment_bytes_ = 300;
  for (ErrorCode code : {ErrorCode::no_space, ErrorCode::io_error}) {
    for (std::size_t at = 0; at < 400; ++at) {
      SCOPED_TRACE(testing::Message() << name_of(code) << " at operation " << at);
      MemoryFileSystem real;
      FaultyFileSystem faulty(real);
      ASSERT_TRUE(open(faulty));
      faulty.inject({.at = at, .code = code, .on = Fault::On::any, .lasts = false, .write_bytes = at % 50});
      std::vector<std::string> acknowledged;
      int failures = 0;
      for (int i = 0; i < 12; ++i) {
        std::string value = "value " + std::to_string(i);
        auto appended = append(make_batch(value));
        if (appended) {
          acknowledged.push_back(value);
          ASSERT_EQ(appended->base_offset.value(), static_cast<std::int64_t>(acknowledged.size()) - 1);
        } else {
          ++failures;
          ASSERT_TRUE(appended.error().code == ErrorCode::no_space ||
                      appended.error().code == ErrorCode::storage_error);
        }
        if (i % 4 == 3) {
          auto plan = partition_->plan_sync();
          if (plan) {
            auto done = perform(faulty, *plan);
            if (done) partition_->sync_done(*plan);
            if (!done) partition_->sync_failed(done.error());
          }
        }
      }
      if (code == ErrorCode::no_space && !partition_->stopped()) {
        EXPECT_LE(failures, 1);
      }
      bool fired = faulty.has_fired();
      faulty.heal();
      std::vector<std::string> read_values;
      auto read = read_all(*partition_);
      ASSERT_TRUE(read) << read.error().to_string();
      for (const auto& record : *read) read_values.push_back(record.value);
      ASSERT_EQ(read_values, acknowledged);
      shut();
      ASSERT_TRUE(open(faulty));
      read = read_all(*partition_);
      ASSERT_TRUE(read) << read.error().to_string();
      ASSERT_EQ(read->size(), acknowledged.size());
      shut();
      if (!fired) break;
    }
  }
}

TEST_F(RecoveryTest, a_full_disk_delays_appends_until_there_is_room) {
  FaultyFileSystem faulty(files_);
  ASSERT_TRUE(open(faulty));
  ASSERT_TRUE(append(make_batch("v0")));
  faulty.inject({.at = 0, .code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true, .write_bytes = 30});
  EXPECT_EQ(append(make_batch("v1")).error().code, ErrorCode::no_space);
  expect_values(1);
  faulty.heal();
  ASSERT_TRUE(append(make_batch("v1")));
  expect_values(2);
  ASSERT_TRUE(open(faulty));
  expect_values(2);
  EXPECT_FALSE(partition_->finding());
  shut();
}

TEST_F(RecoveryTest, a_failed_sync_stops_the_partition_for_good) {
  FaultyFileSystem faulty(files_);
  ASSERT_TRUE(open(faulty));
  ASSERT_TRUE(append(make_batch("v0")));
  faulty.inject({.at = 0, .on = Fault::On::syncs});
  auto plan = *partition_->plan_sync();
  auto failed = perform(faulty, plan);
  ASSERT_FALSE(failed);
  partition_->sync_failed(failed.error());
  EXPECT_EQ(append(make_batch("v1")).error().code, ErrorCode::storage_error);
  EXPECT_FALSE(partition_->plan_sync());
  expect_values(1);
  shut();
}

TEST_F(RecoveryTest, a_directory_is_opened_once_at_a_time) {
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(LogDirectory::open(files_, "log", {}).error().code, ErrorCode::locked);
  LogDirectory::Options reading;
  reading.read_only = true;
  EXPECT_TRUE(LogDirectory::open(files_, "log", reading));
}

}  // namespace
}  // namespace weir::log::storage
