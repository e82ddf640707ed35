#include "log/base/json_reader.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

#include "log/base/json_writer.h"

namespace weir {
namespace {

std::string error_of(std::string_view text) {
  auto document = JsonDocument::parse(text);
  return document ? "none" : document.error().detail;
}

template <class T>
std::optional<T> read(std::string_view text) {
  auto document = JsonDocument::parse(text);
  T value{};
  if (!document || !document->root().get(value)) return std::nullopt;
  return value;
}

TEST(JsonReader, a_double_is_the_nearest_one_and_comes_back_as_it_was_written) {
  EXPECT_EQ(read<double>("363498.02194254036"), 363498.02194254036);
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    std::string text;
    append_json_number(number, text);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(read<double>(text).value()), std::bit_cast<std::uint64_t>(number)) << text;
  }
}

TEST(JsonReader, halfway_cases_round_to_even) {
  EXPECT_EQ(read<double>("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(read<double>("9007199254740993.00000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(read<double>("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(read<double>("4.9e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(JsonReader, a_float_is_rounded_once) {
  // Rounded to a double first, it would be the other neighbour.
  EXPECT_EQ(read<float>("1.00000005960464477539062500000001"), 1.00000011920928955078125f);
}

TEST(JsonReader, what_is_too_small_is_zero_and_what_is_too_large_is_no_number_of_the_type) {
  EXPECT_EQ(read<double>("1e-400"), 0.0);
  EXPECT_EQ(read<double>("0.000001e-330"), 0.0);
  EXPECT_EQ(read<double>("1e400"), std::nullopt);
  EXPECT_EQ(read<double>("0.1e400"), std::nullopt);
  EXPECT_EQ(read<double>("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(read<double>("1e-99999999999999999999"), 0.0);
  EXPECT_TRUE(std::signbit(*read<double>("-0")));
}

TEST(JsonReader, integers_of_64_bits_are_exact) {
  EXPECT_EQ(read<std::int64_t>("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(read<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(read<std::int64_t>("9007199254740993"), 9007199254740993);
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(read<std::int64_t>("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("1.5"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("2.0"), 2);
  EXPECT_EQ(read<std::int64_t>("1e3"), 1000);
  EXPECT_EQ(read<std::int64_t>("\"1\""), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("123456789012345678901234567890"), std::nullopt);
}

TEST(JsonReader, numbers_beyond_every_type_are_json_and_keep_their_digits) {
  auto document = JsonDocument::parse(R"([123456789012345678901234567890, 1e400 , 1.50])").value();
  const JsonValue* number = document.root().first();
  EXPECT_EQ(number->text(), "123456789012345678901234567890");
  EXPECT_EQ(number->next()->text(), "1e400");
  EXPECT_EQ(number->next()->next()->text(), "1.50");
}

TEST(JsonReader, the_last_of_several_members_of_one_name_counts) {
  auto document = JsonDocument::parse(R"({"a":1,"b":{"a":7},"a":2})").value();
  EXPECT_EQ(document.root().size(), 3u);
  std::int64_t a = 0;
  ASSERT_TRUE(document.root().member("a")->get(a));
  EXPECT_EQ(a, 2);
  EXPECT_EQ(document.root().member("c"), nullptr);
  EXPECT_EQ(document.root().member("b")->text(), R"({"a":7})");
}

TEST(JsonReader, escapes_mean_their_characters) {
  auto document = JsonDocument::parse(R"({"\u00e9\n":"\ud83d\ude00 \"\\\/\b\f\t\u0000"})").value();
  EXPECT_EQ(document.root().first()->text(), "\xc3\xa9\n");
  EXPECT_EQ(document.root().first()->next()->text(), std::string_view("\xf0\x9f\x98\x80 \"\\/\b\f\t\0", 12));
}

TEST(JsonReader, it_may_be_nested_1024_deep_and_no_deeper) {
  auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(error_of(nested(33)), "none");
  EXPECT_EQ(error_of(nested(1024)), "none");
  EXPECT_EQ(error_of(nested(1025)), "JSON that is nested deeper than 1024");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "JSON that is nested deeper than 1024");
}

TEST(JsonReader, what_is_no_json_is_told_in_plain_words) {
  EXPECT_EQ(error_of(""), "not JSON: it ends too early");
  EXPECT_EQ(error_of("{\"a\" 1}"), "not JSON: a character that is not expected here, near byte 5");
  EXPECT_EQ(error_of("\"\xff\""), "not JSON: bytes that are not UTF-8");
  EXPECT_EQ(error_of("\"abc"), "not JSON: a string that does not end");
  EXPECT_EQ(error_of("\"a\tb\""), "not JSON: a control character in a string");
  EXPECT_NE(error_of("\"\\ud800\"").find("an escape in a string that means no character"), std::string::npos);
}

TEST(JsonReader, every_value_is_checked_to_its_end) {
  for (const char* text : {" ",
                           "1 2",
                           "1,2",
                           "][",
                           "1],[2",
                           "[1",
                           "{\"a\":1,}",
                           "nul",
                           "tru e",
                           "\"\\x\"",
                           "01",
                           "-",
                           "1e",
                           "1.",
                           ".5",
                           "+1",
                           "NaN",
                           "'a'",
                           "{\"a\":1}}",
                           "[,]",
                           "{,}",
                           "[1 2]",
                           "{1:2}",
                           "[1,]",
                           "[nulll]",
                           "[truefalse]",
                           "[0x1]",
                           "[1.5.5]",
                           "{\"a\":1 \"b\":2}",
                           "\x01"}) {
    EXPECT_NE(error_of(text), "none") << text;
  }
}

TEST(JsonReader, documents_may_be_read_inside_others) {
  auto outer = JsonDocument::parse(R"(["{\"a\":1}","x"])").value();
  auto inner = JsonDocument::parse(outer.root().first()->text()).value();
  EXPECT_EQ(inner.root().member("a")->text(), "1");
  EXPECT_EQ(outer.root().first()->next()->text(), "x");
}

TEST(CompactJson, leaves_out_blanks_between_tokens_and_nothing_else) {
  EXPECT_EQ(compact_json("{ \"a b\" :\r\n\t[ 1.50 , \"x \\\" \\\\\" ] }"), R"({"a b":[1.50,"x \" \\"]})");
}

}  // namespace
}  // namespace weir
