// The parts of a task by themselves: its stores and its outputs.
#include <gtest/gtest.h>

#include "streams/runtime/task_outputs.h"
#include "streams/runtime/task_stores.h"
#include "streams/runtime/testing/memory_collector.h"
#include "streams/state/key_value_store.h"
#include "streams/streams.h"

namespace weir::streams::task_parts_test {
namespace {

using Text = std::string;

// A table and a count in one stage.
class TaskStoresTest : public ::testing::Test {
 protected:
  TaskStoresTest() {
    Builder builder;
    auto names = builder.table<Text, Text>("names", {.store = "names"});
    builder.stream<Text, Text>("in")
        .join(names, [](const Text& value, const Text& name) { return name + value; })
        .group_by_key()
        .count({.store = "counts"})
        .to_stream()
        .to("out");
    topology_.emplace(builder.build());
    plan_ = *make_plan(*topology_, "app", {[](const Text&) -> Result<std::int32_t> {
      return 2;
    }});
    stores_.emplace(plan_, TaskId{0, log::PartitionIndex(1)}, collector_);
    EXPECT_TRUE(stores_->open("", {}));
  }
  state::KeyValueStore& rows(const Text& name) { return static_cast<state::KeyValueStore&>(*stores_->find(name)); }
  void put(const Text& name, Bytes key, std::int64_t value) {
    rows(name).modify_as<std::int64_t>(rows(name).row(key), 1) = value;
  }
  std::int64_t value(const Text& name, Bytes key) {
    const state::Row* row = rows(name).find(key);
    return row == nullptr ? -1 : *row->value_as<std::int64_t>();
  }

  MemoryCollector collector_{2};
  std::optional<Topology> topology_;
  Plan plan_;
  std::optional<TaskStores> stores_;
};

TEST_F(TaskStoresTest, are_those_of_the_stage_each_with_its_changelog) {
  ASSERT_NE(stores_->find("counts"), nullptr);
  ASSERT_NE(stores_->find("names"), nullptr);
  EXPECT_EQ(stores_->find("others"), nullptr);
  put("counts", "k", 7);
  rows("names").put(rows("names").row("k"), std::make_unique<Text>("name").get(), 1);
  ASSERT_TRUE(stores_->write_changes());
  const log::TopicPartition changelog{"app-counts-changelog", log::PartitionIndex(1)};
  ASSERT_EQ(collector_.changes().size(), 2u);
  ASSERT_TRUE(collector_.changes().contains(changelog));
  EXPECT_EQ(*collector_.changes().at(changelog).at(0).key, "k");
}

TEST_F(TaskStoresTest, are_committed_and_undone_together) {
  put("counts", "a", 1);
  EXPECT_EQ(stores_->usage().dirty_rows, 1u);
  EXPECT_GT(stores_->usage().row_bytes, 0u);
  stores_->committed();
  EXPECT_EQ(stores_->usage().dirty_rows, 0u);
  put("counts", "a", 2);
  put("counts", "b", 3);
  stores_->undo();
  EXPECT_EQ(value("counts", "a"), 1);
  EXPECT_EQ(value("counts", "b"), -1);
}

TEST_F(TaskStoresTest, go_back_to_a_savepoint_together) {
  put("counts", "a", 1);
  stores_->set_savepoint();
  put("counts", "a", 2);
  stores_->roll_back();
  EXPECT_EQ(value("counts", "a"), 1);
  stores_->set_savepoint();
  put("counts", "a", 3);
  stores_->release_savepoint();
  EXPECT_EQ(value("counts", "a"), 3);
}

TEST(TaskOutputsTest, a_topic_is_opened_once_and_written_at_once_where_nobody_makes_attempts) {
  MemoryCollector collector(1);
  TaskOutputs outputs(collector, log::PartitionIndex(0));
  Output* out = *outputs.open("out");
  EXPECT_EQ(*outputs.open("out"), out);
  EXPECT_NE(*outputs.open("others"), out);
  ASSERT_TRUE(out->send(1, "k", "v", nullptr));
  EXPECT_EQ(collector.take().size(), 1u);
}

TEST(TaskOutputsTest, what_an_attempt_sends_is_held_back_until_it_is_known_to_be_good) {
  MemoryCollector collector(1);
  TaskOutputs outputs(collector, log::PartitionIndex(0));
  outputs.expect_attempts();
  Output* out = *outputs.open("out");
  outputs.set_savepoint();
  ASSERT_TRUE(out->send(1, "k", "bad", nullptr));
  EXPECT_EQ(outputs.roll_back(), 1u);
  outputs.set_savepoint();
  ASSERT_TRUE(out->send(1, "k", "good", nullptr));
  EXPECT_TRUE(collector.take().empty());
  ASSERT_TRUE(outputs.release_savepoint());
  const auto sent = collector.take();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(*sent[0].value, "good");
  ASSERT_TRUE(out->send(1, "k", "outside", nullptr));
  EXPECT_EQ(collector.take().size(), 1u);
}

}  // namespace
}  // namespace weir::streams::task_parts_test
