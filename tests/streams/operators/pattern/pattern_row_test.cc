// The row of a key's partial matches, byte by byte (docs/formats.md).
#include "streams/operators/pattern/pattern_row.h"

#include <gtest/gtest.h>

#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/matcher.h"

namespace weir::streams::pattern_row {
namespace {

struct Nobody final : cep::MatchSink {
  void matched(std::span<const cep::TakenEvent>, std::int64_t) override {}
  void timed_out(std::span<const cep::TakenEvent>, std::int64_t) override {}
};

cep::Condition is(const std::string& text) {
  return {.of_event = [text](const void* event) {
    return *static_cast<const std::string*>(event) == text;
  }};
}

// "a" and "b" were taken at 5 and 7 ms, within 100 ms of which "c" may come; "a" at 9 ms waits for its turn.
TEST(PatternRow, is_written_as_it_is_described) {
  cep::PatternSpec pattern{.elements = {}, .conditions = {is("a"), is("b"), is("c")}};
  for (int i = 0; i < 3; ++i)
    pattern.elements.push_back({.name = std::string(1, static_cast<char>('a' + i)), .where = i});
  pattern.within_ms = 100;
  const auto automaton = compile(pattern);
  ASSERT_TRUE(automaton);
  cep::Matcher matcher(*automaton, pattern.conditions, type_ops<std::string>());
  cep::PatternRow row;
  row.fingerprint = 0x01020304;
  Nobody nobody;
  for (const auto& [event, time] : {std::pair<std::string, std::int64_t>("a", 5), {"b", 7}}) {
    ASSERT_TRUE(matcher.process(row.matches, &event, time, nobody));
  }
  const std::string waiting = "a";
  row.hold(cep::OwnedEvent(type_ops<std::string>(), &waiting), 9);

  OwnedBytes scratch;
  const OwnedBytes bytes(row.encode(scratch));
  EXPECT_EQ(to_hex(bytes), "01010203040112016102000a0161010e0162020000000101010404d2010101020101000a0e00");
  cep::PatternRow read;
  ASSERT_TRUE(read.decode(type_ops<std::string>(), bytes));
  EXPECT_EQ(OwnedBytes(read.encode(scratch)), bytes);
  EXPECT_TRUE(read.matches.fits(*automaton));
}

TEST(PatternRow, of_another_version_is_refused) {
  cep::PatternRow row;
  OwnedBytes scratch;
  OwnedBytes bytes(row.encode(scratch));
  EXPECT_TRUE(row.decode(type_ops<std::string>(), bytes));
  bytes[0] = 2;
  EXPECT_FALSE(row.decode(type_ops<std::string>(), bytes));
}

TEST(PatternRow, holds_events_in_the_order_of_their_times_and_of_equal_ones_as_they_came) {
  cep::PatternRow row;
  for (const auto& [event, time] : {std::pair<std::string, std::int64_t>("c", 9), {"a", 5}, {"d", 9}, {"b", 7}}) {
    row.hold(cep::OwnedEvent(type_ops<std::string>(), &event), time);
  }
  std::string order;
  for (const auto& one : row.held) order += *static_cast<const std::string*>(one.event.get());
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(row.due_ms(), 5);
}

}  // namespace
}  // namespace weir::streams::pattern_row
