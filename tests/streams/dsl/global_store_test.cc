// Global stores: filled by a processor of the user's, read by all others; the same in memory and on disk.
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Counts = KeyValueStore<Text, std::int64_t>;
using Words = ProcessorRecord<Text, Text>;

// How many words each letter begins.
struct CountLetters {
  Counts counts = {};

  void open(GlobalContext& context) { counts = context.store<Counts>(); }
  void process(GlobalContext&, const Words& word) {
    if (word.value() == "bad") {
      counts.edit("b") += 100;
      throw std::runtime_error("a bad word");
    }
    counts.edit(word.value().substr(0, 1)) += 1;
  }
};

void look_up(Builder& builder, const Text& topic) {
  builder.stream<Text, Text>(topic)
      .process_values<std::int64_t>([](FixedKeyContext<std::int64_t>& context, const Words& letter) {
        const std::int64_t* count = context.global_store<Counts>("letters")->get(letter.value());
        context.forward(count == nullptr ? 0 : *count);
      })
      .to(topic + "-counts");
}

class GlobalStoreTest : public ::testing::TestWithParam<bool> {
 protected:
  void TearDown() override { std::filesystem::remove_all(path_); }
  TestDriverOptions options(std::int32_t partitions = 1) const {
    TestDriverOptions chosen{.partitions = partitions};
    if (!GetParam()) return chosen;
    chosen.state_directory = path_.string();
    chosen.reads_back = true;
    return chosen;
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("weir-global-store-" + std::to_string(::getpid()));
};

INSTANTIATE_TEST_SUITE_P(Backing, GlobalStoreTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "rocksdb" : "memory"; });

TEST_P(GlobalStoreTest, what_the_processor_made_of_all_partitions_is_seen_in_every_stage) {
  Builder builder;
  builder.add_global_store<Counts, Text, Text>("words", CountLetters{}, {.store = "letters"});
  look_up(builder, "one");
  look_up(builder, "other");
  const Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 2u) << "readers are not drawn together";
  TestDriver driver(topology, options(3));
  for (const char* word : {"apple", "avocado", "bean", "apricot"}) {
    driver.input<Text, Text>("words").pipe(word, word);
  }
  for (const char* topic : {"one", "other"}) {
    driver.input<Text, Text>(topic).pipe("1", "a");
    driver.input<Text, Text>(topic).pipe("2", "b");
    driver.input<Text, Text>(topic).pipe("3", "c");
    EXPECT_EQ((driver.output<Text, std::int64_t>(Text(topic) + "-counts").read_map()),
              (std::map<Text, std::int64_t>{{"1", 3}, {"2", 1}, {"3", 0}}));
  }
  EXPECT_EQ((driver.find<std::int64_t, Text>("letters", "a")), 3);
  EXPECT_EQ(*driver.store<Counts>("letters").get("b"), 1);
}

TEST_P(GlobalStoreTest, a_record_at_which_the_processor_throws_leaves_nothing_behind_where_errors_are_skipped) {
  Builder builder;
  builder.add_global_store<Counts, Text, Text>("words", CountLetters{}, {.store = "letters", .on_error = skip()});
  look_up(builder, "one");
  TestDriver driver(builder.build(), options());
  for (const char* word : {"bean", "bad", "beet"}) driver.input<Text, Text>("words").pipe("", word);
  EXPECT_EQ((driver.find<std::int64_t, Text>("letters", "b")), 2);
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST_P(GlobalStoreTest, a_global_table_is_read_by_processors_as_the_rows_that_it_is) {
  Builder builder;
  (void)builder.global_table<Text, std::int64_t>("limits", {.name = "letters"});
  look_up(builder, "one");
  TestDriver driver(builder.build(), options(2));
  driver.input<Text, std::int64_t>("limits").pipe("a", 7);
  driver.input<Text, std::optional<std::int64_t>>("limits").pipe("b", 8);
  driver.input<Text, std::optional<std::int64_t>>("limits").pipe("b", std::nullopt);
  driver.input<Text, Text>("one").pipe("1", "a");
  driver.input<Text, Text>("one").pipe("2", "b");
  EXPECT_EQ((driver.output<Text, std::int64_t>("one-counts").read_map()),
            (std::map<Text, std::int64_t>{{"1", 7}, {"2", 0}}));
}

TEST_P(GlobalStoreTest, windows_and_stores_of_ones_own_can_be_global) {
  struct Last final : state::Store {
    using Store::Store;
    std::size_t dirty_rows() const override { return 0; }
    std::size_t memory_bytes() const override { return 0; }
    Result<> write_changes(state::ChangeSink&) override { return {}; }
    void committed() override {}
    void undo() override {}
    Result<> restore(Bytes, NullableBytes, std::int64_t) override { return {}; }
    Result<> clear() override { return {}; }
    Text word;
  };
  using Windows = WindowStore<Text, Text>;
  Builder builder;
  builder.add_global_store<Windows, Text, Text>("words",
                                                [](GlobalContext& context, const Words& word) {
                                                  context.store<Windows>().put(word.key(), word.value(),
                                                                               word.timestamp_ms());
                                                },
                                                {.store = "by-time", .retention = Millis(10)});
  builder.add_global_store<Last, Text, Text>(
      "words", [](GlobalContext& context, const Words& word) { context.store<Last>().word = word.value(); },
      {.store = "last"});
  builder.stream<Text, Text>("in")
      .process_values<Text>([](FixedKeyContext<Text>& context, const Words& asked) {
        const Last& last = context.global_store<Last>("last");
        for (const auto& row : context.global_store<Windows>("by-time")->fetch(asked.key(), 0, 100)) {
          context.forward(row.value + std::to_string(row.start_ms) + "/" + last.word);
        }
      })
      .to("out");
  TestDriver driver(builder.build(), options());
  driver.input<Text, Text>("words").pipe("k", "x", 5);
  driver.input<Text, Text>("words").pipe("k", "y", 8);
  driver.input<Text, Text>("words").pipe("k", "z", 15);
  driver.input<Text, Text>("in").pipe("k", "?");
  EXPECT_EQ((driver.output<Text, Text>("out").read()->value), "y8/z") << "5 is over";
  EXPECT_EQ((driver.output<Text, Text>("out").read()->value), "z15/z");
}

TEST_P(GlobalStoreTest, its_types_say_whether_records_without_key_or_value_come) {
  Builder builder;
  builder.add_global_store<Counts, Text, std::optional<Text>>(
      "words",
      [](GlobalContext& context, const ProcessorRecord<Text, std::optional<Text>>& word) {
        if (word.value() == nullptr) {
          context.store<Counts>().erase(word.key());
        } else {
          context.store<Counts>().put(word.key(), context.metadata().offset.value());
        }
      },
      {.store = "letters"});
  builder.add_global_store<Counts, NoKey, Text>(
      "words",
      [](GlobalContext& context, const ProcessorRecord<NoKey, Text>&) { ++context.store<Counts>().edit("all"); },
      {.store = "all"});
  look_up(builder, "one");
  TestDriver driver(builder.build(), options());
  driver.input<Text, std::optional<Text>>("words").pipe("a", "x");
  driver.input<Text, std::optional<Text>>("words").pipe("b", "x");
  driver.input<Text, std::optional<Text>>("words").pipe("a", std::nullopt);
  driver.input<NoKey, Text>("words").pipe("without a key");
  EXPECT_EQ((driver.find<std::int64_t, Text>("letters", "a")), std::nullopt);
  EXPECT_EQ((driver.find<std::int64_t, Text>("letters", "b")), 1);
  EXPECT_EQ((driver.find<std::int64_t, Text>("all", "all")), 3) << "null values are none of its";
  EXPECT_EQ(driver.statistics().dropped_null_key, 1u);
  EXPECT_EQ(driver.statistics().dropped_null_value, 1u);
}

template <class S>
concept Writes = requires(S store) {
  store->put("a", 1);
};

TEST(GlobalStores, no_processor_but_its_own_can_write) {
  static_assert(!Writes<ReadOnly<Counts>>);
  static_assert(Writes<Counts*>);
}

Text refusal(auto describe) {
  Builder builder;
  try {
    describe(builder);
    TestDriver driver(builder.build());
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

TEST(GlobalStores, what_makes_no_sense_is_refused_and_named) {
  auto add = [](Builder& builder, const GlobalStoreOptions& options) {
    builder.add_global_store<Counts, Text, Text>("words", CountLetters{}, options);
  };
  EXPECT_EQ(refusal([&](Builder& b) {
              add(b, {.store = "letters"});
              add(b, {.store = "letters"});
            }),
            "two global stores are called 'letters'");
  EXPECT_EQ(refusal([&](Builder& b) {
              add(b, {.store = "letters"});
              b.add_store<Counts>({.store = "letters"});
            }),
            "two stores are called 'letters'");
  EXPECT_EQ(refusal([&](Builder& b) { add(b, {}); }), "'' is no name of a store");
  EXPECT_EQ(refusal([&](Builder& b) { add(b, {.store = "letters", .on_error = retry(3)}); }),
            "global store letters: its processor can fail or skip, and nothing else");
  EXPECT_EQ(refusal([&](Builder& b) {
              b.add_global_store<VersionedStore<Text, Text>, Text, Text>("words", [](GlobalContext&, const Words&) {},
                                                                         {.store = "past", .retention = Millis(10)});
            }),
            "store 'past': versions cannot be global");
  const Text other_kind = refusal([&](Builder& b) {
    add(b, {.store = "letters"});
    b.stream<Text, Text>("in").process_values<Text>(
        [](FixedKeyContext<Text>& context, const Words&) { (void)context.global_store<Counts>("numbers"); });
    TestDriver driver(b.build());
    driver.input<Text, Text>("in").pipe("a", "b");
  });
  EXPECT_NE(other_kind.find("there is no global store 'numbers'"), Text::npos) << other_kind;
  const Text thrown = refusal([&](Builder& b) {
    add(b, {.store = "letters"});
    look_up(b, "one");
    TestDriver driver(b.build());
    driver.input<Text, Text>("words").pipe("k", "bad");
  });
  EXPECT_NE(thrown.find("global store letters: words-0, offset 0: a bad word"), Text::npos) << thrown;
}

}  // namespace
}  // namespace weir::streams
