// Opening and closing a log, and reading one that another process writes.
#include <algorithm>

#include <unistd.h>

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

// What was there and is not, after a clean end: it is never taken for nothing.
class LostTest : public OpenTest {
 protected:
  // Cuts the first segment of each partition of the topic, which must have one.
  void cut(const std::string& topic, std::uint64_t size) {
    int found = 0;
    const auto names = files_.list("log/partitions").value();
    for (const auto& name : names) {
      if (name.rfind(topic + "-", 0) != 0) continue;
      auto file = files_.open("log/partitions/" + name + "/00000000000000000000.log", OpenMode::read_write).value();
      if (*file->size() <= size) continue;
      ASSERT_TRUE(file->truncate(size));
      ++found;
    }
    ASSERT_GT(found, 0);
  }
  static void expect_cause(const Error& error, const std::string& topic) {
    EXPECT_EQ(error.code, ErrorCode::storage_error) << error.to_string();
    EXPECT_NE(error.detail.find(topic), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("lost"), std::string::npos) << error.detail;
  }
};

TEST_F(LostTest, whoever_reads_to_the_end_of_what_is_left_is_told_what_is_missing) {
  {
    auto client = open_log(files_);
    create(*client, "t");
    create(*client, "sound");
    for (const char* value : {"a", "b", "c"}) produce(*client, "t", value);
    produce(*client, "sound", "x");
  }
  cut("t", (*files_.open(file_of(files_, "t"), OpenMode::read).value()->size()) / 3);
  auto client = open_log(files_).value();
  ASSERT_EQ(recovery_findings(client).size(), 1u);
  EXPECT_NE(recovery_findings(client)[0].find("offsets 1 to 2 were written and are lost"), std::string::npos);
  auto reader = client.consumer().value();
  const TopicPartition one[] = {partition_of("t")};
  ASSERT_TRUE(reader->assign({one[0]}));
  EXPECT_EQ(reader->end_offsets(one, Isolation::read_committed)->at(one[0]), Offset(3)) << "what there was to read";
  EXPECT_EQ(values_in(reader->poll(Millis(0)).value()), std::vector<std::string>{"a"});
  auto failed = reader->poll(Millis(0));
  ASSERT_FALSE(failed);
  expect_cause(failed.error(), "t-0");
  auto producer = client.producer().value();
  ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "d"));
  auto flushed = producer->flush();
  ASSERT_FALSE(flushed);
  expect_cause(flushed.error(), "t-0");
  EXPECT_EQ(poll(client, "sound", Millis(0)), std::vector<std::string>{"x"});
}

TEST_F(LostTest, offsets_that_are_lost_are_no_fresh_start) {
  ConsumerOptions options;
  options.group_id = "readers";
  {
    auto client = open_log(files_);
    create(*client, "t");
    produce(*client, "t", "a");
    auto reader = client->consumer(options).value();
    ASSERT_TRUE(reader->assign({partition_of("t")}));
    ASSERT_TRUE(reader->poll(Millis(0)));
    ASSERT_TRUE(reader->commit());
  }
  cut("__consumer_offsets", 0);
  auto client = open_log(files_).value();
  auto reader = client.consumer(options).value();
  ASSERT_TRUE(reader->assign({partition_of("t")}));
  auto failed = reader->poll(Millis(0));
  ASSERT_FALSE(failed);
  expect_cause(failed.error(), "__consumer_offsets");
  auto member = client.consumer(options).value();
  ASSERT_TRUE(member->subscribe({"t"}));
  Result<std::vector<FetchedBatch>> joined;
  for (int i = 0; i < 100 && joined; ++i) joined = member->poll(Millis(100));
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::storage_error) << joined.error().to_string();
}

TEST_F(LostTest, transactions_whose_state_is_lost_say_so_and_do_not_wait) {
  ProducerOptions options;
  options.transactional_id = "x";
  {
    auto client = open_log(files_);
    create(*client, "t");
    auto producer = client->producer(options).value();
    ASSERT_TRUE(producer->init_transactions());
    ASSERT_TRUE(producer->begin_transaction());
    ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "a"));
    ASSERT_TRUE(producer->commit_transaction());
  }
  cut("__transaction_state", 0);
  auto client = open_log(files_).value();
  auto producer = client.producer(options).value();
  auto failed = producer->init_transactions();
  ASSERT_FALSE(failed);
  expect_cause(failed.error(), "__transaction_state");
  EXPECT_EQ(poll(client, "t", Millis(0)), std::vector<std::string>{"a"});
}

TEST_F(LostTest, metadata_that_is_lost_keeps_the_log_shut_and_says_what_is_missing) {
  {
    auto client = open_log(files_);
    create(*client, "t");
  }
  cut("__cluster_metadata", 0);
  auto opened = open_log(files_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("__cluster_metadata"), std::string::npos) << opened.error().to_string();
  EXPECT_NE(opened.error().detail.find("lost"), std::string::npos) << opened.error().to_string();
}

// A topic whose directory cannot be made is offline, and nothing else is.
TEST(OpenOnDisk, a_partition_that_cannot_be_opened_keeps_nothing_else_shut) {
  const std::string directory = testing::TempDir() + "weir_offline_" + std::to_string(::getpid());
  ASSERT_TRUE(posix_files().remove_all(directory));
  {
    auto client = open(directory).value();
    for (const char* topic : {"broken", "sound"}) ASSERT_TRUE(client.admin()->create_topic({topic, 1, {}}));
    auto producer = client.producer().value();
    ASSERT_TRUE(producer->send("sound", PartitionIndex(0), 1'000, std::nullopt, "x"));
    ASSERT_TRUE(producer->flush());
  }
  const auto names = posix_files().list(directory + "/partitions").value();
  const auto broken = std::ranges::find_if(names, [](const auto& name) { return name.rfind("broken-0.", 0) == 0; });
  ASSERT_NE(broken, names.end());
  ASSERT_TRUE(posix_files().remove_all(directory + "/partitions/" + *broken));
  ASSERT_TRUE(posix_files().open(directory + "/partitions/" + *broken, OpenMode::create));  // a file in its place
  {
    auto opened = open(directory);
    ASSERT_TRUE(opened) << opened.error().to_string();
    ASSERT_EQ(recovery_findings(*opened).size(), 1u);
    EXPECT_NE(recovery_findings(*opened)[0].find("cannot be opened"), std::string::npos);
    auto producer = opened->producer().value();
    ASSERT_TRUE(producer->send("broken", PartitionIndex(0), 1'000, std::nullopt, "y"));
    auto flushed = producer->flush();
    ASSERT_FALSE(flushed);
    EXPECT_NE(flushed.error().detail.find("broken-0"), std::string::npos) << flushed.error().to_string();
    auto other = opened->producer().value();
    ASSERT_TRUE(other->send("sound", PartitionIndex(0), 1'000, std::nullopt, "y"));
    EXPECT_TRUE(other->flush());
    auto reader = opened->consumer().value();
    ASSERT_TRUE(reader->assign({{"broken", PartitionIndex(0)}}));
    auto failed = reader->poll(Millis(1'000));
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().detail.find("cannot be opened"), std::string::npos) << failed.error().to_string();
  }
  ASSERT_TRUE(posix_files().remove_all(directory));
}

}  // namespace
}  // namespace weir::log
