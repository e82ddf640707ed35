// The metadata of a log that lives long: what it keeps, and what a power cut, damage or a reader beside it makes of
// that.
#include <gtest/gtest.h>

#include "log/broker/partitions/topics.h"
#include "sim/memory_file.h"

namespace weir::log::broker {
namespace metadata {
namespace {

constexpr std::int64_t kEvery = cluster::MetadataLog::kRecordsBetweenSnapshots;

class MetadataTest : public testing::Test {
 protected:
  struct Opened {
    std::unique_ptr<storage::LogDirectory> directory;
    std::unique_ptr<Topics> topics;
  };
  Result<Opened> open_beside(FileSystem& files, bool read_only, std::string boot = "boot-1") {
    storage::LogDirectory::Options options;
    options.boot_id = std::move(boot);
    options.read_only = read_only;
    Opened opened;
    WEIR_TRY_VAR(directory, storage::LogDirectory::open(files, "log", options));
    opened.directory = std::move(directory);
    WEIR_TRY_VAR(topics, Topics::open(*opened.directory, clock_, {Flush::left_to_system, cluster::Sync::yes, 42}));
    opened.topics = std::move(topics);
    return opened;
  }
  Result<> open(FileSystem& files, std::string boot = "boot-1") {
    shut();
    WEIR_TRY_VAR(opened, open_beside(files, false, std::move(boot)));
    now_ = std::move(opened);
    return {};
  }
  void shut() {
    now_.topics.reset();
    now_.directory.reset();
  }
  void TearDown() override { shut(); }
  Topics& topics() { return *now_.topics; }

  Result<> create(const std::string& name) {
    cluster::Topic topic;
    topic.name = name;
    auto created = topics().create(std::move(topic));
    return created ? Result<>{} : fail(created.error());
  }
  // A record of the metadata each.
  Result<> set(std::int64_t value) {
    return topics().set_configs("t", {{"retention.ms", std::to_string(value)}}, ValidateOnly::no);
  }
  void set_until(std::int64_t value) {
    while (last_ < value) ASSERT_TRUE(set(++last_));
  }
  static std::int64_t value_in(const Topics& topics) {
    const auto topic = topics.describe("t");
    if (!topic) return -1;
    auto found = topic->configs.find("retention.ms");
    return found == topic->configs.end() ? 0 : std::stoll(found->second);
  }
  std::uint64_t bytes_in(const std::string& directory) {
    std::uint64_t bytes = 0;
    const auto names = files_.list(directory).value();
    for (const auto& name : names) bytes += *files_.size_of(directory + "/" + name);
    return bytes;
  }
  static std::string log_path() { return "log/partitions/" + cluster::metadata_directory().name(); }
  std::vector<std::string> snapshots() { return files_.list("log/metadata").value(); }

  ManualClock clock_{1'000};
  MemoryFileSystem files_;
  Opened now_;
  std::int64_t last_ = 0;
};

TEST_F(MetadataTest, ten_thousand_topics_that_came_and_went_leave_a_small_log_that_opens_fast) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("stays"));
  const auto stays = *topics().describe("stays");
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(create("t" + std::to_string(i)));
    ASSERT_TRUE(topics().remove("t" + std::to_string(i)));
  }
  EXPECT_LT(bytes_in(log_path()), 600'000u) << "of 20,001 records";
  EXPECT_EQ(snapshots().size(), 2u);
  EXPECT_LT(bytes_in("log/metadata"), 2'000u) << "what was deleted is forgotten";
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(*topics().describe("stays"), stays);
  EXPECT_EQ(topics().list().size(), 1u);
  EXPECT_TRUE(create("t0"));
  EXPECT_TRUE(topics().metadata_notes().empty());
  EXPECT_TRUE(topics().findings().empty());
}

TEST_F(MetadataTest, producer_ids_are_never_given_out_twice_whatever_the_log_forgot) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  const auto first = topics().new_producer_id().value();
  set_until(3 * kEvery);
  ASSERT_TRUE(open(files_));
  EXPECT_GT(*topics().new_producer_id(), first);
}

// Each operation on files around the writing of a snapshot and the shortening of the log.
TEST_F(MetadataTest, a_power_cut_anywhere_around_a_snapshot_leaves_what_was_answered) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  set_until(2 * kEvery - 5);  // there is one, and the next one lets the log forget
  struct Answered {
    std::size_t operations;
    std::int64_t value;
  };
  std::vector<Answered> answered{{files_.operation_count(), last_}};
  const std::size_t from = files_.operation_count();
  while (last_ < 2 * kEvery + 5) {
    ASSERT_TRUE(set(++last_));
    answered.push_back({files_.operation_count(), last_});
  }
  const std::size_t to = files_.operation_count();
  bool has_removed = false;
  for (std::size_t at = from; at <= to && !HasFailure(); ++at) {
    SCOPED_TRACE(at < to ? files_.describe_operation(at) : "all");
    has_removed = has_removed || (at < to && files_.describe_operation(at).find("remove " + log_path()) == 0);
    std::int64_t known = 0;
    for (const auto& one : answered) {
      if (one.operations <= at) known = one.value;
    }
    for (int way = 0; way < 4; ++way) {
      auto left = files_.crashed_after(at, way == 0   ? CrashModel::kill()
                                           : way == 1 ? CrashModel::power_cut()
                                                      : CrashModel::power_cut(at * 10 + static_cast<std::size_t>(way)));
      const auto opened = open(*left, way == 0 ? "boot-1" : "boot-2");
      ASSERT_TRUE(opened) << opened.error().to_string();
      EXPECT_GE(value_in(topics()), known);
      EXPECT_LE(value_in(topics()), known + 1);
      for (const auto& finding : topics().findings()) EXPECT_FALSE(finding.is_damage) << finding.to_string();
      ASSERT_TRUE(set(77));
      shut();
    }
  }
  EXPECT_TRUE(has_removed) << "the window has no segment that goes: the test looks at nothing";
}

TEST_F(MetadataTest, a_damaged_snapshot_is_told_and_keeps_nothing_shut) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  set_until(4 * kEvery);
  shut();
  const auto names = snapshots();
  ASSERT_EQ(names.size(), 2u);
  files_.flip("log/metadata/" + names[1], 30, 4);
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(value_in(topics()), last_);
  ASSERT_EQ(topics().metadata_notes().size(), 1u);
  EXPECT_NE(topics().metadata_notes()[0].find(names[1]), std::string::npos);
  set_until(6 * kEvery);
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(value_in(topics()), last_);
  EXPECT_TRUE(topics().metadata_notes().empty()) << "it was replaced";
}

TEST_F(MetadataTest, where_the_log_holds_everything_it_needs_no_snapshot) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  set_until(kEvery + 10);
  shut();
  ASSERT_EQ(snapshots().size(), 1u);
  files_.flip("log/metadata/" + snapshots()[0], 30, 4);
  ASSERT_TRUE(open(files_)) << "the log was not shortened yet";
  EXPECT_EQ(value_in(topics()), last_);
  shut();
  // As an older version left it.
  ASSERT_TRUE(files_.remove_all("log/metadata"));
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(value_in(topics()), last_);
  EXPECT_TRUE(topics().metadata_notes().empty());
}

TEST_F(MetadataTest, what_neither_the_log_nor_a_snapshot_tells_is_not_taken_for_nothing) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  set_until(4 * kEvery);
  shut();
  for (const auto& name : snapshots()) files_.flip("log/metadata/" + name, 30, 4);
  const auto opened = open(files_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt_data);
  EXPECT_NE(opened.error().detail.find("no snapshot"), std::string::npos) << opened.error().detail;
}

TEST_F(MetadataTest, a_reader_that_the_writer_has_overtaken_goes_on_with_a_snapshot) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(create("t"));
  set_until(10);
  auto reader = open_beside(files_, true).value();
  EXPECT_EQ(value_in(*reader.topics), 10);
  set_until(5 * kEvery);
  ASSERT_TRUE(create("another"));
  ASSERT_TRUE(reader.topics->refresh());
  EXPECT_EQ(value_in(*reader.topics), last_);
  EXPECT_TRUE(reader.topics->describe("another"));
  reader.topics.reset();
}

TEST_F(MetadataTest, whoever_asks_keeps_the_state_of_that_moment_while_others_change_it) {
  auto directory = storage::LogDirectory::open(files_, "log", {}).value();
  auto log = cluster::MetadataLog::open(*directory, clock_, cluster::Sync::yes).value();
  const auto before = log->state();
  cluster::Topic topic;
  topic.name = "t";
  ASSERT_TRUE(log->commit(*before->decide_create(topic)));
  EXPECT_EQ(before->find("t"), nullptr);
  EXPECT_NE(log->state()->find("t"), nullptr);
  log.reset();
}

}  // namespace
}  // namespace metadata
}  // namespace weir::log::broker
