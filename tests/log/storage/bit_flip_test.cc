// A disk that turns bits: whatever it turns, a reader gets what was written, or an error that names the file.
//
// A batch's leader epoch is outside the checksum, as Kafka's format has it; a wrong one changes no record.
#include <cstdlib>
#include <random>

#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

bool is_soak() {
  return std::getenv("WEIR_SOAK") != nullptr;
}

class BitFlipTest : public LogTest {
 protected:
  std::string folder() const { return "log/partitions/" + clicks().name(); }

  // Batches of a producer with transactions, some of which are aborted, until the log has that size.
  void fill(std::size_t bytes) {
    ASSERT_TRUE(open(files_));
    std::int32_t sequence = 0;
    for (std::int64_t written = 0; partition_->size_bytes() < bytes; ++written) {
      std::string value = std::to_string(written) + std::string(static_cast<std::size_t>(written * 37 % 400), 'x');
      ASSERT_TRUE(append(make_batch(from_producer(1, 0, sequence++, {value}, true))));
      values_.push_back({partition_->end_offset().value() - 1, std::move(value)});
      if (written % 5 != 4) continue;
      const auto type = written % 10 == 9 ? EndMarkerType::abort : EndMarkerType::commit;
      ASSERT_TRUE(append_marker(marker(type, 1, 0)));
    }
    ASSERT_TRUE(sync());
  }

  std::vector<std::string> files_that_end_in(const std::string& suffix) {
    auto names = files_.list(folder()).value();
    std::erase_if(names, [&](const auto& name) { return !name.ends_with(suffix); });
    for (auto& name : names) name = folder() + "/" + name;
    return names;
  }

  // What is read from there on, in front of an error if there is one, is what was written.
  void expect_right_or_named(const std::string& file, std::size_t first, int pieces) {
    std::size_t at = first;
    Offset from(values_.at(first).offset);
    for (; from < partition_->end_offset() && pieces > 0; --pieces) {
      Records read;
      auto some = [&]() -> Result<std::vector<ReadRecord>> {
        WEIR_TRY_VAR(plan, partition_->plan_read(from, 1'500, ReadUpTo::end, AtLeastOne::yes));
        WEIR_TRY_VAR(records, perform(plan));
        read = std::move(records);
        return records_in(read, from);
      }();
      if (!some) {  // by the broker, which names the file, or by the reader's checksum
        EXPECT_TRUE(some.error().detail.find(file) != std::string::npos ||
                    some.error().code == ErrorCode::corrupt_message)
            << some.error().to_string();
        return;
      }
      for (const auto& record : *some) {
        ASSERT_LT(at, values_.size());
        ASSERT_EQ(record, values_[at]) << "a wrong record";
        ++at;
      }
      const Offset next = end_of(read, from);
      ASSERT_GT(next, from);
      from = next;
    }
    if (pieces == 0) return;
    EXPECT_TRUE(at == values_.size() || partition_->finding()) << "records are gone, and nothing says so";
  }

  // The record at that byte of the only segment, or the one before.
  std::size_t record_near(std::size_t byte) const { return byte * values_.size() / partition_->size_bytes(); }

  std::vector<ReadRecord> values_;
};

TEST_F(BitFlipTest, a_bit_of_an_open_log_is_noticed_by_whoever_reads_it_or_does_no_harm) {
  fill(64 * 1024);
  ASSERT_TRUE(close());
  ASSERT_TRUE(open(files_));  // nothing of it is in memory
  partition_->set_high_watermark(partition_->end_offset());
  const std::string file = files_that_end_in(".log").at(0);
  const std::size_t bits = partition_->size_bytes() * 8;
  for (std::size_t bit = 0; bit < bits && !HasFailure(); bit += is_soak() ? 1 : 16) {
    SCOPED_TRACE("bit " + std::to_string(bit));
    const auto mask = static_cast<char>(1 << (is_soak() ? bit % 8 : bit / 16 % 8));  // each of a byte's in turn
    files_.flip(file, bit / 8, mask);
    const std::size_t near = record_near(bit / 8);
    expect_right_or_named(file, near < 8 ? 0 : near - 8, 4);
    files_.flip(file, bit / 8, mask);
  }
  shut();
}

TEST_F(BitFlipTest, a_bit_of_a_log_that_was_killed_is_noticed_when_it_opens_or_does_no_harm) {
  fill(64 * 1024);
  const std::string file = files_that_end_in(".log").at(0);
  const std::size_t bits = partition_->size_bytes() * 8;
  auto killed = files_.crashed(CrashModel::kill());
  shut();
  int noticed = 0;
  int tried = 0;
  for (std::size_t bit = 0; bit < bits && !HasFailure(); bit += is_soak() ? 1 : 16 * 97 + 1) {
    SCOPED_TRACE("bit " + std::to_string(bit));
    auto after = killed->crashed(CrashModel::kill());
    after->flip(file, bit / 8, static_cast<char>(1 << bit % 8));
    ASSERT_TRUE(open(*after));
    if (partition_->finding()) {
      EXPECT_EQ(partition_->finding()->file, file);
      ++noticed;
    }
    ++tried;
    expect_right_or_named(file, 0, 100);
    shut();
  }
  EXPECT_GT(noticed, tried * 9 / 10);
}

// The offset in front of a batch is outside of its checksum; the batch may be one that a read begins with.
TEST_F(BitFlipTest, a_batch_that_claims_earlier_offsets_is_not_taken_for_one_that_was_asked_for) {
  ASSERT_TRUE(open(files_));
  const std::string value(4'000, 'v');
  ASSERT_TRUE(append(make_batch(BatchSpec{std::vector<std::string>(12, value)})));  // more than the index skips
  const std::uint64_t position = partition_->size_bytes();
  ASSERT_TRUE(append(make_batch(BatchSpec{std::vector<std::string>(8, value)})));  // from offset 12 on
  ASSERT_TRUE(close());
  ASSERT_TRUE(open(files_));
  files_.flip(folder() + "/00000000000000000000.log", position + 7, 4);  // 12 becomes 8
  for (std::int64_t offset = 12; offset < 20; ++offset) {
    auto read = read_all(*partition_, Offset(offset));
    ASSERT_FALSE(read) << offset;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt_message);
    EXPECT_NE(read.error().detail.find("byte " + std::to_string(position)), std::string::npos) << read.error().detail;
  }
}

TEST_F(BitFlipTest, bits_of_derived_files_cost_time_and_nothing_else) {
  segment_bytes_ = 2'000;
  fill(12'000);
  ASSERT_TRUE(directory_->write_checkpoint(positions()));
  auto killed = files_.crashed(CrashModel::kill());
  ASSERT_TRUE(close());
  auto closed = files_.crashed(CrashModel::kill());
  std::vector<std::string> paths{"log/checkpoint"};
  for (const char* suffix : {".index", ".state"}) {
    for (auto& path : files_that_end_in(suffix)) paths.push_back(std::move(path));
  }
  ASSERT_GT(paths.size(), 5u);
  std::mt19937_64 dice(1);
  for (int i = 0; i < 10'000 && !HasFailure(); ++i) {
    auto after = (i % 2 == 0 ? closed : killed)->crashed(CrashModel::kill());
    const std::string& path = paths[dice() % paths.size()];
    const auto size = after->size_of(path);
    if (!size) continue;  // made by the clean end
    const std::size_t bit = dice() % (*size * 8);
    SCOPED_TRACE(path + ", bit " + std::to_string(bit) + (i % 2 == 0 ? ", closed" : ", killed"));
    after->flip(path, bit / 8, static_cast<char>(1 << bit % 8));
    const auto opened = open(*after, i % 4 < 2 ? "boot-1" : "boot-2");
    ASSERT_TRUE(opened) << opened.error().to_string();
    EXPECT_FALSE(partition_->finding());
    partition_->set_high_watermark(partition_->end_offset());
    expect_right_or_named("", dice() % values_.size(), 100);
    const auto sequence = static_cast<std::int32_t>(values_.size());
    EXPECT_TRUE(append(make_batch(from_producer(1, 0, sequence, {"next"}, true)))) << "the producer's state is right";
    shut();
  }
}

}  // namespace
}  // namespace weir::log::storage
