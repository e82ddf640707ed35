// Derived files of the log with changed content and a checksum that fits: what a broken writer, or an older program of
// the same version, would leave. They are taken or refused.
#include "log/base/crc32c.h"
#include "log/storage/checkpoint.h"
#include "log/storage/partition_state.h"
#include "log/storage/segment_index.h"
#include "tests/fuzz/fuzz.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::fuzz {
namespace {

using namespace weir::log;
using namespace weir::log::storage;

// The last four bytes are that of all before.
OwnedBytes with_checksum(OwnedBytes bytes) {
  if (bytes.size() < 4) return bytes;
  bytes.resize(bytes.size() - 4);
  const std::uint32_t crc = crc32c(bytes);
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(crc >> shift));
  return bytes;
}

template <class File, class Decode>
void check_file(const OwnedBytes& bytes, Decode decode) {
  for (const OwnedBytes& content : {bytes, with_checksum(bytes)}) {
    const AllocationWatch watch;
    Result<File> file = decode(content);
    EXPECT_LE(watch.bytes(), reasonable(content.size()));
    EXPECT_TRUE(file || file.error().code == ErrorCode::corrupt_data) << file.error().to_string();
  }
}

TEST(FileFuzz, a_changed_checkpoint_is_taken_or_refused) {
  Checkpoint checkpoint;
  checkpoint.boot_id = "boot-1";
  for (int i = 0; i < 10; ++i) {
    checkpoint.partitions["clicks-" + std::to_string(i) + ".AAAAAAAAAAAAAAAAAAAAAA"] = {Offset(i), Offset(i * 2),
                                                                                        Offset(i * 3), Offset(1)};
  }
  mutate({checkpoint.encode()}, 120'000, [](const OwnedBytes& bytes) {
    check_file<Checkpoint>(bytes, [](Bytes content) { return Checkpoint::decode(content); });
  });
}

TEST(FileFuzz, a_changed_index_is_taken_or_refused) {
  SegmentIndex index;
  for (int i = 0; i < 50; ++i) {
    auto batch = make_batch("value");
    batch.header.base_offset = Offset(i);
    index.add(batch.header, static_cast<std::uint64_t>(i) * 40'000);
  }
  mutate({index.encode(2'000'000, Offset(50))}, 120'000, [](const OwnedBytes& bytes) {
    check_file<SegmentIndex>(bytes, [](Bytes content) { return SegmentIndex::decode(content, 2'000'000, Offset(50)); });
  });
}

TEST(FileFuzz, a_changed_snapshot_is_taken_or_refused) {
  PartitionSnapshot snapshot;
  snapshot.end_offset = Offset(100);
  for (int i = 0; i < 10; ++i) {
    auto batch = make_batch(from_producer(i, 0, 0, {"a", "b"}, true));
    batch.header.base_offset = Offset(i * 2);
    snapshot.state.apply(batch.header, std::nullopt, 1'000);
  }
  snapshot.state.aborted.push_back({ProducerId(3), Offset(6), Offset(9)});
  mutate({snapshot.encode()}, 120'000, [](const OwnedBytes& bytes) {
    check_file<PartitionSnapshot>(bytes, [](Bytes content) { return PartitionSnapshot::decode(content); });
  });
}

}  // namespace
}  // namespace weir::fuzz
