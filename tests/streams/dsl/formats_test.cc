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

TEST(StreamFormats, a_record_in_a_buffer_is_as_documented) {
  EXPECT_EQ(hex_of(JoinRow<Text>{true, "v"}), "0176");
}

TEST(StreamFormats, what_foreign_key_joins_say_and_keep_is_as_documented) {
  EXPECT_EQ(hex_of(SubscriptionMessage<Text>{Instruction::subscribe, 7, "k"}), "0000000000000000076b");
  EXPECT_EQ(hex_of(AnswerMessage<Text>{AnswerKind::row, 7, "x"}), "01000000000000000778");
  EXPECT_EQ(to_hex(subscriptions_of("A") + "k"), "00000001416b");
  EXPECT_EQ(hash_of_row("x"), hash_of_row("x"));
  EXPECT_EQ(hash_of_row(""), 0x2d06800538d394c2u) << "XXH3 of nothing, as published";
}

TEST(StreamFormats, a_session_is_as_documented) {
  EXPECT_EQ(hex_of(SessionRow<Text>{5, "x"}), "000000000000000578");
}

TEST(StreamFormats, a_change_that_is_held_back_is_as_documented) {
  EXPECT_EQ(hex_of(HeldChange<Text>{7, "b", "a", std::nullopt}), "000000000000000700000001620000000161ffffffff");
}

}  // namespace
}  // namespace weir::streams
