// Foreign-key joins against a model that joins the whole tables anew after every change; what their stages say to each
// other.
#include <filesystem>
#include <map>
#include <random>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Change = std::optional<Text>;
using Rows = std::map<Text, Text>;

// A left row "B7" refers to "B"; one that begins with '-' to none.
std::optional<Text> referred(const Text& row) {
  return row[0] == '-' ? std::nullopt : std::optional<Text>(row.substr(0, row.size() - 1));
}

Topology joined(bool is_left_join) {
  Builder builder;
  auto left = builder.table<Text, Text>("left");
  auto right = builder.table<Text, Text>("right");
  if (is_left_join) {
    left.left_join(right, referred, [](const Text& l, const Text* r) { return l + "/" + (r ? *r : "-"); },
                   {.store = "joined"})
        .to_stream()
        .to("out");
  } else {
    left.join(right, referred, [](const Text& l, const Text& r) { return l + "/" + r; }, {.store = "joined"})
        .to_stream()
        .to("out");
  }
  return builder.build();
}

Rows join_by_hand(const Rows& left, const Rows& right, bool is_left_join) {
  Rows all;
  for (const auto& [key, row] : left) {
    const auto to = referred(row);
    const auto partner = to ? right.find(*to) : right.end();
    if (partner != right.end()) {
      all[key] = row + "/" + partner->second;
    } else if (is_left_join) {
      all[key] = row + "/-";
    }
  }
  return all;
}

void apply(Rows& rows, const Text& key, const Change& value) {
  if (value) {
    rows[key] = *value;
  } else {
    rows.erase(key);
  }
}

void compare_with_model(unsigned seed, const TestDriverOptions& options, int changes) {
  std::mt19937 random(seed);
  auto below = [&](unsigned n) {
    return static_cast<int>(random() % n);
  };
  const bool is_left_join = below(2) == 0;
  TestDriver driver(joined(is_left_join), options);
  // One key is the beginning of another, one has the bytes of a size in it.
  const std::vector<Text> right_keys{"A", "AB", "B", Text("\0\0\0\1A", 5), "C"};
  Rows left, right, seen;
  for (int i = 0; i < changes; ++i) {
    Change value;
    if (below(2) == 0) {
      const Text key = "k" + std::to_string(below(8));
      if (below(5) != 0) value = (below(8) == 0 ? "-" : right_keys[random() % 5]) + std::to_string(below(3));
      apply(left, key, value);
      driver.input<Text, Change>("left").pipe(key, value, below(100));
    } else {
      const Text& key = right_keys[random() % 5];
      if (below(4) != 0) value = "r" + std::to_string(below(5));
      apply(right, key, value);
      driver.input<Text, Change>("right").pipe(key, value, below(100));
    }
    for (const auto& change : driver.output<Text, Change>("out").read_all()) apply(seen, change.key, change.value);
    ASSERT_EQ(seen, join_by_hand(left, right, is_left_join)) << "seed " << seed << ", change " << i;
  }
  for (const auto& [key, row] : seen) EXPECT_EQ(driver.find<Text>("joined", key), row);
}

TEST(ForeignKeyJoin, after_every_change_the_result_is_that_of_the_whole_tables_joined) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    compare_with_model(seed, {}, 60);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ForeignKeyJoin, rows_meet_across_partitions) {
  for (unsigned seed = 1'000; seed < 1'100; ++seed) {
    compare_with_model(seed, {.partitions = 3}, 60);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ForeignKeyJoin, stores_that_are_read_back_from_disk_give_the_same) {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-foreign-key-" + std::to_string(::getpid()));
  for (unsigned seed = 2'000; seed < 2'010; ++seed) {
    std::filesystem::create_directories(directory);
    compare_with_model(seed, {.state_directory = directory.string(), .reads_back = true}, 60);
    std::filesystem::remove_all(directory);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ForeignKeyJoin, a_table_may_refer_to_itself) {
  Builder builder;
  auto people = builder.table<Text, Text>("people");  // each row: who leads them
  auto leads = [](const Text& person, const Text& leader) {
    return person + " under " + leader;
  };
  people
      .join(
          people, [](const Text& leader) { return leader; },
          [leads](const Text& key, const Text& leader, const Text& leader_of_leader) {
            return leads(key, leader) + " under " + leader_of_leader;
          })
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("people");
  in.pipe("ann", "bob");
  EXPECT_TRUE((driver.output<Text, Change>("out").is_empty()));
  in.pipe("bob", "cat");
  EXPECT_EQ((driver.output<Text, Change>("out").read_map()),
            (std::map<Text, Change>{{"ann", "ann under bob under cat"}}));
}

TEST(ForeignKeyJoin, the_topics_in_between_are_named_after_the_store) {
  const Text text = joined(false).describe();
  EXPECT_NE(text.find("joined-subscriptions-repartition"), Text::npos) << text;
  EXPECT_NE(text.find("joined-answers-repartition"), Text::npos) << text;
  EXPECT_EQ(joined(false).stages().size(), 2u);
}

TEST(ForeignKeyJoin, what_stages_say_to_each_other_comes_back_as_it_was) {
  OwnedBytes scratch;
  using Asked = SubscriptionMessage<Text>;
  Asked asked;
  ASSERT_TRUE(Serde<Asked>::decode(Serde<Asked>::encode({Instruction::unsubscribe, 77, "key"}, scratch), asked));
  EXPECT_EQ(asked.instruction, Instruction::unsubscribe);
  EXPECT_EQ(asked.hash, 77u);
  EXPECT_EQ(asked.left_key, "key");
  EXPECT_FALSE(Serde<Asked>::decode(Bytes("\x04"
                                          "12345678key"),
                                    asked))
      << "no such instruction";
  EXPECT_FALSE(Serde<Asked>::decode(Bytes("short"), asked));

  using Answer = AnswerMessage<Text>;
  Answer answer;
  for (const Answer& sent : {Answer{AnswerKind::row, ~std::uint64_t{0}, "row"}, Answer{AnswerKind::row, 1, ""},
                             Answer{AnswerKind::no_row, 2, {}}, Answer{AnswerKind::unsubscribed, 0, {}}}) {
    ASSERT_TRUE(Serde<Answer>::decode(Serde<Answer>::encode(sent, scratch), answer));
    EXPECT_EQ(answer.kind, sent.kind);
    EXPECT_EQ(answer.hash, sent.hash);
    EXPECT_EQ(answer.right, sent.right);
  }
  EXPECT_FALSE(Serde<Answer>::decode(Bytes("short"), answer));
  EXPECT_FALSE(Serde<Answer>::decode(Bytes("\x03"
                                           "12345678"),
                                     answer))
      << "no such kind";
}

}  // namespace
}  // namespace weir::streams
