// Tables whose source's topic is their changelog: whatever stops an application, it goes on with the rows that were
// committed, and with no later ones.
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::source_changelog_test {
namespace {

using Text = std::string;

Topology joined() {
  Builder builder({.optimizations = all_optimizations});
  auto rows = builder.table<Text, Text>("rows", {.store = "rows"});
  builder.stream<Text, Text>("in")
      .left_join(rows, [](const Text& value, const Text* row) { return value + "/" + (row != nullptr ? *row : "-"); })
      .to("out");
  return builder.build();
}

struct Input {
  const char* topic;
  Text key;
  std::optional<Text> value;
};

std::vector<Input> inputs(int count) {
  std::vector<Input> all;
  for (int i = 0; i < count; ++i) {
    const bool is_row = i % 3 == 0;
    std::optional<Text> value = "v" + std::to_string(i);
    if (is_row && i % 5 == 0) value.reset();  // a deletion
    all.push_back({is_row ? "rows" : "in", "k" + std::to_string(i * 5 % 4), value});
  }
  return all;
}

std::vector<Text> expected(const std::vector<Input>& inputs) {
  TestDriver driver(joined());
  std::int64_t time = 0;
  for (const Input& input : inputs) {
    driver.input<Text, std::optional<Text>>(input.topic).pipe(input.key, input.value, ++time);
  }
  std::vector<Text> results;
  for (const auto& record : driver.output<Text, Text>("out").read_all()) results.push_back(record.key + record.value);
  return results;
}

class SourceChangelogTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("in", 1);
    create("out", 1);
    ASSERT_TRUE(log().admin()->create_topic({"rows", 1, {{"cleanup.policy", "compact"}}}));
  }
  void send_one(const Input& input) {
    NullableBytes value;
    if (input.value) value = *input.value;
    send_bytes(input.topic, log::PartitionIndex(0), input.key, value);
  }
  std::vector<Text> results() {
    std::vector<Text> all;
    for (const auto& record : read_all("out")) all.push_back(record.key + *record.value);
    return all;
  }
  std::vector<RestoreReport> run_to_end(Millis apply_interval) {
    AppOptions chosen = options("joining");
    chosen.apply_interval = apply_interval;
    App app(joined(), log(), chosen);
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    return app.restored();
  }
};

TEST_F(SourceChangelogTest, runs_that_follow_each_other_give_what_one_run_gives_and_there_is_no_changelog) {
  const auto all = inputs(120);
  for (std::size_t i = 0; i < all.size(); ++i) {
    send_one(all[i]);
    if (i % 10 == 9) run_to_end(i % 20 == 9 ? Millis(0) : Millis(1'000'000));
  }
  EXPECT_EQ(results(), expected(all));
  const auto topics = log().admin()->list_topics().value();
  for (const auto& topic : topics) {
    EXPECT_FALSE(topic.name.ends_with("-changelog")) << topic.name;
  }
}

TEST_F(SourceChangelogTest, a_store_that_was_applied_reads_nothing_again) {
  for (const Input& input : inputs(60)) send_one(input);
  run_to_end(Millis(0));
  auto restored = run_to_end(Millis(0));
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0].records, 0u);
  EXPECT_EQ(restored[0].rebuilt_because, std::nullopt);
  EXPECT_EQ(restored[0].from, log::Offset(20)) << "every third input is a row";
}

TEST_F(SourceChangelogTest, a_kill_loses_and_repeats_nothing_and_sees_no_row_too_early) {
  const auto all = inputs(600);
  for (const Input& input : all) send_one(input);
  AppOptions chosen = options("joining");
  chosen.commit_interval = Millis(1);
  App app(joined(), log(), chosen);
  std::thread running([&] { (void)app.run(); });
  while (results().empty()) std::this_thread::yield();
  kill();
  app.stop();
  running.join();
  reopen();
  run_to_end(Millis(0));
  EXPECT_EQ(results(), expected(all));
}

TEST_F(SourceChangelogTest, a_lost_directory_is_filled_again_up_to_the_committed_position_and_not_beyond) {
  auto all = inputs(90);
  for (const Input& input : all) send_one(input);
  run_to_end(Millis(0));
  std::filesystem::remove_all(state_);
  all.push_back({"in", "k0", "before"});
  all.push_back({"rows", "k0", "later"});
  all.push_back({"in", "k0", "behind"});
  for (std::size_t i = 90; i < all.size(); ++i) send_one(all[i]);
  auto restored = run_to_end(Millis(0));
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0].to, log::Offset(30));
  EXPECT_GT(restored[0].records, 0u);
  EXPECT_EQ(results(), expected(all)) << "the record before the later row must not meet it";
}

TEST_F(SourceChangelogTest, positions_that_were_set_back_empty_the_store_and_say_why) {
  for (const Input& input : inputs(60)) send_one(input);
  run_to_end(Millis(0));
  const std::vector<log::PartitionOffset> back{{{"rows", log::PartitionIndex(0)}, {log::Offset(5), {}, {}}}};
  ASSERT_TRUE(log().admin()->set_group_offsets("joining", back));
  auto restored = run_to_end(Millis(0));
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0].to, log::Offset(5));
  ASSERT_TRUE(restored[0].rebuilt_because.has_value());
  EXPECT_NE(restored[0].rebuilt_because->find("behind the committed position 5"), Text::npos);
}

TEST_F(SourceChangelogTest, a_topic_that_forgets_rows_is_refused_with_what_would_be_right) {
  ASSERT_TRUE(log().admin()->alter_topic("rows", {{"cleanup.policy", "delete"}}));
  App app(joined(), log(), options("joining"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_config);
  EXPECT_NE(done.error().detail.find("topic rows is read again for store rows: its cleanup.policy must be compact"),
            Text::npos)
      << done.error().to_string();
  ASSERT_TRUE(log().admin()->alter_topic("rows", {{"retention.ms", "-1"}}));
  EXPECT_TRUE(app.run_to_end()) << "what is kept for ever is as good";
}

}  // namespace
}  // namespace weir::streams::source_changelog_test
