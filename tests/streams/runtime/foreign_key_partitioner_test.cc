// Foreign-key joins of tables whose keys are not where murmur2 says (KIP-775): messages between their stages go where
// the tables have their rows.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::foreign_key_partitioner_test {
namespace {

using Text = std::string;
using Rows = std::map<Text, Text>;

constexpr int kLeftPartitions = 3;
constexpr int kRightPartitions = 2;

std::int32_t by_last_letter(const Text& key, std::int32_t partitions) {
  return key.back() % partitions;
}
std::int32_t by_size(const Text& key, std::int32_t partitions) {
  return static_cast<std::int32_t>(key.size()) % partitions;
}

// A left row refers to the row of the right table that it begins with, up to a '/'.
Topology joined(ForeignKeyOptions<Text, Text> options) {
  Builder builder;
  auto left = builder.table<Text, Text>("left");
  auto right = builder.table<Text, Text>("right");
  options.store = "joined";
  left.left_join(
          right, [](const Text& row) { return row.substr(0, row.find('/')); },
          [](const Text& l, const Text* r) { return l + (r ? *r : "-"); }, options)
      .to_stream()
      .to("out");
  return builder.build();
}

class ForeignKeyPartitionerTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("left", kLeftPartitions);
    create("right", kRightPartitions);
    create("out", kLeftPartitions);
    for (const Text key : {"a", "bb", "ccc", "dddd"}) {
      send("right", "=" + key, by_size(key, kRightPartitions), key);
      for (const Text suffix : {"1", "2", "3"}) {
        send("left", key + "/" + suffix, by_last_letter(key + suffix, kLeftPartitions), key + suffix);
        expected_[key + suffix] = key + "/" + suffix + "=" + key;
      }
    }
  }
  Rows seen() {
    Rows last;
    for (const auto& record : read_all("out")) last[record.key] = *record.value;
    return last;
  }
  Result<> run(const ForeignKeyOptions<Text, Text>& options) {
    App app(joined(options), log(), this->options("joining"));
    return app.run_to_end();
  }

  Rows expected_;
};

TEST_F(ForeignKeyPartitionerTest, rows_meet_where_the_tables_partitioners_say) {
  auto done = run({.left_partition = by_last_letter, .right_partition = by_size});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(seen(), expected_);
}

TEST_F(ForeignKeyPartitionerTest, without_them_rows_are_looked_for_where_their_keys_hashes_say) {
  ASSERT_TRUE(run({}));
  EXPECT_NE(seen(), expected_);
}

TEST_F(ForeignKeyPartitionerTest, a_partition_that_the_other_table_does_not_have_ends_the_run_and_is_named) {
  auto done = run({.right_partition = [](const Text&, std::int32_t partitions) {
    return partitions;
  }});
  ASSERT_FALSE(done);
  for (const char* part : {"joined-subscriptions", "partition 2 was chosen of 2"}) {
    EXPECT_NE(done.error().to_string().find(part), Text::npos) << done.error().to_string();
  }
}

}  // namespace
}  // namespace weir::streams::foreign_key_partitioner_test
