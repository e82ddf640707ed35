// Record batches with every codec, changed a little: as they come, where the checksum tells; and with a checksum that
// fits, as a broken writer would make them, where every field has to be looked at.
#include <algorithm>
#include <functional>

#include "log/base/crc32c.h"
#include "log/model/record_batch.h"
#include "log/storage/batch_check.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz {
namespace {

using namespace weir::log;

std::vector<OwnedBytes> batches() {
  std::vector<OwnedBytes> all;
  for (const auto& line : recorded_lines("records.jsonl")) {
    if (line.contains("hex")) all.push_back(vectors::bytes_of(line, "hex"));
  }
  for (Compression codec :
       {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    BatchBuilder builder;
    const std::vector<HeaderView> headers{{"trace", Bytes("1")}, {"empty", std::nullopt}};
    for (int i = 0; i < 200; ++i) builder.add(1'000 + i, Bytes("key"), Bytes("a value that repeats itself"), headers);
    BatchOptions options;
    options.compression = codec;
    all.emplace_back(builder.seal(options)->bytes.view());
  }
  return all;
}

constexpr std::size_t kCrcAt = 17;

void fit_checksum(OwnedBytes& bytes) {
  if (bytes.size() < kBatchHeaderSize) return;
  const std::uint32_t crc = crc32c(Bytes(bytes).substr(kCrcAt + 4));
  for (int i = 0; i < 4; ++i) bytes[kCrcAt + i] = static_cast<char>(crc >> (8 * (3 - i)));
}

// Reads all there is; the records that were given.
std::size_t read(const OwnedBytes& bytes, const std::function<void(const RecordView&)>& look = {}) {
  std::size_t records = 0;
  SharedBytes rest = SharedBytes::copy_of(bytes);
  while (!rest.empty()) {
    auto batch = RecordBatch::parse(rest, Trust::foreign);
    if (!batch) return records;
    rest = rest.slice(batch->bytes.size());
    BatchReader reader;
    if (!reader.open(*batch)) return records;
    RecordView views[16];
    for (;;) {
      auto count = reader.fill(views);
      if (!count || *count == 0) break;
      for (std::size_t i = 0; i < *count; ++i) {
        const RecordView& view = views[i];
        std::size_t seen = view.key ? std::count(view.key->begin(), view.key->end(), 'k') : 0;  // touches every byte
        if (view.value) seen += std::count(view.value->begin(), view.value->end(), 'v');
        for (const auto& header : view.headers.decode())
          seen += header.key.size() + (header.value ? header.value->size() : 0);
        EXPECT_LE(seen, std::size_t{1} << 30);
        if (look) look(view);
      }
      records += *count;
    }
  }
  return records;
}

TEST(BatchFuzz, what_the_checksum_covers_cannot_be_changed) {
  mutate(batches(), 80'000, [](const OwnedBytes& bytes) {
    auto batch = RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign);
    if (batch && batch->check_crc()) read(bytes);  // changed outside of it
  });
}

TEST(BatchFuzz, a_batch_that_was_made_wrong_gives_records_or_none) {
  mutate(batches(), 80'000, [](OwnedBytes bytes) {
    fit_checksum(bytes);
    read(bytes);
  });
}

// What a client sends is looked at before it is appended: what passes can be read whole.
TEST(BatchFuzz, what_passes_the_check_of_foreign_batches_can_be_read) {
  int passed = 0;
  mutate(batches(), 80'000, [&](OwnedBytes bytes) {
    fit_checksum(bytes);
    if (bytes.size() < kBatchHeaderSize) return;
    assign_offset(bytes.data(), Offset(4711), LeaderEpoch(0));  // as the log does with what a client sent
    auto batch = RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign);
    if (!batch || batch->bytes.size() != bytes.size()) return;
    if (!storage::check_header(batch->header) || !storage::check_foreign(*batch)) return;
    ++passed;
    Offset next = batch->header.base_offset;
    const std::size_t records = read(bytes, [&](const RecordView& view) {
      EXPECT_EQ(view.offset, next);
      next = view.offset + 1;
    });
    EXPECT_EQ(records, static_cast<std::size_t>(batch->header.count));
    EXPECT_EQ(next, batch->header.next_offset());
  });
  EXPECT_GT(passed, 0);
}

}  // namespace
}  // namespace weir::fuzz
