// The derived files byte for byte, as docs/formats.md shows them. A change here is a change of a format: it needs a new
// version and says why.
#include <gtest/gtest.h>

#include "log/storage/checkpoint.h"
#include "log/storage/consistent_cut.h"
#include "log/storage/format.h"
#include "log/storage/journal_format.h"
#include "log/storage/partition_state.h"
#include "log/storage/segment_index.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

TEST(Formats, names_are_read_back) {
  EXPECT_EQ(file_name(Offset(4'711), kLogSuffix), "00000000000000004711.log");
  EXPECT_EQ(offset_in_name("00000000000000004711.log", kLogSuffix), Offset(4'711));
  EXPECT_EQ(offset_in_name("00000000000000004711.log.tmp", kLogSuffix), std::nullopt);
  EXPECT_EQ(offset_in_name("0000000000000000471x.log", kLogSuffix), std::nullopt);
  PartitionDirectory directory{{"a-b.c", PartitionIndex(12)}, *Uuid::parse("AAAAAAAAAAAAAAAAAAAA_w")};
  EXPECT_EQ(directory.name(), "a-b.c-12.AAAAAAAAAAAAAAAAAAAA_w");
  auto parsed = PartitionDirectory::parse(directory.name());
  EXPECT_EQ(parsed->partition, directory.partition);
  EXPECT_EQ(parsed->topic_id, directory.topic_id);
  EXPECT_FALSE(PartitionDirectory::parse("lost+found"));
}

TEST(Formats, a_batch_in_a_segment_is_as_documented) {
  MemoryFileSystem files;
  auto directory = *LogDirectory::open(files, "log", {});
  auto partition = *directory->open_partition(clicks());
  ASSERT_TRUE(partition->append(make_batch(BatchSpec{{"v"}, 1'700'000'000'000}), LeaderEpoch(0), Origin::client));
  const std::string documented =
      "0000000000000000000000390000000002d3f2ac750000000000000000018bcfe568000000018bcfe56800"
      "ffffffffffffffffffffffffffff000000010e00000001027600";
  EXPECT_EQ(to_hex(*read_file(files, "log/partitions/" + clicks().name() + "/00000000000000000000.log")), documented);
  auto read = RecordBatch::parse(SharedBytes::copy_of(*from_hex(documented)), Trust::foreign);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*records_in({{read->bytes}, Trust::foreign}, Offset(0)), (std::vector<ReadRecord>{{0, "v"}}));
}

BatchHeader header_at(std::int64_t offset, std::int64_t max_timestamp) {
  BatchHeader header;
  header.base_offset = Offset(offset);
  header.max_timestamp = max_timestamp;
  return header;
}

TEST(Formats, an_index_is_as_documented) {
  SegmentIndex index;
  index.add(header_at(5, 100), 0);
  index.add(header_at(7, 90), 100);
  index.add(header_at(9, 120), 40'000);
  OwnedBytes content = index.encode(50'000, Offset(12));
  EXPECT_EQ(to_hex(content),
            "574944580002000000000000c350000000000000000c000000000000000000000000000000780000000200000000"
            "000000050000000000000000ffffffffffffffff00000000000000090000000000009c400000000000000064c0d0bd82");
  EXPECT_TRUE(SegmentIndex::decode(content, 50'000, Offset(12)));
  EXPECT_FALSE(SegmentIndex::decode(content, 50'001, Offset(12)));
  EXPECT_FALSE(SegmentIndex::decode(content, 50'000, Offset(13)));
}

TEST(Formats, a_snapshot_is_as_documented) {
  PartitionSnapshot snapshot;
  snapshot.end_offset = Offset(12);
  snapshot.segment = Offset(5);
  snapshot.position = 50'000;
  snapshot.state.epochs.note(LeaderEpoch(3), Offset(5));
  snapshot.state.aborted.push_back({ProducerId(8), Offset(6), Offset(7)});
  BatchHeader batch = header_at(9, 120);
  batch.producer_id = ProducerId(8);
  batch.producer_epoch = ProducerEpoch(1);
  batch.base_sequence = Sequence(4);
  batch.last_offset_delta = 2;
  batch.attributes = 0x10;
  snapshot.state.producers.apply(batch, 150);
  OwnedBytes content = snapshot.encode();
  EXPECT_EQ(to_hex(content),
            "575053540002000000000000000c0000000000000005000000000000c3500000000100000003000000000000"
            "0005000000010000000000000008000000000000000600000000000000070000000100000000000000080001"
            "ffffffff000000000000007800000000000000960000000000000009000000010000000400000006000000000000000900000000"
            "0000000b000000000000007850d89c4f");
  auto read = PartitionSnapshot::decode(content).value();
  EXPECT_EQ(read.encode(), content);
  EXPECT_EQ(read.state.producers.last_stable_offset(Offset(12)), Offset(9));
}

TEST(Formats, a_consistent_cut_is_as_documented) {
  ConsistentCut cut{"boot", LeaderEpoch(3), {{"a-0", Offset(5)}}};
  OwnedBytes content = cut.encode();
  EXPECT_EQ(to_hex(content),
            "57435554000100000004626f6f74000000030000000100000003612d300000000000000005"
            "9069b1a3");
  auto read = ConsistentCut::decode(content).value();
  EXPECT_EQ(read.boot_id, "boot");
  EXPECT_EQ(read.leader_epoch, LeaderEpoch(3));
  EXPECT_EQ(read.ends, cut.ends);
  for (std::size_t size = 0; size < content.size(); ++size) {
    EXPECT_FALSE(ConsistentCut::decode(Bytes(content).substr(0, size)));
  }
}

TEST(Formats, a_checkpoint_is_as_documented) {
  Checkpoint checkpoint;
  checkpoint.boot_id = "boot";
  checkpoint.is_clean = true;
  checkpoint.leader_epoch = LeaderEpoch(3);
  checkpoint.partitions["a-0"] = {Offset(1), Offset(2), Offset(3), Offset(2)};
  OwnedBytes content = checkpoint.encode();
  EXPECT_EQ(to_hex(content),
            "57434b50000200000004626f6f7401000000030000000100000003612d300000000000000001000000000000"
            "000200000000000000030000000000000002acd7505b");
  auto read = Checkpoint::decode(content).value();
  EXPECT_EQ(read.partitions, checkpoint.partitions);
  EXPECT_EQ(read.boot_id, "boot");
}

TEST(Formats, a_journal_is_as_documented) {
  EXPECT_EQ(to_hex(encode_journal_header(5)), "574a4e4c000100000000000000052bd0688b");
  JournalRecord record;
  record.add({JournalEntry::Kind::settled, "a-0", {}, {}, {}});
  record.add({JournalEntry::Kind::bytes, "a-0", Offset(7), 258, "xyz"});
  const std::size_t size = record.size_bytes();
  const OwnedBytes sealed(record.seal(5));
  EXPECT_EQ(sealed.size(), size);
  EXPECT_EQ(to_hex(sealed),
            "000000230000000000000005010003612d30000003612d30000000000000000700000000000001020000000378797ab9bd0234");

  OwnedBytes file = encode_journal_header(5);
  file.resize(kJournalHeaderSpace);
  file += sealed;
  const OwnedBytes with_rest = file + std::string(100, '\0');
  auto content = read_journal(with_rest).value();
  EXPECT_EQ(content.generation, 5);
  ASSERT_EQ(content.entries.size(), 2u);
  EXPECT_EQ(content.entries[1].bytes, "xyz");
  EXPECT_TRUE(read_journal(std::string(5'000, '\0'))->entries.empty()) << "made, and never begun";
}

TEST(Formats, a_record_of_an_earlier_use_of_a_journals_file_is_none) {
  JournalRecord record;
  record.add({JournalEntry::Kind::bytes, "a-0", Offset(7), 258, "xyz"});
  OwnedBytes file = encode_journal_header(6);
  file.resize(kJournalHeaderSpace);
  file += record.seal(5);
  EXPECT_TRUE(read_journal(file)->entries.empty());
}

TEST(Formats, every_flipped_bit_of_a_derived_file_is_noticed) {
  OwnedBytes content = Checkpoint{"boot", true, LeaderEpoch(3), {{"a-0", {}}}}.encode();
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    OwnedBytes damaged = content;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(Checkpoint::decode(damaged)) << bit;
  }
  for (std::size_t size = 0; size < content.size(); ++size) {
    EXPECT_FALSE(Checkpoint::decode(Bytes(content).substr(0, size)));
  }
}

}  // namespace
}  // namespace weir::log::storage
