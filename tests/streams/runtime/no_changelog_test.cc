// Stores without a changelog: nothing is written at a commit, and rows come back only from where they lie.
#include <filesystem>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

class NoChangelogTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("in", 1);
    create("out", 1);
  }

  std::map<Text, std::int64_t> run(const StoreOptions& store) {
    Builder builder;
    builder.stream<Text, Text>("in").group_by_key().count(store).to_stream().to("out");
    send("in", "x", 0, "a");
    send("in", "x", 0, "b");
    App app(builder.build(), log(), options("counting"));
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    return last_counts(read_all("out"));
  }
  bool has_changelog() { return log().admin()->describe_topic("counting-counts-changelog").has_value(); }
};

TEST_F(NoChangelogTest, rows_on_disk_are_gone_on_with_in_the_same_directory) {
  const StoreOptions store{.store = "counts", .without_changelog = true};
  run(store);
  EXPECT_EQ(run(store), (std::map<Text, std::int64_t>{{"a", 2}, {"b", 2}}));
  EXPECT_FALSE(has_changelog());
}

TEST_F(NoChangelogTest, where_the_data_is_gone_the_store_begins_empty) {
  const StoreOptions store{.store = "counts", .without_changelog = true};
  run(store);
  std::filesystem::remove_all(state_);
  EXPECT_EQ(run(store), (std::map<Text, std::int64_t>{{"a", 1}, {"b", 1}}));
  const StoreOptions in_memory{.store = "counts", .in_memory = true, .without_changelog = true};
  EXPECT_EQ(run(in_memory), (std::map<Text, std::int64_t>{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(run(in_memory), (std::map<Text, std::int64_t>{{"a", 1}, {"b", 1}}));
}

TEST_F(NoChangelogTest, a_store_with_one_comes_back_from_there) {
  run({.store = "counts"});
  EXPECT_TRUE(has_changelog());
  std::filesystem::remove_all(state_);
  EXPECT_EQ(run({.store = "counts"}), (std::map<Text, std::int64_t>{{"a", 2}, {"b", 2}}));
}

TEST_F(NoChangelogTest, processors_stores_of_every_kind_can_do_without) {
  Builder builder;
  builder.add_store<KeyValueStore<Text, Text>>({.store = "rows", .without_changelog = true});
  builder.add_store<WindowStore<Text, Text>>({.store = "windows", .retention = Millis(10), .without_changelog = true});
  builder.add_store<VersionedStore<Text, Text>>(
      {.store = "versions", .retention = Millis(10), .without_changelog = true});
  builder.stream<Text, Text>("in").process<Text, Text>(
      [](ProcessorContext<Text, Text>& context, const ProcessorRecord<Text, Text>& record) {
        context.store<KeyValueStore<Text, Text>>("rows").put(record.key(), record.value());
      },
      {.stores = {"rows", "windows", "versions"}});
  for (const auto& store : builder.build().description().stores) EXPECT_EQ(store.changelog, "") << store.name;
}

}  // namespace
}  // namespace weir::streams
