#include "connect/data/payload.h"

#include <gtest/gtest.h>

namespace weir::connect::payloads {
namespace {

std::string json(const Payload& payload) {
  std::string out;
  auto appended = payload.append_json_to(out);
  return appended ? out : "error: " + appended.error().detail;
}

TEST(Payload, is_null_until_it_is_something) {
  Payload payload;
  EXPECT_TRUE(payload.is_null());
  EXPECT_EQ(json(payload), "null");
  EXPECT_EQ(payload.encoded(), std::nullopt);
  EXPECT_TRUE(payload.datum().value()->is_null());
}

TEST(Payload, bytes_are_moved_through_and_not_copied) {
  std::string line(100, 'x');
  const char* at = line.data();
  Payload payload = Payload::text(std::move(line));
  Payload moved = std::move(payload);
  ASSERT_EQ(moved.bytes_as(Encoding::string)->data(), at);
  EXPECT_EQ(moved.bytes_as(Encoding::json), std::nullopt);
  OwnedBytes taken = moved.take_bytes();
  EXPECT_EQ(taken.data(), at);
  EXPECT_TRUE(moved.is_null());
}

TEST(Payload, borrowed_bytes_are_written_without_being_decoded) {
  const std::string text = R"({"price":1.50})";
  Payload payload = Payload::borrowed(Encoding::json, text);
  EXPECT_EQ(json(payload), text);
  EXPECT_EQ(payload.bytes_as(Encoding::json)->data(), text.data());
  EXPECT_EQ(json(Payload::borrowed(Encoding::json, "{")).substr(0, 15), "error: not JSON");
}

TEST(Payload, what_is_only_looked_at_keeps_its_text) {
  Payload payload = Payload::json(R"({ "price":1.50 })");
  EXPECT_EQ(*payload.datum().value()->value.get<Map>().find("price"), Value(1.5));
  EXPECT_EQ(json(payload), R"({ "price":1.50 })");
}

TEST(Payload, what_is_changed_is_data_from_then_on_and_its_copies_are_not) {
  Payload payload = Payload::json(R"({"price":1.50})");
  ASSERT_TRUE(payload.datum());
  const Payload copy = payload;
  payload.change().value()->value.get_if<Map>()->set("price", 2);
  EXPECT_EQ(json(payload), R"({"price":2})");
  EXPECT_EQ(payload.encoded(), std::nullopt);
  EXPECT_EQ(json(copy), R"({"price":1.50})");
  EXPECT_EQ(*copy.datum().value()->value.get<Map>().find("price"), Value(1.5));
}

TEST(Payload, bytes_that_mean_nothing_say_so_when_they_are_looked_at) {
  Payload payload = Payload::json("{oops");
  EXPECT_EQ(payload.datum().error().code, ErrorCode::corrupt_data);
  EXPECT_EQ(payload.change().error().code, ErrorCode::corrupt_data);
  EXPECT_EQ(payload.bytes_as(Encoding::json), "{oops");
}

}  // namespace
}  // namespace weir::connect::payloads
