// The journal alone, and its replay; under whole histories: journal_crash_test.cc.
#include "log/storage/journal.h"

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "log/storage/format.h"
#include "log/storage/journal_replay.h"
#include "sim/faulty_file.h"
#include "sim/memory_file.h"

namespace weir::log::storage {
namespace {

constexpr std::size_t kFileBytes = 16 * 1024;

std::string partition(int index) {
  return PartitionDirectory{{"t", PartitionIndex(index)}, {}}.name();
}
std::string directory_of(int index) {
  return "data/partitions/" + partition(index);
}
std::string segment(int index) {
  return directory_of(index) + "/" + file_name(Offset(0), kLogSuffix);
}

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(memory_.create_directories(directory_of(i)));
    for (const char* parent : {".", "data", "data/partitions"}) ASSERT_TRUE(memory_.sync_directory(parent));
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(memory_.open(segment(i), OpenMode::create));
      ASSERT_TRUE(memory_.sync_directory(directory_of(i)));
    }
    begin();
  }

  void begin() { journal_ = std::make_unique<Journal>(files_, "data/journal", Journal::Options{kFileBytes, 2}); }

  // One piece; what it says of the partition's end is its position's.
  Result<bool> write(int index, std::uint64_t position, std::string bytes) {
    const auto end = Offset(static_cast<std::int64_t>(position + bytes.size()));
    const Journal::Piece piece{partition(index), Offset(0), position, std::move(bytes), end};
    return journal_->write({&piece, 1});
  }

  // What a segment holds once the journal was replayed over what a power cut left of everything.
  std::string replayed_segment(int index) {
    auto after = memory_.crashed(CrashModel::power_cut());
    auto replayed = replay_journal(*after, "data/journal", "data/partitions");
    EXPECT_TRUE(replayed) << replayed.error().to_string();
    auto again = after->crashed(CrashModel::power_cut());
    EXPECT_FALSE(*again->exists("data/journal"));
    auto content = read_file(*again, segment(index));
    return content ? *content : "not there";
  }

  MemoryFileSystem memory_;
  FaultyFileSystem files_{memory_};
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalTest, what_was_written_is_in_the_segments_after_a_power_cut) {
  EXPECT_TRUE(*write(0, 0, "ab"));
  EXPECT_TRUE(*write(1, 0, "xyz"));
  EXPECT_TRUE(*write(0, 2, "cd"));
  EXPECT_EQ(replayed_segment(0), "abcd");
  EXPECT_EQ(replayed_segment(1), "xyz");
  EXPECT_EQ(replayed_segment(2), "");
}

TEST_F(JournalTest, nothing_is_made_before_something_is_written) {
  EXPECT_FALSE(*memory_.exists("data/journal"));
  EXPECT_TRUE(journal_->forget(partition(0)));
  EXPECT_TRUE(journal_->close());
  EXPECT_FALSE(*memory_.exists("data/journal"));
}

TEST_F(JournalTest, its_files_have_their_full_size_before_a_record_is_written) {
  EXPECT_TRUE(*write(0, 0, "a"));
  EXPECT_EQ(memory_.open("data/journal/0", OpenMode::read).value()->size().value(), kFileBytes);
  EXPECT_TRUE(*write(0, 1, "b"));
  EXPECT_EQ(memory_.open("data/journal/0", OpenMode::read).value()->size().value(), kFileBytes);
}

TEST_F(JournalTest, replaying_again_after_being_interrupted_anywhere_gives_the_same) {
  EXPECT_TRUE(*write(0, 0, "ab"));
  EXPECT_TRUE(*write(1, 0, "xyz"));
  auto cut = memory_.crashed(CrashModel::power_cut());
  ASSERT_TRUE(replay_journal(*cut, "data/journal", "data/partitions"));
  for (std::size_t at = 0; at <= cut->operation_count(); ++at) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto again = cut->crashed_after(at, CrashModel::power_cut(seed));
      ASSERT_TRUE(replay_journal(*again, "data/journal", "data/partitions"));
      EXPECT_EQ(*read_file(*again, segment(0)), "ab") << at;
      EXPECT_EQ(*read_file(*again, segment(1)), "xyz") << at;
    }
  }
}

TEST_F(JournalTest, a_full_ring_takes_nothing_until_the_oldest_file_is_settled) {
  int full_files = 0;
  journal_->on_full_file([&] { ++full_files; });
  std::uint64_t position = 0;
  auto fill = [&] {
    int count = 0;
    for (; *write(0, position, std::string(1'000, 'a')); ++count) position += 1'000;
    return count;
  };
  const int both = fill();
  EXPECT_GT(both, 16);
  EXPECT_EQ(full_files, 1);
  EXPECT_EQ(fill(), 0);
  journal_->settled(partition(0), Offset(static_cast<std::int64_t>(position)) - 1);
  EXPECT_EQ(fill(), both / 2) << "the first file is free, the second is not";
  EXPECT_EQ(fill(), 0);
  journal_->settled(partition(0), Offset(static_cast<std::int64_t>(position)));
  EXPECT_EQ(fill(), both);
  EXPECT_EQ(memory_.list("data/journal")->size(), 2u);
}

TEST_F(JournalTest, a_file_that_is_used_again_gives_back_nothing_of_its_earlier_use) {
  ASSERT_TRUE(*write(1, 0, "old"));
  for (std::uint64_t at = 0; at < 40'000; at += 1'000) {
    ASSERT_TRUE(*write(0, at, std::string(1'000, 'a')));
    journal_->settled(partition(0), Offset(1'000'000));
    journal_->settled(partition(1), Offset(1'000'000));
  }
  EXPECT_EQ(replayed_segment(1), "");
}

TEST_F(JournalTest, a_partition_that_was_removed_keeps_no_file_from_being_used_again) {
  while (*write(0, 0, std::string(1'000, 'a'))) continue;
  journal_->removed(partition(0));
  EXPECT_TRUE(*write(1, 0, "x"));
}

TEST_F(JournalTest, what_was_forgotten_is_not_written_into_segments_and_what_came_later_is) {
  ASSERT_TRUE(*write(0, 0, "old"));
  ASSERT_TRUE(*write(1, 0, "kept"));
  EXPECT_TRUE(journal_->may_name(partition(0)));
  ASSERT_TRUE(journal_->forget(partition(0)));
  EXPECT_EQ(replayed_segment(0), "");
  EXPECT_EQ(replayed_segment(1), "kept");
  ASSERT_TRUE(*write(0, 0, "new"));
  EXPECT_EQ(replayed_segment(0), "new");
}

TEST_F(JournalTest, a_full_journal_still_has_room_to_forget) {
  while (*write(0, 0, std::string(1'000, 'a'))) continue;
  EXPECT_TRUE(journal_->forget(partition(0)));
  EXPECT_EQ(replayed_segment(0), "");
}

TEST_F(JournalTest, a_segment_that_is_gone_stays_gone_and_a_hole_is_not_made) {
  ASSERT_TRUE(*write(0, 0, "gone"));
  ASSERT_TRUE(*write(1, 100, "beyond"));
  ASSERT_TRUE(memory_.remove(segment(0)));
  ASSERT_TRUE(memory_.sync_directory(directory_of(0)));
  EXPECT_EQ(replayed_segment(0), "not there");
  EXPECT_EQ(replayed_segment(1), "");
}

TEST_F(JournalTest, a_sync_that_fails_is_an_error_once_and_nothing_is_written_afterwards) {
  ASSERT_TRUE(*write(0, 0, "before"));
  files_.inject({.at = 0, .on = Fault::On::syncs});
  EXPECT_EQ(write(1, 0, "lost").error().code, ErrorCode::io_error);
  EXPECT_FALSE(*write(2, 0, "after"));
  EXPECT_FALSE(journal_->forget(partition(0)));
  EXPECT_EQ(replayed_segment(0), "before");
  ASSERT_TRUE(journal_->close());
  EXPECT_TRUE(*memory_.exists("data/journal")) << "it holds what no segment does";
}

TEST_F(JournalTest, what_a_failed_write_may_have_left_is_not_said_to_be_forgotten) {
  ASSERT_TRUE(*write(1, 0, "x"));
  files_.inject({.at = 0, .on = Fault::On::writes, .write_bytes = 1'000'000});
  EXPECT_FALSE(*write(0, 0, "written whole, and yet an error"));
  EXPECT_TRUE(journal_->may_name(partition(0)));
  EXPECT_FALSE(journal_->forget(partition(0))) << "a compaction has to wait for the next start";
}

TEST_F(JournalTest, a_disk_without_room_for_a_journal_gets_none_and_keeps_its_room) {
  // The directory, the file, its length; then the first zeros.
  files_.inject({.at = 3, .code = ErrorCode::no_space, .on = Fault::On::writes, .write_bytes = 1'000});
  EXPECT_FALSE(*write(0, 0, "a"));
  ASSERT_TRUE(files_.has_fired());
  EXPECT_TRUE(memory_.list("data/journal")->empty());
  EXPECT_FALSE(*write(0, 0, "a"));
  EXPECT_TRUE(journal_->close());
}

TEST_F(JournalTest, closing_removes_what_is_settled_and_keeps_what_is_not) {
  ASSERT_TRUE(*write(0, 0, "ab"));
  ASSERT_TRUE(journal_->close());
  EXPECT_TRUE(*memory_.exists("data/journal"));
  EXPECT_EQ(replayed_segment(0), "ab");
  ASSERT_TRUE(replay_journal(memory_, "data/journal", "data/partitions"));
  begin();
  ASSERT_TRUE(*write(0, 2, "c"));
  journal_->settled(partition(0), Offset(3));
  ASSERT_TRUE(journal_->close());
  EXPECT_FALSE(*memory_.exists("data/journal"));
}

TEST_F(JournalTest, a_record_that_does_not_check_is_the_end) {
  ASSERT_TRUE(*write(0, 0, "ab"));
  ASSERT_TRUE(*write(0, 2, "cd"));
  ASSERT_TRUE(*write(1, 0, "x"));
  auto after = memory_.crashed(CrashModel::power_cut());
  after->flip("data/journal/0", read_file(*after, "data/journal/0")->find("cd", kJournalHeaderSpace), 1);
  ASSERT_TRUE(replay_journal(*after, "data/journal", "data/partitions"));
  EXPECT_EQ(*read_file(*after, segment(0)), "ab");
  EXPECT_EQ(*read_file(*after, segment(1)), "");
}

TEST_F(JournalTest, a_header_that_does_not_check_is_an_error_that_names_the_file_and_keeps_it) {
  ASSERT_TRUE(*write(0, 0, "ab"));
  auto after = memory_.crashed(CrashModel::power_cut());
  after->flip("data/journal/0", 7, 1);
  auto failed = replay_journal(*after, "data/journal", "data/partitions");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::corrupt_data);
  EXPECT_NE(failed.error().detail.find("data/journal/0"), std::string::npos);
  EXPECT_TRUE(*after->exists("data/journal/0"));
}

TEST_F(JournalTest, every_flipped_bit_is_noticed_or_harmless) {
  ASSERT_TRUE(*write(0, 0, "abcdef"));
  ASSERT_TRUE(*write(0, 6, "ghi"));
  const OwnedBytes whole = *read_file(memory_, "data/journal/0");
  const std::size_t end = whole.find_last_not_of('\0') + 1;
  for (std::size_t bit = 0; bit < end * 8; ++bit) {
    OwnedBytes damaged = whole;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    auto content = read_journal(damaged);
    if (!content) continue;
    ASSERT_LE(content->entries.size(), 2u);
    for (std::size_t i = 0; i < content->entries.size(); ++i) {
      ASSERT_EQ(content->entries[i].bytes, i == 0 ? "abcdef" : "ghi") << "bit " << bit;
    }
  }
}

TEST_F(JournalTest, many_threads_each_find_what_was_acknowledged_in_their_order) {
  constexpr int kWrites = 60;
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  for (int index = 0; index < 3; ++index) {
    threads.emplace_back([&, index] {
      for (int i = 0; i < kWrites; ++i) {
        auto written = write(index, static_cast<std::uint64_t>(i), std::string(1, static_cast<char>('0' + i)));
        if (!written || !*written) ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  std::string expected;
  for (int i = 0; i < kWrites; ++i) expected += static_cast<char>('0' + i);
  for (int index = 0; index < 3; ++index) EXPECT_EQ(replayed_segment(index), expected);
}

}  // namespace
}  // namespace weir::log::storage
