#include "log/broker/partitions/topics.h"

#include <gtest/gtest.h>

#include "sim/memory_file.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::broker {
namespace {

using storage::make_batch;

class TopicsTest : public testing::Test {
 protected:
  Result<> open(FileSystem& files, std::string boot = "boot-1", Flush flush = Flush::left_to_system) {
    shut();
    storage::LogDirectory::Options options;
    options.boot_id = std::move(boot);
    WEIR_TRY_VAR(directory, storage::LogDirectory::open(files, "log", options));
    directory_ = std::move(directory);
    WEIR_TRY_VAR(topics, Topics::open(*directory_, clock_, {flush, cluster::Sync::yes, 42}));
    topics_ = std::move(topics);
    return {};
  }

  void shut() {
    topics_.reset();
    directory_.reset();
  }

  Partition& partition(const std::string& topic, int index = 0) {
    return **topics_->find(topic, PartitionIndex(index));
  }

  static cluster::Topic spec(std::string name, std::int32_t partitions = 1) {
    cluster::Topic topic;
    topic.name = std::move(name);
    topic.partitions = partitions;
    return topic;
  }

  ManualClock clock_{1'000};
  MemoryFileSystem files_;
  std::unique_ptr<storage::LogDirectory> directory_;
  std::unique_ptr<Topics> topics_;
};

TEST_F(TopicsTest, a_created_topic_survives_a_power_cut_with_its_id_and_configs) {
  ASSERT_TRUE(open(files_));
  auto wanted = spec("clicks", 3);
  wanted.configs["retention.ms"] = "1000";
  auto created = topics_->create(wanted).value();
  auto after = files_.crashed(CrashModel::power_cut());
  ASSERT_TRUE(open(*after, "boot-2"));
  EXPECT_EQ(*topics_->describe("clicks"), created);
  EXPECT_EQ(topics_->describe(created.id)->name, "clicks");
  EXPECT_TRUE(partition("clicks", 2).append(make_batch("x"), storage::Origin::client));
  shut();
}

TEST_F(TopicsTest, wrong_topics_are_refused_by_name_of_the_mistake) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(topics_->create(spec("clicks")));
  EXPECT_EQ(topics_->create(spec("clicks")).error().code, ErrorCode::topic_already_exists);
  EXPECT_EQ(topics_->create(spec("a/b")).error().code, ErrorCode::invalid_topic);
  EXPECT_EQ(topics_->create(spec("..")).error().code, ErrorCode::invalid_topic);
  EXPECT_EQ(topics_->create(spec(std::string(250, 'x'))).error().code, ErrorCode::invalid_topic);
  EXPECT_EQ(topics_->create(spec("none", 0)).error().code, ErrorCode::invalid_partitions);
  auto odd = spec("odd");
  odd.configs["colour"] = "red";
  EXPECT_EQ(topics_->create(odd).error().code, ErrorCode::invalid_config);
  EXPECT_EQ(topics_->find("clicks", PartitionIndex(1)).error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics_->find("other", PartitionIndex(0)).error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics_->remove("other").error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(TopicsTest, a_removed_topic_leaves_nothing_and_may_be_created_anew) {
  ASSERT_TRUE(open(files_));
  auto first = topics_->create(spec("clicks")).value();
  auto held = *topics_->find("clicks", PartitionIndex(0));
  ASSERT_TRUE(held->append(make_batch("old"), storage::Origin::client));
  ASSERT_TRUE(topics_->remove("clicks"));
  EXPECT_EQ(held->append(make_batch("late"), storage::Origin::client).error().code, ErrorCode::not_leader_or_follower);
  held.reset();
  auto second = topics_->create(spec("clicks")).value();
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(partition("clicks").positions().end, Offset(0));
  EXPECT_EQ(directory_->partitions()->size(), 2u);  // the new one and the metadata
}

TEST_F(TopicsTest, a_removal_that_a_crash_interrupted_is_finished_by_the_next_open) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(topics_->create(spec("clicks", 4)));
  std::size_t before = files_.operation_count();
  ASSERT_TRUE(topics_->remove("clicks"));
  std::size_t after_removal = files_.operation_count();
  for (std::size_t operations = before; operations <= after_removal; ++operations) {
    auto after = files_.crashed_after(operations, CrashModel::kill());
    ASSERT_TRUE(open(*after));
    std::size_t directories = directory_->partitions()->size();
    EXPECT_EQ(directories, topics_->describe("clicks") ? 5u : 1u);
    shut();
  }
}

TEST_F(TopicsTest, producer_ids_are_never_given_twice) {
  std::int64_t last = -1;
  std::unique_ptr<MemoryFileSystem> now = files_.crashed(CrashModel::kill());
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(open(*now));
    for (int i = 0; i < 1'500; ++i) {
      auto id = topics_->new_producer_id().value();
      ASSERT_GT(id.value(), last);
      last = id.value();
    }
    auto next = now->crashed(CrashModel::power_cut());
    shut();
    now = std::move(next);
  }
}

TEST_F(TopicsTest, a_clean_close_is_seen_by_the_next_open) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(topics_->create(spec("clicks")));
  ASSERT_TRUE(partition("clicks").append(make_batch("x"), storage::Origin::client));
  LeaderEpoch epoch = topics_->leader_epoch();
  ASSERT_TRUE(topics_->close());
  ASSERT_TRUE(open(files_));
  EXPECT_TRUE(directory_->was_clean());
  EXPECT_EQ(topics_->leader_epoch(), epoch);
  EXPECT_EQ(partition("clicks").positions().high_watermark, Offset(1));
}

TEST_F(TopicsTest, a_lost_checkpoint_does_not_bring_an_old_epoch_back) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(topics_->create(spec("clicks")));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(open(files_));
    ASSERT_TRUE(partition("clicks").append(make_batch("x"), storage::Origin::client));
  }
  LeaderEpoch last = topics_->leader_epoch();
  shut();
  ASSERT_TRUE(files_.remove("log/checkpoint"));
  ASSERT_TRUE(open(files_));
  EXPECT_GT(topics_->leader_epoch(), last);
}

TEST_F(TopicsTest, under_sync_first_nothing_is_visible_before_its_sync) {
  ASSERT_TRUE(open(files_, "boot-1", Flush::before_answer));
  ASSERT_TRUE(topics_->create(spec("clicks")));
  ASSERT_TRUE(partition("clicks").append(make_batch("x"), storage::Origin::client));
  EXPECT_EQ(partition("clicks").positions().high_watermark, Offset(0));
  ASSERT_TRUE(partition("clicks").make_durable());
  EXPECT_EQ(partition("clicks").positions().high_watermark, Offset(1));
  auto after = files_.crashed(CrashModel::power_cut());
  ASSERT_TRUE(open(*after, "boot-2", Flush::before_answer));
  EXPECT_EQ(partition("clicks").positions().high_watermark, Offset(1));
  shut();
}

// Names that no directory can have.
TEST_F(TopicsTest, a_topic_of_any_legal_name_works_and_survives_a_kill) {
  for (std::size_t size : {1u, 200u, 226u, 230u, 231u, 240u, 248u, 249u}) {
    MemoryFileSystem files;
    ASSERT_TRUE(open(files));
    const std::string name(size, 'n');
    auto other = name;
    other.back() = 'm';
    for (const auto& one : {name, other}) {
      auto created = topics_->create(spec(one, 12));
      ASSERT_TRUE(created) << size << ": " << created.error().to_string();
      ASSERT_TRUE(partition(one, 11).append(make_batch("x"), storage::Origin::client));
    }
    const auto directories = files.list("log/partitions").value();
    for (const auto& directory : directories) EXPECT_LE(directory.size(), 255u) << directory;
    topics_->sync_all(Flush::left_to_system);
    auto after = files.crashed(CrashModel::kill());
    ASSERT_TRUE(open(*after));
    EXPECT_TRUE(topics_->findings().empty());
    EXPECT_EQ(partition(name, 11).positions().end, Offset(1)) << size;
    ASSERT_TRUE(topics_->remove(name));
    EXPECT_EQ(after->list("log/partitions")->size(), 13u) << "those of the other, and the metadata's";
    shut();
  }
}

TEST_F(TopicsTest, a_directory_of_a_shortened_name_is_known_as_its_topics) {
  const std::string name(249, 'n');
  storage::PartitionDirectory directory{{name, PartitionIndex(7)}, Uuid{}};
  const std::string shortened = directory.name();
  EXPECT_EQ(shortened.size(), 255u);
  auto parsed = storage::PartitionDirectory::parse(shortened);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->partition.partition, PartitionIndex(7));
  EXPECT_TRUE(parsed->is_of(name));
  EXPECT_FALSE(parsed->is_of(name.substr(1) + "m"));
}

// What was there and is not.
TEST_F(TopicsTest, a_partition_that_is_lost_is_found_answers_with_its_loss_and_keeps_nothing_else_shut) {
  ASSERT_TRUE(open(files_));
  for (const char* name : {"lost", "sound"}) {
    ASSERT_TRUE(topics_->create(spec(name)));
    ASSERT_TRUE(partition(name).append(make_batch("x"), storage::Origin::client));
  }
  ASSERT_TRUE(topics_->close());
  const storage::PartitionDirectory directory{{"lost", PartitionIndex(0)}, topics_->describe("lost")->id};
  shut();
  ASSERT_TRUE(files_.remove_all("log/partitions/" + directory.name()));
  for (int i = 0; i < 2; ++i) {  // it is not forgotten by the next open
    ASSERT_TRUE(open(files_));
    ASSERT_EQ(topics_->findings().size(), 1u);
    EXPECT_NE(topics_->findings()[0].to_string().find("offsets 0 to 0 were written and are lost"), std::string::npos);
    auto refused = partition("lost").append(make_batch("y"), storage::Origin::client);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::storage_error);
    auto read = partition("lost").plan_read(Offset(0), 100, storage::ReadUpTo::end, storage::AtLeastOne::yes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::storage_error);
    EXPECT_TRUE(partition("sound").append(make_batch("y"), storage::Origin::client));
    ASSERT_TRUE(topics_->close());
    shut();
  }
}

}  // namespace
}  // namespace weir::log::broker
