// Opening and closing a log, and reading one that another process writes.
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class OpenTest : public testing::Test {
 protected:
  Result<Client> open_log(MemoryFileSystem& files, Access access = Access::read_write) {
    return open("log", {.access = access, .durability = Durability::os, .files = &files});
  }
  static void create(const Client& client, const std::string& topic) {
    ASSERT_TRUE(client.admin()->create_topic({topic, 1, {}}));
  }
  static void produce(const Client& client, const std::string& topic, const std::string& value) {
    auto producer = *client.producer();
    ASSERT_TRUE(producer->send(topic, PartitionIndex(0), 1'000, std::nullopt, Bytes(value)));
    ASSERT_TRUE(producer->flush());
  }
  static std::vector<std::string> poll(const Client& client, const std::string& topic, Millis timeout) {
    auto consumer = *client.consumer();
    EXPECT_TRUE(consumer->assign({partition_of(topic)}));
    auto batches = consumer->poll(timeout);
    EXPECT_TRUE(batches) << batches.error().to_string();
    return batches ? values_in(*batches) : std::vector<std::string>();
  }
  // The file that the topic's only partition is written to.
  static std::string file_of(MemoryFileSystem& files, const std::string& topic) {
    const auto names = files.list("log/partitions").value();
    for (const auto& name : names) {
      if (name.rfind(topic + "-0.", 0) == 0) return "log/partitions/" + name + "/00000000000000000000.log";
    }
    return "";
  }

  MemoryFileSystem files_;
};

TEST_F(OpenTest, a_log_that_is_open_is_locked) {
  auto first = open_log(files_);
  ASSERT_TRUE(first);
  EXPECT_EQ(open_log(files_).error().code, ErrorCode::locked);
}

TEST_F(OpenTest, the_log_is_closed_when_the_last_that_uses_it_is_gone) {
  std::unique_ptr<Producer> producer;
  {
    auto client = open_log(files_);
    create(*client, "t");
    producer = *client->producer();
  }
  ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "a"));
  ASSERT_TRUE(producer->flush());
  EXPECT_EQ(open_log(files_).error().code, ErrorCode::locked);
  producer.reset();
  auto again = open_log(files_);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_TRUE(recovery_findings(*again).empty());
  EXPECT_EQ(poll(*again, "t", Millis(0)), (std::vector<std::string>{"a"}));
}

TEST_F(OpenTest, what_recovery_cut_can_be_asked_for) {
  {
    auto client = open_log(files_);
    create(*client, "t");
    produce(*client, "t", "whole");
    produce(*client, "t", "torn");
  }
  const std::string path = file_of(files_, "t");
  auto killed = files_.crashed(CrashModel::kill());
  {
    auto file = *killed->open(path, OpenMode::read_write);
    ASSERT_TRUE(file->truncate(*file->size() - 1));
  }
  auto again = open_log(*killed);
  auto findings = recovery_findings(*again);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].find(path), std::string::npos) << findings[0];
  EXPECT_EQ(poll(*again, "t", Millis(0)), (std::vector<std::string>{"whole"}));
  again = fail(ErrorCode::closed);  // before the files go
}

TEST_F(OpenTest, reading_needs_a_log_that_is_there) {
  EXPECT_EQ(open_log(files_, Access::read_only).error().code, ErrorCode::not_found);
}

TEST_F(OpenTest, a_reader_follows_the_writer_of_another_process) {
  auto writer = *open_log(files_);
  create(writer, "before");
  auto reader = open_log(files_, Access::read_only);
  ASSERT_TRUE(reader) << reader.error().to_string();
  create(writer, "after");
  produce(writer, "before", "a");
  produce(writer, "after", "b");
  EXPECT_EQ(poll(*reader, "before", Millis(10'000)), (std::vector<std::string>{"a"}));
  EXPECT_EQ(poll(*reader, "after", Millis(10'000)), (std::vector<std::string>{"b"}));
  ASSERT_TRUE(writer.admin()->delete_topic("after"));
  EXPECT_EQ(reader->admin()->describe_topic("after").error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(OpenTest, a_reader_sees_what_is_committed_and_no_more) {
  auto writer = *open_log(files_);
  create(writer, "t");
  auto producer = *writer.producer({.transactional_id = "p"});
  ASSERT_TRUE(producer->init_transactions());
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "a"));
  const std::vector<PartitionOffset> offsets{{partition_of("t"), {Offset(7), kNoLeaderEpoch, ""}}};
  ASSERT_TRUE(producer->send_offsets({.group_id = "g"}, offsets));
  ASSERT_TRUE(producer->flush());
  auto reader = *open_log(files_, Access::read_only);
  EXPECT_TRUE(poll(reader, "t", Millis(0)).empty());
  ASSERT_TRUE(producer->commit_transaction());
  EXPECT_EQ(poll(reader, "t", Millis(10'000)), (std::vector<std::string>{"a"}));
  auto group = *reader.consumer({.group_id = "g"});
  const std::vector<TopicPartition> partitions{partition_of("t")};
  auto committed = group->committed(partitions);
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(committed->at(partition_of("t")).offset, Offset(7));
}

TEST_F(OpenTest, a_reader_changes_nothing) {
  auto writer = *open_log(files_);
  create(writer, "t");
  auto reader = *open_log(files_, Access::read_only);
  const std::size_t operations = files_.operation_count();
  EXPECT_FALSE(reader.admin()->create_topic({"other", 1, {}}));
  EXPECT_FALSE(reader.admin()->delete_topic("t"));
  auto producer = *reader.producer({.idempotent = false});
  ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "a"));
  EXPECT_FALSE(producer->flush());
  EXPECT_FALSE((*reader.producer({.transactional_id = "p"}))->init_transactions());
  EXPECT_EQ(files_.operation_count(), operations);
}

}  // namespace
}  // namespace weir::log
