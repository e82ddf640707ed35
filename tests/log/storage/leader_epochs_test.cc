#include "log/storage/leader_epochs.h"

#include <gtest/gtest.h>

namespace weir::log::storage::leader_epochs_test {
namespace {

std::string encoded(const std::vector<LeaderEpochs::Entry>& entries) {
  std::string bytes;
  Writer writer(bytes);
  writer.int32(static_cast<std::int32_t>(entries.size()));
  for (const auto& entry : entries) {
    writer.int32(entry.epoch.value());
    writer.int64(entry.start_offset.value());
  }
  return bytes;
}

// What is read of these entries; none if they are refused.
std::vector<LeaderEpochs::Entry> read_back(const std::vector<LeaderEpochs::Entry>& entries) {
  const std::string bytes = encoded(entries);
  Reader reader(bytes);
  LeaderEpochs epochs;
  epochs.decode(reader);
  return reader.ok() ? epochs.entries() : std::vector<LeaderEpochs::Entry>{};
}

TEST(LeaderEpochs, an_epoch_ends_where_the_next_begins) {
  LeaderEpochs epochs;
  epochs.note(LeaderEpoch(1), Offset(0));
  epochs.note(LeaderEpoch(3), Offset(10));
  epochs.note(LeaderEpoch(2), Offset(12));  // it is over
  EXPECT_EQ(epochs.latest(), LeaderEpoch(3));
  EXPECT_EQ(epochs.end_of(LeaderEpoch(1), Offset(20)).end_offset, Offset(10));
  EXPECT_EQ(epochs.end_of(LeaderEpoch(2), Offset(20)).epoch, LeaderEpoch(1));
  EXPECT_EQ(epochs.end_of(LeaderEpoch(3), Offset(20)).end_offset, Offset(20));
  EXPECT_EQ(epochs.end_of(LeaderEpoch(0), Offset(20)).end_offset, kNoOffset);
  EXPECT_EQ(epochs.epoch_at(Offset(9)), LeaderEpoch(1));
  EXPECT_EQ(epochs.epoch_at(Offset(10)), LeaderEpoch(3));
}

TEST(LeaderEpochs, an_epoch_without_records_leaves_nothing) {
  LeaderEpochs epochs;
  epochs.note(LeaderEpoch(1), Offset(0));
  epochs.note(LeaderEpoch(2), Offset(5));
  epochs.note(LeaderEpoch(3), Offset(5));
  const std::vector<LeaderEpochs::Entry> expected{{LeaderEpoch(1), Offset(0)}, {LeaderEpoch(3), Offset(5)}};
  EXPECT_EQ(epochs.entries(), expected);
  epochs.truncate_from(Offset(5));
  EXPECT_EQ(epochs.latest(), LeaderEpoch(1));
}

TEST(LeaderEpochs, entries_that_do_not_ascend_are_no_epochs) {
  const LeaderEpochs::Entry one{LeaderEpoch(1), Offset(0)};
  const LeaderEpochs::Entry two{LeaderEpoch(2), Offset(7)};
  EXPECT_EQ(read_back({one, two}).size(), 2u);
  EXPECT_TRUE(read_back({two, one}).empty());
  EXPECT_TRUE(read_back({one, {LeaderEpoch(2), Offset(0)}}).empty());
  EXPECT_TRUE(read_back({one, {LeaderEpoch(1), Offset(7)}}).empty());
}

}  // namespace
}  // namespace weir::log::storage::leader_epochs_test
