// Repartition topics that are shared by what stands further below: which of them, and that nothing else changes.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Texts = Stream<Text, Text>;

constexpr Optimizations kShared{.shared_repartitions = true};

Text first_letter(const Text& text) {
  return text.substr(0, 1);
}
bool is_short(const Text& text) {
  return text.size() < 4;
}

std::vector<Text> repartition_topics(const Topology& topology) {
  std::vector<Text> names;
  for (const auto& topic : topology.description().internal_topics) {
    if (topic.kind == "repartition") names.push_back(topic.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A count straight below the operator that changes the key, and whatever `more` puts beside it.
template <class More>
std::vector<Text> topics_with(More more, const Optimizations& optimizations = kShared) {
  Builder builder({.optimizations = optimizations});
  auto letters = builder.stream<Text, Text>("in").select_key(first_letter, {.name = "letters"});
  letters.group_by_key().count({.store = "counts"}).to_stream().to("counted");
  more(letters);
  return repartition_topics(builder.build());
}

const std::vector<Text> kOne{"letters.repartition-repartition"};

TEST(SharedRepartitions, are_hoisted_above_what_leaves_records_out_or_only_looks_at_them) {
  auto more = [](const Texts& letters) {
    letters.filter(is_short).group_by_key().count({.store = "short"});
    letters.peek([](const Text&) {}).filter_not(is_short).to_table({.store = "long"});
    auto [a, rest] = letters.split(is_short);
    a.group_by_key().count({.store = "a"});
    rest.join(a, [](const Text& left, const Text&) { return left; }, within(Millis(5)), {.store = "pairs"}).to("pairs");
  };
  EXPECT_EQ(topics_with(more), kOne);
  EXPECT_EQ(topics_with(more, no_optimizations).size(), 6u);
}

TEST(SharedRepartitions, are_made_where_nothing_stands_straight_below_the_operator) {
  Builder builder({.optimizations = kShared});
  auto letters = builder.stream<Text, Text>("in").select_key(first_letter, {.name = "letters"});
  letters.filter(is_short).group_by_key().count({.store = "short"});
  letters.filter_not(is_short).group_by_key().count({.store = "long"});
  EXPECT_EQ(repartition_topics(builder.build()), kOne);
}

TEST(SharedRepartitions, take_with_them_what_else_stands_below_if_it_keeps_no_state) {
  auto more = [](auto below) {
    return [below](const Texts& letters) {
      auto few = letters.filter(is_short, {.name = "few"});
      few.group_by_key().count({.store = "short"});
      below(few);
    };
  };
  EXPECT_EQ(topics_with(more([](const Texts& few) {
              few.map_values([](const Text& text) { return text.size(); }).to("sizes");
              few.for_each([](const Text&) {});
            })),
            kOne);
  const std::vector<Text> two{"few.repartition-repartition", "letters.repartition-repartition"};
  EXPECT_EQ(topics_with(more([](const Texts& few) {
              few.process_values<Text>([](FixedKeyContext<Text>&, const ProcessorRecord<Text, Text>&) {}).to("sizes");
            })),
            two);
  EXPECT_EQ(topics_with(more([](const Texts& few) { few.merge(few).to("twice"); })), two);
}

TEST(SharedRepartitions, stay_below_what_changes_values_or_has_a_policy_or_was_given_a_topic) {
  EXPECT_EQ(topics_with([](const Texts& letters) {
              letters.map_values([](const Text& text) { return text; }).group_by_key().count({.store = "mapped"});
            }).size(),
            2u);
  EXPECT_EQ(topics_with([](const Texts& letters) {
              letters.filter(is_short, {.on_error = skip()}).group_by_key().count({.store = "guarded"});
            }).size(),
            2u);
  EXPECT_EQ(topics_with([](const Texts& letters) {
              letters.filter(is_short).group_by_key({.name = "mine"}).count({.store = "named"});
            }),
            (std::vector<Text>{"letters.repartition-repartition", "mine-repartition"}));
}

TEST(SharedRepartitions, stay_below_what_sees_records_without_keys_that_the_topic_would_not_take) {
  Builder builder({.optimizations = kShared});
  auto keyed = builder.stream<Text, Text>("in").select_key(
      [](const Text& text) { return text.empty() ? std::nullopt : std::optional<Text>(text); });
  keyed.group_by_key().count({.store = "counts"});
  keyed.peek([](const Text&) {}).group_by_key().count({.store = "counts-again"});
  EXPECT_EQ(repartition_topics(builder.build()).size(), 2u);
}

TEST(SharedRepartitions, leave_one_that_nobody_shares_below_what_leaves_records_out) {
  Builder builder({.optimizations = kShared});
  builder.stream<Text, Text>("in")
      .select_key(first_letter)
      .filter(is_short, {.name = "few"})
      .group_by_key()
      .count({.store = "counts"});
  EXPECT_EQ(repartition_topics(builder.build()), (std::vector<Text>{"few.repartition-repartition"}));
}

TEST(SharedRepartitions, are_below_the_operator_that_gave_the_records_as_they_are) {
  Builder builder({.optimizations = kShared});
  auto in = builder.stream<Text, Text>("in");
  auto merged =
      in.select_key(first_letter).merge(in.select_key([](const Text& text) { return text; }), {.name = "merged"});
  merged.filter(is_short).group_by_key().count({.store = "short"});
  merged.group_by_key().count({.store = "all"});
  auto sizes = merged.map_values([](const Text& text) { return text.size(); }, {.name = "sizes"});
  sizes.filter([](std::size_t size) { return size > 1; }).group_by_key().count({.store = "sizes-from-two"});
  sizes.group_by_key().count({.store = "sizes"});
  EXPECT_EQ(repartition_topics(builder.build()),
            (std::vector<Text>{"merged.repartition-repartition", "sizes.repartition-repartition"}));
}

TEST(SharedRepartitions, a_builder_may_go_on_after_it_has_built) {
  Builder builder({.optimizations = kShared});
  auto letters = builder.stream<Text, Text>("in").select_key(first_letter, {.name = "letters"});
  letters.filter(is_short, {.name = "few"}).group_by_key().count({.store = "short"});
  EXPECT_EQ(repartition_topics(builder.build()), (std::vector<Text>{"few.repartition-repartition"}));
  letters.group_by_key().count({.store = "all"});
  EXPECT_EQ(repartition_topics(builder.build()), kOne);
  EXPECT_EQ(repartition_topics(builder.build()), kOne);
}

// A tree of operators that a seed decides on, each of its results in a topic of its own.
class RandomTree {
 public:
  RandomTree(unsigned seed, const Optimizations& optimizations)
      : random_(seed), builder_({.optimizations = optimizations}) {
    table_.emplace(builder_.table<Text, Text>("table"));
    streams_.push_back(builder_.stream<Text, Text>("in").select_key(first_letter));
    for (int i = 0; i < 8; ++i) grow();
    for (int i = 0; i < 4; ++i) consume();
  }
  Topology build() { return builder_.build(); }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  const Texts& some() { return streams_[below(static_cast<unsigned>(streams_.size()))]; }
  Text named(const char* what) { return what + std::to_string(++number_); }

  void grow() {
    const Texts from = some();
    const auto length = 1 + below(5);
    auto is_longer = [length](const Text& text) {
      return text.size() > length;
    };
    switch (below(6)) {
      case 0:
        return streams_.push_back(from.filter(is_longer, {.name = named("filter")}));
      case 1:
        return streams_.push_back(from.filter_not(is_longer, {.name = named("filter_not")}));
      case 2:
        return streams_.push_back(from.peek([](const Text&) {}, {.name = named("peek")}));
      case 3:
        return streams_.push_back(from.map_values([](const Text& text) { return text + "+"; }, {.name = named("map")}));
      case 4:
        for (const Texts& branch : from.split(is_longer)) streams_.push_back(branch);
        return;
      default:
        return streams_.push_back(from.merge(some(), {.name = named("merge")}));
    }
  }
  void consume() {
    const Texts from = some();
    const Text name = named("result");
    auto both = [](const Text& left, const Text& right) {
      return left + "/" + right;
    };
    switch (below(4)) {
      case 0:
        return from.to(name);
      case 1:
        return from.group_by_key()
            .reduce([](Text& all, const Text& one) { all += one; }, {.store = name})
            .to_stream()
            .to(name);
      case 2:
        return from.join(*table_, both, {.name = name}).to(name + "-joined");
      default:
        return from.join(some(), both, within(Millis(3)), {.store = name}).to(name + "-joined");
    }
  }

  std::mt19937 random_;
  Builder builder_;
  std::optional<Table<Text, Text>> table_;
  std::vector<Texts> streams_;
  int number_ = 0;
};

using Results = std::map<Text, std::map<Text, std::vector<Text>>>;  // by topic and key

Results run(unsigned seed, const Optimizations& optimizations) {
  TestDriver driver(RandomTree(seed, optimizations).build());
  std::mt19937 random(seed);
  for (std::int64_t time = 0; time < 40; ++time) {
    Text text(1, static_cast<char>('a' + random() % 3));
    text += Text(random() % 6, 'x');
    driver.input<Text, Text>(random() % 5 == 0 ? "table" : "in").pipe(text.substr(0, 1), text, time);
  }
  Results results;
  for (const Text& topic : driver.output_topics()) {
    for (const auto& record : driver.output<Text, Text>(topic).read_all()) {
      results[topic][record.key].push_back(record.value);
    }
    if (!topic.ends_with("-joined")) continue;
    // Which of one input's pairs comes first depends on whose topic is read first.
    for (auto& [key, values] : results[topic]) std::sort(values.begin(), values.end());
  }
  return results;
}

TEST(SharedRepartitions, give_the_results_of_topics_apart_whatever_the_operators) {
  int saved = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    const Results apart = run(seed, no_optimizations);
    ASSERT_EQ(run(seed, kShared), apart) << "seed " << seed;
    saved += static_cast<int>(repartition_topics(RandomTree(seed, no_optimizations).build()).size() -
                              repartition_topics(RandomTree(seed, kShared).build()).size());
  }
  EXPECT_GT(saved, 150);
}

}  // namespace
}  // namespace weir::streams
