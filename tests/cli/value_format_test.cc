#include "cli/value_format.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

std::string there_and_back(ValueFormat format, std::string_view text) {
  auto bytes = parse_text(format, text);
  if (!bytes) return "error: " + bytes.error().detail;
  std::string out;
  auto appended = append_text(format, *bytes, out);
  return appended ? out : "error: " + appended.error().detail;
}

std::string as_json(ValueFormat format, NullableBytes bytes) {
  std::string out;
  auto appended = append_as_json(format, bytes, out);
  return appended ? out : "error: " + appended.error().detail;
}

TEST(ValueFormat, what_was_parsed_is_printed_again) {
  EXPECT_EQ(there_and_back(ValueFormat::string, "a b"), "a b");
  EXPECT_EQ(there_and_back(ValueFormat::int64, "-42"), "-42");
  EXPECT_EQ(there_and_back(ValueFormat::float64, "0.1"), "0.1");
  EXPECT_EQ(there_and_back(ValueFormat::float64, "-1e300"), "-1e+300");
  EXPECT_EQ(there_and_back(ValueFormat::hex, "00ff"), "00ff");
  EXPECT_EQ(there_and_back(ValueFormat::json, "{\"a\": 1}"), "{\"a\": 1}");
}

TEST(ValueFormat, numbers_are_big_endian) {
  EXPECT_EQ(*parse_text(ValueFormat::int64, "258"), std::string("\0\0\0\0\0\0\1\2", 8));
  EXPECT_EQ(*parse_text(ValueFormat::float64, "1"), std::string("\x3f\xf0\0\0\0\0\0\0", 8));
}

TEST(ValueFormat, text_that_means_nothing_is_an_error_that_shows_it) {
  for (ValueFormat format : {ValueFormat::int64, ValueFormat::float64, ValueFormat::hex, ValueFormat::json}) {
    for (const char* text : {"abc", "1 ", "0x1", "{"}) {
      if (format == ValueFormat::json && std::string(text) == "1 ") continue;  // is JSON
      auto parsed = parse_text(format, text);
      ASSERT_FALSE(parsed) << text;
      EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
      EXPECT_NE(parsed.error().detail.find(text), std::string::npos);
    }
  }
}

TEST(ValueFormat, json_of_each) {
  EXPECT_EQ(as_json(ValueFormat::string, "a\"b"), R"("a\"b")");
  EXPECT_EQ(as_json(ValueFormat::int64, Bytes("\0\0\0\0\0\0\1\2", 8)), "258");
  EXPECT_EQ(as_json(ValueFormat::hex, Bytes("\0\xff", 2)), R"("00ff")");
  EXPECT_EQ(as_json(ValueFormat::json, "[1]"), "[1]");
  EXPECT_EQ(as_json(ValueFormat::hex, std::nullopt), "null");
  EXPECT_EQ(as_json(ValueFormat::json, "oops").substr(0, 15), "error: not JSON");
}

}  // namespace
}  // namespace weir::cli
