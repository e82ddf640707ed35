// Global stores over RocksDB that is killed: rows and places are always of one moment.
#include "streams/runtime/global_tables.h"

#include <filesystem>
#include <map>
#include <random>

#include <gtest/gtest.h>
#include <unistd.h>

#include "log/model/batch_encoder.h"
#include "streams/streams.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Sums = KeyValueStore<Text, std::int64_t>;

constexpr std::int32_t kPartitions = 3;

Topology sums() {
  Builder builder;
  builder.add_global_store<Sums, Text, std::int64_t>(
      "numbers",
      [](GlobalContext& context, const ProcessorRecord<Text, std::int64_t>& number) {
        context.store<Sums>().edit(number.key()) += number.value();
      },
      {.store = "sums"});
  (void)builder.global_table<Text, std::int64_t>("numbers", {.name = "last"});
  builder.stream<Text, Text>("in").to("out");
  return builder.build();
}

class GlobalTablesTest : public ::testing::Test {
 protected:
  GlobalTablesTest() : topology_(sums()) {
    auto partitions = [](const Text&) -> Result<std::int32_t> {
      return kPartitions;
    };
    plan_ = make_plan(topology_, "test", {partitions}).value();
  }
  ~GlobalTablesTest() override {
    tables_.reset();
    std::filesystem::remove_all(path_);
  }

  // As after a kill, but for what was flushed.
  void open() {
    tables_.reset();
    GlobalTablesOptions options{{}, path_.string(), {}};
    options.rocks.flush_on_close = false;
    options.rocks.ingest_rows = 20;
    auto opened = GlobalTables::open(plan_, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    tables_ = *std::move(opened);
  }

  void append(std::int32_t partition, const Text& key, std::int64_t number) {
    log_[partition].push_back({key, number});
  }
  // From where the store stands that stands lowest, as a reader would.
  void read(std::int32_t partition, std::size_t count) {
    const log::PartitionIndex index(partition);
    auto first = std::min(tables_->find("sums")->next_in(index), tables_->find("last")->next_in(index));
    auto at = static_cast<std::size_t>(first.value());
    for (; count > 0 && at < log_[partition].size(); --count, ++at) take(partition, at);
  }

  std::map<Text, std::int64_t> contents(const Text& store) {
    std::map<Text, std::int64_t> all;
    auto& rows = static_cast<state::KeyValueStore&>(tables_->find(store)->rows());
    rows.scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
      all[Text(key)] = *static_cast<const std::int64_t*>(value);
      return true;
    });
    return all;
  }
  // Of what the store says that it has.
  std::map<Text, std::int64_t> expected(const Text& store) {
    std::map<Text, std::int64_t> all;
    for (const auto& [partition, records] : log_) {
      const auto end = tables_->find(store)->next_in(log::PartitionIndex(partition)).value();
      for (std::int64_t i = 0; i < end; ++i) {
        const auto& [key, number] = records[static_cast<std::size_t>(i)];
        if (store == "sums") {
          all[key] += number;
        } else {
          all[key] = number;
        }
      }
    }
    return all;
  }

  std::unique_ptr<GlobalTables> tables_;

 private:
  void take(std::int32_t partition, std::size_t at) {
    const auto& [key, number] = log_[partition][at];
    OwnedBytes scratch;
    const log::Offset offset(static_cast<std::int64_t>(at));
    log::RecordToEncode record{offset, 1, Bytes(key), Serde<std::int64_t>::encode(number, scratch), {}};
    log::BatchHeader header;
    header.base_offset = offset;
    auto batch = log::encode_batch(header, std::span(&record, 1));
    ASSERT_TRUE(batch);
    auto taken = tables_->take({{"numbers", log::PartitionIndex(partition)}, 0, *batch, offset});
    ASSERT_TRUE(taken) << taken.error().to_string();
  }

  const Topology topology_;
  Plan plan_;
  std::map<std::int32_t, std::vector<std::pair<Text, std::int64_t>>> log_;
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("weir-global-tables-" + std::to_string(::getpid()));
};

TEST_F(GlobalTablesTest, rows_and_places_are_of_one_moment_after_any_kill) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    open();
    for (int step = 0; step < 300; ++step) {
      const auto partition = static_cast<std::int32_t>(random() % kPartitions);
      // A key has its partition, as from any producer: of several the last one in no order would count.
      append(partition, Text(1, static_cast<char>('a' + partition)) + std::to_string(random() % 20),
             static_cast<std::int64_t>(random() % 100));
      if (random() % 3 == 0) read(partition, 1 + random() % 5);
      if (random() % 10 == 0) {
        ASSERT_TRUE(tables_->apply(step));
      }
      if (random() % 20 == 0) tables_->evict(random() % 10'000);
      if (random() % 30 == 0) open();
      for (const char* store : {"sums", "last"})
        ASSERT_EQ(contents(store), expected(store)) << "seed " << seed << " step " << step;
    }
  }
}

TEST_F(GlobalTablesTest, what_was_written_down_and_closed_is_there_with_its_places) {
  open();
  for (int i = 0; i < 30; ++i) append(i % kPartitions, "k", 1);
  for (std::int32_t p = 0; p < kPartitions; ++p) read(p, 100);
  EXPECT_FALSE(tables_->find("sums")->position_in(log::PartitionIndex(0))) << "it was new";
  ASSERT_TRUE(tables_->apply(77));
  ASSERT_TRUE(static_cast<state::KeyValueStore&>(tables_->find("sums")->rows()).backing()->flush());
  open();
  for (std::int32_t p = 0; p < kPartitions; ++p) {
    auto position = tables_->find("sums")->position_in(log::PartitionIndex(p));
    ASSERT_TRUE(position);
    EXPECT_EQ(position->next, log::Offset(10));
    EXPECT_EQ(position->commit_time_ms, 77);
  }
  EXPECT_EQ(contents("sums"), (std::map<Text, std::int64_t>{{"k", 30}}));
}

}  // namespace
}  // namespace weir::streams
