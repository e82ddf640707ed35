#include "log/storage/verify.h"

#include "log/storage/dump.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

class VerifyTest : public LogTest {
 protected:
  void SetUp() override {
    segment_bytes_ = 300;
    ASSERT_TRUE(open(files_));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(make_batch(from_producer(1, 0, i, {"v" + std::to_string(i)}))));
    ASSERT_TRUE(close());
  }
  std::string segment(int index) {
    auto directory = "log/partitions/" + clicks().name();
    auto names = files_.list(directory).value();
    std::erase_if(names, [](const auto& name) { return !name.ends_with(".log"); });
    return directory + "/" + names.at(static_cast<std::size_t>(index));
  }
};

TEST_F(VerifyTest, a_sound_log_is_read_to_its_end) {
  auto report = verify(files_, "log", Repair::no).value();
  EXPECT_TRUE(report.is_sound());
  ASSERT_EQ(report.partitions.size(), 1u);
  EXPECT_EQ(report.partitions[0].end, Offset(20));
  EXPECT_GT(report.partitions[0].bytes, 20 * kBatchHeaderSize);
}

TEST_F(VerifyTest, damage_anywhere_is_found_and_only_repair_cuts_it) {
  files_.flip(segment(1), 70, 1);
  std::size_t operations = files_.operation_count();
  auto report = verify(files_, "log", Repair::no).value();
  EXPECT_EQ(files_.operation_count(), operations);
  ASSERT_FALSE(report.is_sound());
  EXPECT_TRUE(report.partitions[0].finding->is_damage);
  EXPECT_EQ(report.partitions[0].finding->file, segment(1));

  auto repaired = verify(files_, "log", Repair::yes).value();
  Offset end = repaired.partitions[0].end;
  EXPECT_LT(end, Offset(20));
  EXPECT_FALSE(repaired.partitions[0].finding->is_damage);
  EXPECT_TRUE(verify(files_, "log", Repair::no)->is_sound());

  ASSERT_TRUE(open(files_));
  EXPECT_EQ(partition_->end_offset(), end);
  auto next = append(make_batch(from_producer(1, 0, static_cast<std::int32_t>(end.value()), {"again"})));
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(next->base_offset, end);
}

TEST_F(VerifyTest, a_log_in_use_is_not_repaired) {
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(verify(files_, "log", Repair::yes).error().code, ErrorCode::locked);
}

TEST_F(VerifyTest, a_dump_shows_each_batch_and_where_it_ends) {
  std::vector<std::string> lines;
  auto note = [&](const DumpedBatch& dumped) -> Result<> {
    lines.push_back(describe(dumped));
    return {};
  };
  ASSERT_TRUE(dump_segment(files_, segment(0), note));
  EXPECT_EQ(lines.at(0), "offset 0..0 at 0: 1 records, 70 bytes, epoch 0, producer 1/0 sequence 0");
  lines.clear();
  files_.flip(segment(0), 65, 1);
  ASSERT_TRUE(dump_segment(files_, segment(0), note));
  EXPECT_TRUE(lines.at(0).ends_with("WRONG CHECKSUM"));
  files_.flip(segment(0), 16, 1);
  EXPECT_EQ(dump_segment(files_, segment(0), note).error().code, ErrorCode::corrupt_data);
}

}  // namespace
}  // namespace weir::log::storage
