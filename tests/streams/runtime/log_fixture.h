// A log in memory that applications under test run on, and that can be killed: what follows finds what was written up
// to that moment. Stores lie in a temporary directory.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "log/base/cursor.h"
#include "log/log.h"
#include "sim/memory_file.h"
#include "streams/runtime/app_options.h"
#include "tests/log/way.h"

namespace weir::streams::testing_log {

struct ReadRecord {
  std::string key;
  std::optional<std::string> value;
};

class LogFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    state_ = std::filesystem::temp_directory_path() / ("weir-" + std::to_string(::getpid()) + "-" + test->name());
    std::filesystem::remove_all(state_);
    open();
  }
  void TearDown() override {
    producer_.reset();
    client_.reset();
    std::filesystem::remove_all(state_);
  }

  log::Client& log() { return *client_; }

  AppOptions options(std::string id) const {
    AppOptions chosen;
    chosen.application_id = std::move(id);
    chosen.commit_interval = Millis(10);
    chosen.state_directory = state_.string();
    return chosen;
  }

  void create(const std::string& topic, std::int32_t partitions) {
    auto created = client_->admin()->create_topic({topic, partitions, {}});
    ASSERT_TRUE(created) << created.error().to_string();
  }

  void send(const std::string& topic, const std::string& value, int partition = 0, NullableBytes key = std::nullopt) {
    send_bytes(topic, log::PartitionIndex(partition), key, value);
  }
  void send_bytes(const std::string& topic, log::PartitionIndex partition, NullableBytes key, NullableBytes value) {
    if (!producer_) producer_ = *client_->producer();
    auto sent = producer_->send(topic, partition, ++time_ms_, key, value);
    ASSERT_TRUE(sent) << sent.error().to_string();
    auto flushed = producer_->flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
  }

  void add_partitions(const std::string& topic, std::int32_t partitions) {
    auto added = client_->admin()->add_partitions(topic, partitions);
    ASSERT_TRUE(added) << added.error().to_string();
    producer_.reset();  // the next one knows them
  }

  // Every committed record of a topic, partition by partition.
  std::vector<ReadRecord> read_all(const std::string& topic) { return read_all(topic, *client_); }
  static std::vector<ReadRecord> read_all(const std::string& topic, const log::Client& client) {
    auto consumer = *client.consumer({});
    auto partitions = client.admin()->describe_topic(topic)->partitions;
    std::vector<log::TopicPartition> all;
    for (std::int32_t p = 0; p < partitions; ++p) all.push_back({topic, log::PartitionIndex(p)});
    EXPECT_TRUE(consumer->assign(all));
    auto ends = *consumer->end_offsets(all, log::Isolation::read_committed);
    std::vector<ReadRecord> records;
    for (const auto& partition : all) {
      while (*consumer->position(partition) < ends.at(partition)) {
        auto batches = consumer->poll(Millis(100));
        EXPECT_TRUE(batches) << batches.error().to_string();
        if (!batches) return records;
        for (const auto& batch : *batches) take(batch, records);
      }
    }
    return records;
  }

  static std::map<std::string, std::int64_t> last_counts(const std::vector<ReadRecord>& records) {
    std::map<std::string, std::int64_t> last;
    for (const auto& record : records) last[record.key] = load_big_endian<std::int64_t>(record.value->data());
    return last;
  }

  // The moment of the kill. Applications may still be running on what is lost; they commit nothing more, and so write
  // nothing down that the survivors do not know.
  void kill() {
    files_->end();
    survivors_ = files_->crashed(CrashModel::kill());
  }
  // After `kill`: a partition also lost its last batches, as a power cut may take them, and all else is there.
  void lose_tail(const std::string& topic, std::size_t batches, int partition = 0) {
    const auto directories = survivors_->list("data/partitions");
    ASSERT_TRUE(directories) << directories.error().to_string();
    const std::string begin = topic + "-" + std::to_string(partition) + ".";
    for (const std::string& directory : *directories) {
      if (!directory.starts_with(begin)) continue;
      auto file = survivors_->open("data/partitions/" + directory + "/00000000000000000000.log", OpenMode::read_write);
      ASSERT_TRUE(file) << file.error().to_string();
      std::vector<std::uint64_t> starts;
      const std::uint64_t size = *(*file)->size();
      for (std::uint64_t at = 0; at + 12 <= size;) {
        char head[12];
        ASSERT_TRUE((*file)->read_at(at, head, sizeof head));
        starts.push_back(at);
        at += 12 + static_cast<std::uint64_t>(load_big_endian<std::int32_t>(head + 8));
      }
      ASSERT_GE(starts.size(), batches) << directory;
      ASSERT_TRUE((*file)->truncate(starts[starts.size() - batches]));
      return;
    }
    FAIL() << "no partition " << begin;
  }
  void shut() {
    producer_.reset();
    client_.reset();
  }
  void reopen() {
    shut();
    if (survivors_) {
      lost_.push_back(std::move(files_));
      files_ = std::move(survivors_);
    }
    open();
  }
  // A log of another sync interval, in place of the one that is open.
  void open_with(Millis sync_interval) {
    sync_interval_ = sync_interval;
    reopen();
  }

  std::filesystem::path state_;
  std::unique_ptr<MemoryFileSystem> files_ = std::make_unique<MemoryFileSystem>();
  std::unique_ptr<MemoryFileSystem> survivors_;
  std::vector<std::unique_ptr<MemoryFileSystem>> lost_;  // applications that are not destroyed yet may use them

 private:
  void open() {
    log::OpenOptions chosen;
    chosen.files = files_.get();
    if (sync_interval_) chosen.sync_interval = *sync_interval_;
    auto opened = log::open("data", chosen);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client_ = std::make_unique<log::Client>(log::over_the_way(*std::move(opened)));
  }

  static void take(const log::FetchedBatch& fetched, std::vector<ReadRecord>& records) {
    log::BatchReader reader;
    EXPECT_TRUE(reader.open(fetched.batch));
    std::vector<log::RecordView> views(64);
    for (;;) {
      auto count = reader.fill(views);
      EXPECT_TRUE(count);
      if (!count || *count == 0) return;
      for (std::size_t i = 0; i < *count; ++i) {
        if (views[i].offset < fetched.first_wanted) continue;
        records.push_back({std::string(views[i].key.value_or("")),
                           views[i].value ? std::optional<std::string>(*views[i].value) : std::nullopt});
      }
    }
  }

  std::unique_ptr<log::Client> client_;
  std::unique_ptr<log::Producer> producer_;
  std::int64_t time_ms_ = 0;
  std::optional<Millis> sync_interval_;
};

}  // namespace weir::streams::testing_log
