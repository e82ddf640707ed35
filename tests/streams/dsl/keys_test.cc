// Equal keys are one key: whatever their type, and wherever the key comes from.
#include <cmath>
#include <limits>

#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Tags = google::protobuf::Struct;  // map<string, Value>

Tags tags(bool backwards) {
  Tags made;
  for (int i = 0; i < 12; ++i) {
    const int n = backwards ? 11 - i : i;
    (*made.mutable_fields())["tag" + std::to_string(n)].set_number_value(n);
  }
  return made;
}

struct Spot {
  double x = 0;
  std::optional<float> y;
};
WEIR_JSON(Spot, x, y)

template <class K>
std::string bytes_of(const K& key) {
  OwnedBytes scratch;
  return std::string(encode_key(key, scratch));
}

// The highest count that any key reaches when all of `keys` are counted.
template <class K>
std::int64_t counted_as_one(const std::vector<K>& keys) {
  Builder builder;
  builder.stream<NoKey, std::int64_t>("in")
      .group_by([keys](std::int64_t i) { return keys[static_cast<std::size_t>(i)]; }, {.name = "g"})
      .count({.store = "c"})
      .to_stream()
      .map([](const K&, std::int64_t n) { return std::pair(std::int64_t{0}, n); })
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<NoKey, std::int64_t>("in");
  for (std::size_t i = 0; i < keys.size(); ++i) in.pipe(static_cast<std::int64_t>(i));
  std::int64_t most = 0;
  for (const auto& record : driver.output<std::int64_t, std::int64_t>("out").read_all()) {
    most = std::max(most, record.value);
  }
  return most;
}

TEST(Keys, protobuf_messages_with_maps_that_are_equal_are_one_key) {
  EXPECT_EQ(bytes_of(tags(false)), bytes_of(tags(true)));
  EXPECT_EQ((bytes_of(Windowed<Tags>{tags(false), {0, 10}})), (bytes_of(Windowed<Tags>{tags(true), {0, 10}})));
  EXPECT_EQ(counted_as_one<Tags>({tags(false), tags(true), tags(false), tags(true)}), 4);
  Tags read;
  ASSERT_TRUE(Serde<Tags>::decode(bytes_of(tags(true)), read));
  EXPECT_EQ(read.fields_size(), 12);
}

TEST(Keys, zeros_and_what_is_no_number_are_one_key_each_and_values_keep_their_bits) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(counted_as_one<double>({0.0, -0.0, 0.0, -0.0}), 4);
  EXPECT_EQ(counted_as_one<double>({nan, -nan, std::nan("7")}), 3);
  EXPECT_EQ(counted_as_one<float>({0.0f, -0.0f}), 2);
  EXPECT_EQ((bytes_of(Windowed<double>{-0.0, {0, 10}})), (bytes_of(Windowed<double>{0.0, {0, 10}})));
  OwnedBytes scratch;
  double read = 1;
  ASSERT_TRUE(Serde<double>::decode(Serde<double>::encode(-0.0, scratch), read));
  EXPECT_TRUE(std::signbit(read));
}

TEST(Keys, structs_in_json_that_are_equal_are_one_key) {
  EXPECT_EQ(counted_as_one<Spot>({{0.0, -0.0f}, {-0.0, 0.0f}, {0.0, 0.0f}}), 3);
  Spot read;
  ASSERT_TRUE(Serde<Spot>::decode(bytes_of(Spot{std::numeric_limits<double>::quiet_NaN(), 1.5f}), read));
  EXPECT_TRUE(std::isnan(read.x));
  EXPECT_EQ(read.y, 1.5f);
}

TEST(Keys, a_key_that_comes_from_a_topic_meets_one_that_was_made) {
  Builder builder;
  auto rows = builder.table<double, std::string>("rows", {.store = "rows"});
  builder.stream<double, std::string>("in")
      .join(rows, [](const std::string& v, const std::string& row) { return v + row; })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<double, std::string>("rows").pipe(0.0, "r");
  driver.input<double, std::string>("in").pipe(-0.0, "v");
  EXPECT_EQ((driver.output<double, std::string>("out").read_all().size()), 1u);
}

TEST(Keys, rows_are_found_by_keys_that_are_equal) {
  Builder builder;
  builder.table<Tags, std::string>("rows", {.store = "rows"});
  TestDriver driver(builder.build());
  driver.input<Tags, std::string>("rows").pipe(tags(false), "r");
  auto store = driver.store<KeyValueStore<Tags, std::string>>("rows");
  ASSERT_NE(store.get(tags(true)), nullptr);
}

}  // namespace
}  // namespace weir::streams
