#include "connect/data/encoding.h"

#include <limits>

#include <gtest/gtest.h>

#include "log/base/cursor.h"
#include "log/base/json_writer.h"

namespace weir::connect {
namespace {

std::string json(Encoding converter, NullableBytes bytes) {
  std::string out;
  auto appended = append_json(converter, bytes, out);
  return appended ? out : "error: " + appended.error().detail;
}

std::string big_endian(std::int64_t value) {
  std::string bytes(8, '\0');
  store_big_endian(bytes.data(), value);
  return bytes;
}

std::string big_endian(double value) {
  return big_endian(std::bit_cast<std::int64_t>(value));
}

TEST(Encoding, null_is_null_whatever_the_bytes_were_to_be) {
  for (Encoding converter : {Encoding::string, Encoding::json, Encoding::int64, Encoding::bytes}) {
    EXPECT_EQ(json(converter, std::nullopt), "null");
  }
}

TEST(Encoding, numbers_are_written_as_they_are_and_checked_for_their_size) {
  EXPECT_EQ(json(Encoding::int64, big_endian(std::int64_t{42})), "42");
  EXPECT_EQ(json(Encoding::int64, big_endian(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(json(Encoding::int32, Bytes("\xff\xff\xff\xfe", 4)), "-2");
  EXPECT_EQ(json(Encoding::float64, big_endian(0.1)), "0.1");
  EXPECT_EQ(json(Encoding::int64, "1234"), "error: expected an int64 of 8 bytes, not 4");
  EXPECT_EQ(json(Encoding::float64, big_endian(std::numeric_limits<double>::infinity())),
            "error: JSON knows no infinity and no NaN");
}

TEST(Encoding, json_is_checked_and_put_on_one_line) {
  EXPECT_EQ(json(Encoding::json, R"({"b":1.50,"a":[]})"), R"({"b":1.50,"a":[]})");
  EXPECT_EQ(json(Encoding::json, "[1,\n2]"), "[1,2]");
  EXPECT_EQ(json(Encoding::json, "{oops}").substr(0, 15), "error: not JSON");
  EXPECT_EQ(json(Encoding::json, "").substr(0, 15), "error: not JSON");
}

TEST(Encoding, json_keeps_its_digits_whether_it_spans_lines_or_not) {
  const std::string text = R"({"amount":12345678901234567.89,"id":123456789012345678901234567890,"e":1E400,"f":1.50})";
  std::string lines = text;
  lines.replace(lines.find(','), 1, ",\r\n  ");
  EXPECT_EQ(json(Encoding::json, text), text);
  EXPECT_EQ(json(Encoding::json, lines), text);
  EXPECT_EQ(json(Encoding::json, "{\"a\":1,\n\"a\":2, \"s\":\" \\n \\u00e9 \"}"),
            "{\"a\":1,\"a\":2,\"s\":\" \\n \\u00e9 \"}");
}

TEST(Encoding, json_may_be_nested_deep_but_not_without_end) {
  const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
  EXPECT_EQ(json(Encoding::json, deep), deep);
  EXPECT_EQ(json(Encoding::json, "[" + std::string(1'024, '[')), "error: JSON that is nested deeper than 1024");
}

TEST(Encoding, bytes_are_base64) {
  EXPECT_EQ(json(Encoding::bytes, ""), R"("")");
  EXPECT_EQ(json(Encoding::bytes, "f"), R"("Zg==")");
  EXPECT_EQ(json(Encoding::bytes, "fo"), R"("Zm8=")");
  EXPECT_EQ(json(Encoding::bytes, "foo"), R"("Zm9v")");
  EXPECT_EQ(json(Encoding::bytes, Bytes("\xff\xfe\x00\x3e", 4)), R"("//4APg==")");
}

TEST(JsonString, is_escaped_and_valid_utf8_is_kept) {
  EXPECT_EQ(json(Encoding::string, "a\"b\\c\n\t\r\x01"), R"("a\"b\\c\n\t\r\u0001")");
  EXPECT_EQ(json(Encoding::string, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8d"), "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8d\"");
}

TEST(JsonString, bytes_that_are_no_utf8_become_replacement_characters) {
  const std::string replaced = "\xef\xbf\xbd";
  EXPECT_EQ(json(Encoding::string, "\xff"), "\"" + replaced + "\"");
  EXPECT_EQ(json(Encoding::string, "\xc3"), "\"" + replaced + "\"");                      // cut off
  EXPECT_EQ(json(Encoding::string, "\xc0\xaf"), "\"" + replaced + replaced + "\"");       // overlong
  EXPECT_EQ(json(Encoding::string, "\xed\xa0\x80").size(), 2 + 3 * replaced.size());      // a surrogate
  EXPECT_EQ(json(Encoding::string, "\xf4\x90\x80\x80").size(), 2 + 4 * replaced.size());  // above U+10FFFF
}

TEST(Encoding, kafkas_classes_mean_the_same_as_the_short_names) {
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(converter_at(i), converter_at(i + 6));
  EXPECT_EQ(converter_at(3), Encoding::int64);
}

}  // namespace
}  // namespace weir::connect
