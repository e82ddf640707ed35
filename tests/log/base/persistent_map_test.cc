#include "log/base/persistent_map.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace persistent_map {
namespace {

using Map = PersistentMap<std::string, int>;
using Model = std::map<std::string, int>;

Model contents(const Map& map) {
  Model all;
  const std::string* last = nullptr;
  for (const auto& [key, value] : map) {
    EXPECT_TRUE(last == nullptr || *last < key);
    last = &key;
    all.emplace(key, value);
  }
  EXPECT_EQ(all.size(), map.size());
  return all;
}

TEST(PersistentMap, is_a_map_and_its_copies_stay_as_they_were) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    Map map;
    Model model;
    std::vector<std::pair<Map, Model>> kept;
    for (int i = 0; i < 400; ++i) {
      const std::string key = "key " + std::to_string(random() % 150);
      if (random() % 3 == 0) {
        EXPECT_EQ(map.erase(key), model.erase(key) == 1);
      } else {
        map.set(key, i);
        model[key] = i;
      }
      const int* found = map.find(key);
      EXPECT_EQ(found == nullptr, !model.contains(key));
      if (found != nullptr) {
        EXPECT_EQ(*found, model[key]);
      }
      if (i % 40 == 0) kept.emplace_back(map, model);
    }
    kept.emplace_back(map, model);
    for (const auto& [copy, expected] : kept) EXPECT_EQ(contents(copy), expected) << "seed " << seed;
  }
}

TEST(PersistentMap, of_nothing_has_nothing) {
  Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_FALSE(map.erase("a"));
  EXPECT_EQ(map.find("a"), nullptr);
}

struct Counted {
  static inline int copies = 0;
  Counted() = default;
  Counted(const Counted&) { ++copies; }
  Counted(Counted&&) noexcept {}
};

TEST(PersistentMap, a_change_of_a_copy_copies_no_other_value) {
  PersistentMap<int, Counted> map;
  for (int i = 0; i < 1'000; ++i) map.set(i, Counted());
  Counted::copies = 0;
  auto next = map;
  next.set(1'000, Counted());
  next.set(500, Counted());
  next.erase(3);
  EXPECT_EQ(Counted::copies, 0);
  EXPECT_EQ(map.size(), 1'000u);
  EXPECT_EQ(next.size(), 1'000u);
}

}  // namespace
}  // namespace persistent_map
}  // namespace weir
