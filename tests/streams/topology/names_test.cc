// Names under which data is kept: what stands beside an operator does not change them.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "streams/streams.h"

namespace weir::streams {
namespace {

using Text = std::string;

Text first_letter(const Text& text) {
  return text.substr(0, 1);
}

// A part of a random program: what it does follows from its seed, whatever else the program does.
struct Part {
  unsigned seed;
  Text topic;
};
using StoresOfPart = std::vector<Text>;

// What a part leads to.
StoresOfPart end_in_a_table(Builder& builder, const Stream<Text, Text>& stream, unsigned choice) {
  auto join_texts = [](const Text& left, const Text& right) {
    return left + right;
  };
  switch (choice % 6) {
    case 0:
      return {stream.group_by(first_letter).count().store()};
    case 1:
      return {stream.group_by_key().windowed_by(tumbling(Millis(10))).count().store()};
    case 2:
      return {stream.group_by_key().windowed_by(sessions(Millis(10))).count().store()};
    case 3:
      return {stream.group_by(first_letter, {.name = "group-" + std::to_string(choice)}).count().store()};
    case 4: {
      auto table = builder.table<Text, Text>("table-" + std::to_string(choice));
      stream.join(table, join_texts).to("joined");
      return {table.store()};
    }
    default: {
      auto table = stream.to_table();
      auto groups = table.group_by([](const Text& key, const Text& value) { return std::pair(value, key); }).count();
      return {table.store(), groups.store()};
    }
  }
}

StoresOfPart add(Builder& builder, const Part& part) {
  std::mt19937 random(part.seed);
  auto stream = builder.stream<Text, Text>(part.topic);
  const auto length = random() % 4;
  for (unsigned i = 0; i < length; ++i) {
    switch (random() % 5) {
      case 0:
        stream = stream.filter([](const Text&) { return true; });
        break;
      case 1:
        stream = stream.map_values([](const Text& value) { return value; });
        break;
      case 2:
        stream = stream.select_key(first_letter);
        break;
      case 3:
        stream = stream.split([](const Text&) { return true; }, [](const Text&) { return false; })[random() % 3];
        break;
      default:
        stream = stream.peek([](const Text&) {}, {.name = "peek-" + std::to_string(part.seed) + std::to_string(i)});
    }
  }
  return end_in_a_table(builder, stream, static_cast<unsigned>(random()));
}

struct Program {
  std::map<unsigned, StoresOfPart> stores;  // by the part's seed
  std::set<Text> kept;                      // stores and internal topics
  std::set<Text> depending;                 // those that depend on the order
};

Program build(const std::vector<Part>& parts) {
  Builder builder;
  Program program;
  for (const Part& part : parts) program.stores[part.seed] = add(builder, part);
  const TopologyDescription described = builder.build().description();
  auto take = [&](const auto& all) {
    for (const auto& one : all) {
      program.kept.insert(one.name);
      if (one.depends_on_order) program.depending.insert(one.name);
    }
  };
  take(described.stores);
  take(described.internal_topics);
  return program;
}

std::vector<Part> random_parts(std::mt19937& random, bool share_topics) {
  std::vector<Part> parts;
  const auto count = 1 + random() % 4;
  for (unsigned i = 0; i < count; ++i) {
    parts.push_back({static_cast<unsigned>(random()), "in-" + std::to_string(share_topics ? random() % 2 : i)});
  }
  return parts;
}

TEST(Names, a_part_that_reads_other_topics_changes_no_name_wherever_it_stands) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    std::vector<Part> parts = random_parts(random, false);
    const Program before = build(parts);
    EXPECT_TRUE(before.depending.empty()) << "seed " << seed << ": " << *before.depending.begin();
    parts.insert(parts.begin() + random() % (parts.size() + 1), {static_cast<unsigned>(random()), "beside"});
    const Program after = build(parts);
    EXPECT_TRUE(after.depending.empty()) << "seed " << seed << ": " << *after.depending.begin();
    for (const auto& name : before.kept) EXPECT_TRUE(after.kept.contains(name)) << "seed " << seed << ": " << name;
    for (const auto& [part, stores] : before.stores) EXPECT_EQ(after.stores.at(part), stores) << "seed " << seed;
  }
}

TEST(Names, what_a_part_over_the_same_topic_may_change_is_marked) {
  unsigned marked = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    std::vector<Part> parts = random_parts(random, true);
    const Program before = build(parts);
    parts.insert(parts.begin() + random() % (parts.size() + 1), {static_cast<unsigned>(random()), "in-0"});
    const Program after = build(parts);
    marked += after.depending.empty() ? 0 : 1;
    for (const auto& [part, stores] : before.stores) {
      for (std::size_t i = 0; i < stores.size(); ++i) {
        const Text& now = after.stores.at(part)[i];
        if (before.depending.contains(stores[i]) || after.depending.contains(now)) continue;
        EXPECT_EQ(now, stores[i]) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(marked, 50u) << "the parts must meet often enough for this to say something";
}

Topology two_counts(const Text& first, const Text& second) {
  Builder builder;
  auto in = builder.stream<Text, Text>("in");
  in.filter([](const Text&) { return true; }, {.name = first}).group_by_key().count();
  in.filter([](const Text&) { return false; }, {.name = second}).group_by_key().count();
  return builder.build();
}

TEST(Names, equal_operators_without_names_are_no_way_to_keep_data) {
  EXPECT_EQ(two_counts("", "").depending_on_order(),
            (std::vector<Text>{"store in.filter-2.count", "store in.filter.count"}));
  EXPECT_TRUE(two_counts("yes", "no").depending_on_order().empty());
  EXPECT_TRUE(two_counts("yes", "").depending_on_order().empty());
  EXPECT_NE(two_counts("", "").describe().find("Named by the order of equal operators: store in.filter"), Text::npos);
}

TEST(Names, an_application_refuses_data_that_depends_on_the_order_and_says_how_to_name_it) {
  MemoryFileSystem files;
  log::OpenOptions options;
  options.files = &files;
  auto log = log::open("data", options).value();
  try {
    App app(two_counts("", ""), log, {.application_id = "counting", .state_directory = "state"});
    FAIL() << "it took them";
  } catch (const TopologyError& error) {
    EXPECT_NE(Text(error.what()).find("in.filter.count"), Text::npos) << error.what();
    EXPECT_NE(Text(error.what()).find("{.name = ...}"), Text::npos) << error.what();
  }
}

TEST(Names, operators_with_named_stores_keep_their_times_wherever_they_stand) {
  auto names = [](bool with_another) {
    Builder builder;
    auto grouped = builder.stream<Text, Text>("in").group_by_key();
    if (with_another) grouped.windowed_by(tumbling(Millis(5))).count({.store = "short"});
    grouped.windowed_by(tumbling(Millis(60))).count({.store = "long"});
    const Topology topology = builder.build();
    std::set<Text> all;
    for (const auto& node : topology.nodes()) all.insert(node.name);
    return all;
  };
  EXPECT_TRUE(names(false).contains("long.count"));
  EXPECT_TRUE(names(true).contains("long.count"));
}

TEST(Names, every_operator_that_takes_a_name_is_called_by_it) {
  Builder builder;
  auto in = builder.stream<Text, Text>("in", {.name = "source"});
  auto keep = [](const Text&) {
    return true;
  };
  auto same = [](const Text& value) {
    return value;
  };
  in.filter(keep, {.name = "a"})
      .filter_not(keep, {.name = "b"})
      .peek([](const Text&) {}, {.name = "c"})
      .to("x", {.name = "d"});
  in.map_values(same, {.name = "e"})
      .select_key(same, {.name = "f"})
      .repartition({.name = "g"})
      .to_table({.store = "h"})
      .to_stream({.name = "i"});
  in.merge(in, {.name = "j"}).for_each([](const Text&) {}, {.name = "k"});
  const Topology topology = builder.build();
  std::set<Text> all;
  for (const auto& node : topology.nodes()) all.insert(node.name);
  for (const char* name : {"source", "a", "b", "c", "d", "e", "f", "g-repartition", "i", "j", "k"}) {
    EXPECT_TRUE(all.contains(name)) << name;
  }
  EXPECT_TRUE(topology.unpinned().empty());
}

TEST(Names, topics_of_records_that_are_put_off_are_called_as_their_operator) {
  auto names = [](const Text& first, const Text& second) {
    Builder builder;
    auto in = builder.stream<Text, Text>("in");
    auto same = [](const Text& value) {
      return value;
    };
    in.map_values(same, {.name = first, .on_error = retry_later({.attempts = 1})});
    in.map_values(same, {.name = second, .on_error = retry_later({.attempts = 1})});
    return builder.build();
  };
  EXPECT_TRUE(names("a", "b").unpinned().empty());
  EXPECT_EQ(names("", "b").unpinned(), (std::vector<Text>{"retry topic in.map_values-1"}));
  EXPECT_TRUE(names("", "b").depending_on_order().empty());
  EXPECT_EQ(names("", "").depending_on_order(),
            (std::vector<Text>{"retry topic in.map_values-1", "retry topic in.map_values-2-1"}));
}

}  // namespace
}  // namespace weir::streams
