// The bytes of docs/formats.md, section Streams.
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"

namespace weir::streams {
namespace {

using Text = std::string;

template <class T>
std::string hex_of(const T& value) {
  OwnedBytes scratch;
  return to_hex(Serde<T>::encode(value, scratch));
}

TEST(StreamFormats, a_change_of_a_group_is_as_documented) {
  EXPECT_EQ(hex_of(GroupChange<Text>{"a", "b"}), "03000000016162");
  EXPECT_EQ(hex_of(GroupChange<Text>{std::nullopt, "b"}), "0262");
}

TEST(StreamFormats, a_session_is_as_documented) {
  EXPECT_EQ(hex_of(SessionRow<Text>{5, "x"}), "000000000000000578");
}

TEST(StreamFormats, a_change_that_is_held_back_is_as_documented) {
  EXPECT_EQ(hex_of(HeldChange<Text>{7, "b", "a", std::nullopt}), "000000000000000700000001620000000161ffffffff");
}

}  // namespace
}  // namespace weir::streams
