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
  // From the end, if below 0.
  std::string segment(int index) {
    auto directory = "log/partitions/" + clicks().name();
    auto names = files_.list(directory).value();
    std::erase_if(names, [](const auto& name) { return !name.ends_with(".log"); });
    if (index < 0) index += static_cast<int>(names.size());
    return directory + "/" + names.at(static_cast<std::size_t>(index));
  }
};

TEST_F(VerifyTest, a_sound_log_is_read_to_its_end) {
  auto report = verify(files_, "log", {}).value();
  EXPECT_TRUE(report.is_sound());
  ASSERT_EQ(report.partitions.size(), 1u);
  EXPECT_EQ(report.partitions[0].end, Offset(20));
  EXPECT_GT(report.partitions[0].bytes, 20 * kBatchHeaderSize);
}

TEST_F(VerifyTest, damage_anywhere_is_found_and_only_repair_cuts_it) {
  files_.flip(segment(1), 70, 1);
  std::size_t operations = files_.operation_count();
  auto report = verify(files_, "log", {}).value();
  EXPECT_EQ(files_.operation_count(), operations);
  ASSERT_FALSE(report.is_sound());
  EXPECT_TRUE(report.partitions[0].finding->is_damage);
  EXPECT_EQ(report.partitions[0].finding->file, segment(1));

  auto repaired = verify(files_, "log", {.repair = Repair::yes}).value();
  Offset end = repaired.partitions[0].end;
  EXPECT_LT(end, Offset(20));
  EXPECT_FALSE(repaired.partitions[0].finding->is_damage);
  EXPECT_TRUE(verify(files_, "log", {})->is_sound());

  ASSERT_TRUE(open(files_));
  EXPECT_EQ(partition_->end_offset(), end);
  auto next = append(make_batch(from_producer(1, 0, static_cast<std::int32_t>(end.value()), {"again"})));
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(next->base_offset, end);
}

// What the checkpoint knows was there.

TEST_F(VerifyTest, a_lost_end_is_found_and_repair_goes_on_with_what_is_left) {
  auto file = files_.open(segment(-1), OpenMode::read_write).value();
  ASSERT_TRUE(file->truncate(0));
  auto report = verify(files_, "log", {}).value();
  ASSERT_FALSE(report.is_sound());
  const Finding finding = *report.partitions[0].finding;
  EXPECT_EQ(finding.kind, Finding::Kind::lost);
  EXPECT_EQ(finding.lost_to, Offset(20));
  EXPECT_NE(finding.to_string().find("to 19 were written and are lost"), std::string::npos) << finding.to_string();

  ASSERT_TRUE(verify(files_, "log", {.repair = Repair::yes}));
  EXPECT_TRUE(verify(files_, "log", {})->is_sound());
  ASSERT_TRUE(open(files_));
  EXPECT_FALSE(partition_->finding());
  EXPECT_EQ(partition_->end_offset(), finding.offset);
  EXPECT_FALSE(directory_->was_clean());  // a new leader epoch
}

TEST_F(VerifyTest, a_lost_beginning_is_found) {
  ASSERT_TRUE(files_.remove(segment(0)));
  auto report = verify(files_, "log", {}).value();
  ASSERT_FALSE(report.is_sound());
  EXPECT_EQ(report.partitions[0].finding->kind, Finding::Kind::lost);
  EXPECT_EQ(report.partitions[0].finding->offset, Offset(0));
  ASSERT_TRUE(verify(files_, "log", {.repair = Repair::yes}));
  EXPECT_TRUE(verify(files_, "log", {})->is_sound());
  ASSERT_TRUE(open(files_));
  EXPECT_FALSE(partition_->finding());
  EXPECT_EQ(partition_->end_offset(), Offset(20));
}

TEST_F(VerifyTest, a_lost_segment_in_the_middle_is_found) {
  ASSERT_TRUE(files_.remove(segment(2)));
  auto report = verify(files_, "log", {}).value();
  ASSERT_FALSE(report.is_sound());
  EXPECT_TRUE(report.partitions[0].finding->is_damage);
  EXPECT_EQ(report.partitions[0].finding->lost_to, Offset(20));
}

TEST_F(VerifyTest, a_lost_partition_is_found_and_no_offset_is_used_twice_after_its_repair) {
  for (bool with_directory : {true, false}) {
    auto files = files_.crashed(CrashModel::kill());
    const auto directory = "log/partitions/" + clicks().name();
    ASSERT_TRUE(files->remove_all(directory));
    if (with_directory) {
      ASSERT_TRUE(files->create_directories(directory));
    }
    auto report = verify(*files, "log", {}).value();
    ASSERT_FALSE(report.is_sound());
    EXPECT_EQ(report.partitions[0].finding->lost_to, Offset(20));
    ASSERT_TRUE(verify(*files, "log", {.repair = Repair::yes}));
    ASSERT_TRUE(open(*files));
    EXPECT_FALSE(partition_->finding());
    EXPECT_EQ(partition_->log_start(), Offset(20));
    EXPECT_EQ(append(make_batch("after"))->base_offset, Offset(20));
    shut();
  }
}

TEST_F(VerifyTest, a_lost_checkpoint_is_said) {
  ASSERT_TRUE(files_.remove("log/checkpoint"));
  auto report = verify(files_, "log", {}).value();
  EXPECT_FALSE(report.is_sound());
  EXPECT_EQ(report.problems.size(), 1u);
}

TEST_F(VerifyTest, without_repair_nothing_is_said_to_be_cut) {
  auto path = segment(-1);
  auto file = files_.open(path, OpenMode::read_write).value();
  ASSERT_TRUE(file->write_at(*file->size(), Bytes("\0\0\0\0\0\0\0\x14\0\0\0\x7f", 12)));
  auto report = verify(files_, "log", {}).value();
  ASSERT_FALSE(report.is_sound());
  const std::string said = report.partitions[0].finding->to_string();
  EXPECT_EQ(said.find("are cut"), std::string::npos) << said;
  EXPECT_NE(said.find("the next open for writing cuts them"), std::string::npos) << said;
}

TEST_F(VerifyTest, a_log_in_use_is_not_repaired) {
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(verify(files_, "log", {.repair = Repair::yes}).error().code, ErrorCode::locked);
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
