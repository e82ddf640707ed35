#include "connect/connectors/files/file_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sim/faulty_file.h"
#include "sim/memory_file.h"

namespace weir::connect {
namespace {

using testing::HasSubstr;

// What the metadata is committed with.
SinkStart of(const std::string& metadata) {
  return {.committed = {{{"t", log::PartitionIndex(3)}, {7, metadata}}}};
}

class FileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> sink(FileSystem& files) {
    options_.path = "out";
    return file_sink(options_, files);
  }
  std::unique_ptr<Sink> sink() { return sink(files_); }

  Result<> put(Sink& sink, const std::string& key, const std::string& value) {
    ConnectRecord record;
    record.key = Payload::text(key);
    record.value = Payload::owned(value_is_, value);
    return sink.put({&record, 1});
  }

  std::string content() { return *read_file(files_, "out"); }

  MemoryFileSystem files_;
  FileSinkOptions options_;
  Encoding value_is_ = Encoding::string;
};

TEST_F(FileSinkTest, records_become_lines_when_they_are_flushed) {
  auto sink = this->sink();
  auto started = sink->start({});
  ASSERT_TRUE(started);
  EXPECT_EQ(started->metadata, "{\"file\":1,\"length\":0}");
  ASSERT_TRUE(put(*sink, "a", "1"));
  ConnectRecord without;
  ASSERT_TRUE(sink->put({&without, 1}));
  EXPECT_EQ(*sink->flush(), "{\"file\":1,\"length\":50}");
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":null,\"value\":null}\n");
}

TEST_F(FileSinkTest, a_value_alone_may_be_the_line) {
  options_.lines.envelope = Envelope::value;
  value_is_ = Encoding::json;
  auto sink = this->sink();
  ASSERT_TRUE(sink->start({}));
  ASSERT_TRUE(put(*sink, "a", "{\"n\":1}"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"n\":1}\n");
}

TEST_F(FileSinkTest, what_was_written_after_the_last_commit_is_cut_off_on_start) {
  std::string committed;
  {
    auto sink = this->sink();
    ASSERT_TRUE(sink->start({}));
    ASSERT_TRUE(put(*sink, "a", "1"));
    committed = *sink->flush();
    ASSERT_TRUE(put(*sink, "b", "2"));
    ASSERT_TRUE(sink->flush());
  }
  auto sink = this->sink();
  EXPECT_EQ(sink->start(of(committed))->metadata, committed);
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n");
  ASSERT_TRUE(put(*sink, "c", "3"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"c\",\"value\":\"3\"}\n");
}

TEST_F(FileSinkTest, the_same_sink_starts_again_and_forgets_what_it_had_not_flushed) {
  auto sink = this->sink();
  auto committed = sink->start({});
  ASSERT_TRUE(committed);
  ASSERT_TRUE(put(*sink, "lost", "1"));
  ASSERT_TRUE(sink->start(of(committed->metadata)));
  ASSERT_TRUE(put(*sink, "a", "1"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n");
}

TEST_F(FileSinkTest, a_flushed_line_survives_a_power_cut) {
  auto sink = this->sink();
  ASSERT_TRUE(sink->start({}));
  ASSERT_TRUE(put(*sink, "a", "1"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(*read_file(*files_.crashed(CrashModel::power_cut()), "out"), "{\"key\":\"a\",\"value\":\"1\"}\n");
}

TEST_F(FileSinkTest, another_a_shorter_or_a_missing_file_is_an_error_that_names_both) {
  std::string committed;
  {
    auto sink = this->sink();
    ASSERT_TRUE(sink->start({}));
    ASSERT_TRUE(put(*sink, "a", "1"));
    committed = *sink->flush();
  }
  auto file = files_.open("out", OpenMode::read_write).value();
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(sink()->start(of(committed)).error().detail,
            "out is file 1 with 3 bytes, but file 1 with 24 bytes was written and committed");
  ASSERT_TRUE(replace_file(files_, "out", std::string(50, 'x')));
  EXPECT_THAT(sink()->start(of(committed)).error().detail,
              HasSubstr("with 50 bytes, but file 1 with 24 bytes was written and committed"));
  EXPECT_EQ(content(), std::string(50, 'x'));
  ASSERT_TRUE(files_.remove("out"));
  auto missing = sink()->start(of(committed));
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().detail, "out is not there, but file 1 with 24 bytes was written and committed");
  EXPECT_FALSE(*files_.exists("out"));
}

TEST_F(FileSinkTest, bytes_that_nobody_committed_are_not_written_over) {
  ASSERT_TRUE(replace_file(files_, "out", "precious"));
  auto started = sink()->start({});
  EXPECT_EQ(started.error().code, ErrorCode::already_exists);
  EXPECT_THAT(started.error().detail, HasSubstr("holds 8 bytes that this connector did not write"));
  EXPECT_EQ(content(), "precious");
}

TEST_F(FileSinkTest, a_second_writer_is_refused) {
  auto first = sink();
  auto committed = first->start({});
  ASSERT_TRUE(committed);
  auto second = sink()->start(of(committed->metadata));
  EXPECT_EQ(second.error().code, ErrorCode::locked);
  EXPECT_THAT(second.error().detail, HasSubstr("out: a second writer"));
  first.reset();
  EXPECT_TRUE(sink()->start(of(committed->metadata)));
}

TEST_F(FileSinkTest, somebody_elses_writing_is_noticed_before_the_next_commit) {
  auto sink = this->sink();
  ASSERT_TRUE(sink->start({}));
  ASSERT_TRUE(put(*sink, "a", "1"));
  ASSERT_TRUE(sink->flush());
  auto file = files_.open("out", OpenMode::read_write).value();
  ASSERT_TRUE(file->write_at(*file->size(), "foreign foreign foreign foreign\n"));
  ASSERT_TRUE(put(*sink, "b", "2"));
  EXPECT_THAT(sink->flush().error().detail, HasSubstr("somebody else writes to it"));
}

TEST_F(FileSinkTest, of_records_of_which_one_is_refused_nothing_is_written) {
  auto sink = this->sink();
  ASSERT_TRUE(sink->start({}));
  value_is_ = Encoding::json;
  ASSERT_TRUE(put(*sink, "a", "1"));
  std::vector<ConnectRecord> records(2);
  records[0].value = Payload::json("2");
  records[1].value = Payload::owned(Encoding::int64, "short");
  EXPECT_EQ(sink->put(records).error().detail, "expected an int64 of 8 bytes, not 5");
  ASSERT_TRUE(sink->put({records.data(), 1}));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":1}\n{\"key\":null,\"value\":2}\n");
}

TEST_F(FileSinkTest, a_full_disk_is_an_error_and_a_restart_writes_all_once) {
  FaultyFileSystem faulty(files_);
  auto sink = this->sink(faulty);
  auto committed = sink->start({});
  ASSERT_TRUE(committed);
  faulty.inject({.at = 0, .code = ErrorCode::no_space, .on = Fault::On::writes, .write_bytes = 5});
  ASSERT_TRUE(put(*sink, "a", "1"));
  EXPECT_EQ(sink->flush().error().code, ErrorCode::no_space);
  faulty.heal();
  ASSERT_TRUE(sink->start(of(committed->metadata)));
  ASSERT_TRUE(put(*sink, "a", "1"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n");
}

TEST_F(FileSinkTest, metadata_that_cannot_be_read_is_an_error_that_shows_it) {
  for (const char* text : {"", "{}", "{\"file\":\"x\",\"length\":1}", "[1]"}) {
    auto started = sink()->start(of(text));
    EXPECT_EQ(started.error().code, ErrorCode::corrupt_data) << text;
  }
}

// The lock is the machine's: also between two sinks of one process.
TEST(FileSinkOnDisk, a_second_writer_is_refused) {
  const std::string path = testing::TempDir() + "weir_file_sink_" + std::to_string(::getpid());
  auto first = file_sink({.path = path});
  auto committed = first->start({});
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(file_sink({.path = path})->start(of(committed->metadata)).error().code, ErrorCode::locked);
  first.reset();
  EXPECT_TRUE(file_sink({.path = path})->start(of(committed->metadata)));
  ASSERT_TRUE(posix_files().remove(path));
}

TEST_F(FileSinkTest, a_file_whose_first_commit_was_lost_is_written_again_by_the_connector_that_began_it) {
  {
    auto sink = this->sink();
    ASSERT_TRUE(sink->start({.owner = "connector alerts-file, alerts AbCdEfGhIjKlMnOpQrStUv"}));
    ASSERT_TRUE(put(*sink, "a", "1"));
    ASSERT_TRUE(put(*sink, "b", "2"));
    ASSERT_TRUE(sink->flush());
    EXPECT_EQ(*read_file(files_, ".out.weir-sink"),
              R"({"owner":"connector alerts-file, alerts AbCdEfGhIjKlMnOpQrStUv","file":1})"
              "\n");
  }
  {
    auto other = this->sink();
    auto started = other->start({.owner = "connector alerts-file, alerts ZyXwVuTsRqPoNmLkJiHgFe"});  // over another log
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().detail, HasSubstr("bytes that this connector did not write"));
  }
  auto sink = this->sink();
  ASSERT_TRUE(sink->start({.owner = "connector alerts-file, alerts AbCdEfGhIjKlMnOpQrStUv"}));
  ASSERT_TRUE(put(*sink, "a", "1"));
  ASSERT_TRUE(sink->flush());
  EXPECT_EQ(content(), "{\"key\":\"a\",\"value\":\"1\"}\n");
}

TEST_F(FileSinkTest, a_file_that_took_the_place_of_its_own_is_not_its_own) {
  {
    auto sink = this->sink();
    ASSERT_TRUE(sink->start({}));
  }
  ASSERT_TRUE(replace_file(files_, "out", "precious\n"));
  EXPECT_FALSE(sink()->start({}));
  EXPECT_EQ(content(), "precious\n");
}

TEST_F(FileSinkTest, of_the_commits_of_several_partitions_the_longest_is_the_last) {
  ASSERT_TRUE(sink()->start({}));
  auto file = files_.open("out", OpenMode::read_write).value();
  ASSERT_TRUE(file->write_at(0, "0123456789"));
  const log::TopicPartition left_early{"t", log::PartitionIndex(0)};
  const log::TopicPartition stayed{"t", log::PartitionIndex(1)};
  SinkCommits commits{{left_early, {9, "{\"file\":1,\"length\":4}"}}, {stayed, {3, "{\"file\":1,\"length\":8}"}}};
  EXPECT_EQ(sink()->start({.committed = commits})->metadata, "{\"file\":1,\"length\":8}");
  EXPECT_EQ(content(), "01234567");
}

TEST_F(FileSinkTest, partitions_that_were_written_to_different_files_are_refused) {
  ASSERT_TRUE(sink()->start({}));
  SinkCommits commits{{{"t", log::PartitionIndex(0)}, {1, "{\"file\":1,\"length\":0}"}},
                      {{"t", log::PartitionIndex(1)}, {1, "{\"file\":2,\"length\":0}"}}};
  auto started = sink()->start({.committed = commits});
  ASSERT_FALSE(started);
  EXPECT_EQ(
      started.error().detail,
      "out: t-0 was written to file 1, and t-1 to file 2: if tasks.max was changed, give it its old value, or the "
      "connector a new name");
}

}  // namespace
}  // namespace weir::connect
