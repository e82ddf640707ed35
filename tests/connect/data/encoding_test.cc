#include "connect/data/encoding.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "connect/data/json_value.h"
#include "log/base/cursor.h"
#include "log/base/json_writer.h"

namespace weir::connect::encoding {
namespace {

std::string json(Encoding encoding, NullableBytes bytes) {
  std::string out;
  auto appended = append_json(encoding, bytes, out);
  return appended ? out : "error: " + appended.error().detail;
}

std::string json(const Value& value) {
  std::string out;
  auto appended = append_json(value, out);
  return appended ? out : "error: " + appended.error().detail;
}

// What becomes of JSON that is decoded and written again.
std::string through(std::string_view text) {
  auto value = value_of_json(text);
  return value ? json(*value) : "error: " + value.error().detail;
}

std::string big_endian(std::int64_t value) {
  std::string bytes(8, '\0');
  store_big_endian(bytes.data(), value);
  return bytes;
}

std::string big_endian(double value) {
  return big_endian(std::bit_cast<std::int64_t>(value));
}

std::string encoded(Encoding encoding, Value value) {
  auto bytes = encode(encoding, Datum{nullptr, std::move(value)});
  return bytes ? *bytes : "error: " + bytes.error().detail;
}

constexpr Encoding kAll[] = {Encoding::string,  Encoding::json,    Encoding::int16,   Encoding::int32, Encoding::int64,
                             Encoding::float32, Encoding::float64, Encoding::boolean, Encoding::bytes};

TEST(Encoding, null_is_null_whatever_the_bytes_were_to_be) {
  for (Encoding encoding : kAll) EXPECT_EQ(json(encoding, std::nullopt), "null");
}

TEST(Encoding, numbers_are_written_as_they_are_and_checked_for_their_size) {
  EXPECT_EQ(json(Encoding::int64, big_endian(std::int64_t{42})), "42");
  EXPECT_EQ(json(Encoding::int64, big_endian(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(json(Encoding::int32, Bytes("\xff\xff\xff\xfe", 4)), "-2");
  EXPECT_EQ(json(Encoding::int16, Bytes("\x01\x00", 2)), "256");
  EXPECT_EQ(json(Encoding::float64, big_endian(0.1)), "0.1");
  EXPECT_EQ(json(Encoding::float32, Bytes("\x3d\xcc\xcc\xcd", 4)), "0.1");
  EXPECT_EQ(json(Encoding::boolean, Bytes("\x01", 1)), "true");
  EXPECT_EQ(json(Encoding::boolean, Bytes("\x02", 1)), "error: expected a boolean, 0 or 1, not 2");
  EXPECT_EQ(json(Encoding::int64, "1234"), "error: expected an int64 of 8 bytes, not 4");
  EXPECT_EQ(json(Encoding::boolean, ""), "error: expected a boolean of 1 byte, not 0");
  EXPECT_EQ(json(Encoding::float64, big_endian(std::numeric_limits<double>::infinity())),
            "error: JSON knows no infinity and no NaN");
}

TEST(Encoding, json_that_passes_through_keeps_its_text_on_one_line) {
  EXPECT_EQ(json(Encoding::json, R"({"b":1.50,"a":[]})"), R"({"b":1.50,"a":[]})");
  EXPECT_EQ(json(Encoding::json, "[1,\n2]"), "[1,2]");
  EXPECT_EQ(json(Encoding::json, "{oops}").substr(0, 15), "error: not JSON");
  EXPECT_EQ(json(Encoding::json, "").substr(0, 15), "error: not JSON");
}

TEST(Encoding, numbers_of_json_are_rounded_nowhere) {
  struct Row {
    const char* text;
    const char* type;
    const char* again;
  };
  for (const Row& row :
       {Row{"0", "an int64", "0"}, Row{"-9223372036854775808", "an int64", "-9223372036854775808"},
        Row{"9223372036854775808", "a decimal", "9223372036854775808"}, Row{"1.5", "a float64", "1.5"},
        Row{"1.10", "a float64", "1.1"}, Row{"-0", "a float64", "-0"}, Row{"0.0", "a float64", "0"},
        Row{"1e3", "a float64", "1000"}, Row{"1e22", "a float64", "1e+22"},
        Row{"0.1234567890123456789", "a decimal", "0.1234567890123456789"},
        Row{"3.141592653589793", "a float64", "3.141592653589793"},
        Row{"123456789.123456789", "a decimal", "123456789.123456789"}, Row{"1e-400", "a decimal", nullptr},
        Row{"5e-324", "a float64", "5e-324"}, Row{"1e400", "a decimal", nullptr}}) {
    auto value = value_of_json(row.text);
    ASSERT_TRUE(value) << row.text;
    EXPECT_EQ(name_of_type(*value), row.type) << row.text;
    if (row.again != nullptr) {
      EXPECT_EQ(json(*value), row.again) << row.text;
    }
  }
  EXPECT_EQ(json(value_of_json("1e400").value()), "1" + std::string(400, '0'));
  EXPECT_EQ(through("1e100001"), "error: a number of more than 10,000 digits");
}

TEST(Encoding, members_keep_their_order_and_the_last_of_a_name_counts) {
  EXPECT_EQ(through(R"({"b":1,"a":{"x":[true,null,"\u00e9"]}})"), R"({"b":1,"a":{"x":[true,null,"é"]}})");
  EXPECT_EQ(through(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  std::string expected = "{";
  for (int i = 0; i < 50; ++i) expected += "\"k" + std::to_string(i) + "\":" + std::to_string(i + 50) + ",";
  expected.back() = '}';
  EXPECT_EQ(through(many), expected);
}

TEST(Encoding, an_object_of_many_members_is_read_in_time_that_grows_with_it) {
  std::string many = "{";
  for (int i = 0; i < 200'000; ++i) many += "\"" + std::to_string(i) + "\":1,";
  many.back() = '}';
  EXPECT_EQ(value_of_json(many)->get<Map>().entries.size(), 200'000u);
}

TEST(Encoding, values_are_written_as_json_without_a_schema) {
  EXPECT_EQ(json(Value(Blob{"abc"})), "\"YWJj\"");
  EXPECT_EQ(json(Value(Decimal::parse("1e3").value())), "1000");
  EXPECT_EQ(json(Value(Decimal::parse("-0.10").value())), "-0.10");
  EXPECT_EQ(json(Value(Date{19'844})), "\"2024-05-01\"");
  EXPECT_EQ(json(Value(Time{36'930'250})), "\"10:15:30.250\"");
  EXPECT_EQ(json(Value(Timestamp{1'714'558'530'250})), "\"2024-05-01T10:15:30.250Z\"");
  EXPECT_EQ(json(Value(std::nan(""))), "error: JSON knows no infinity and no NaN");
  EXPECT_EQ(json(Value(List{})), "[]");
  Map map;
  map.entries.emplace_back(Value(1), Value(true));
  map.entries.emplace_back(Value(Date{0}), Value());
  EXPECT_EQ(json(Value(map)), R"({"1":true,"1970-01-01":null})");
}

TEST(Encoding, what_bytes_mean_has_the_schema_of_its_type) {
  EXPECT_EQ(decode(Encoding::int16, Bytes("\x01\x00", 2)).value(),
            (Datum{optional_schema_of(Type::int16), std::int16_t{256}}));
  EXPECT_EQ(decode(Encoding::string, "a").value(), (Datum{optional_schema_of(Type::string), "a"}));
  EXPECT_EQ(decode(Encoding::bytes, "a").value(), (Datum{optional_schema_of(Type::bytes), Blob{"a"}}));
  EXPECT_EQ(decode(Encoding::json, "7").value(), (Datum{nullptr, std::int64_t{7}}));
  EXPECT_EQ(decode(Encoding::json, "7,").error().code, ErrorCode::corrupt_data);
  EXPECT_EQ(decode(Encoding::float32, "a").error().detail, "expected a float of 4 bytes, not 1");
}

TEST(Encoding, numbers_become_those_of_another_size_where_nothing_is_lost) {
  EXPECT_EQ(encoded(Encoding::int64, std::int8_t{-1}), std::string(8, '\xff'));
  EXPECT_EQ(encoded(Encoding::int16, std::int64_t{256}), std::string("\x01\x00", 2));
  EXPECT_EQ(encoded(Encoding::int16, 32'768), "error: expected an int16, not 32768");
  EXPECT_EQ(encoded(Encoding::int32, 1.0), "error: expected an int32, not a float64");
  EXPECT_EQ(encoded(Encoding::float64, 3), big_endian(3.0));
  EXPECT_EQ(encoded(Encoding::float64, (std::int64_t{1} << 53) + 1), "error: expected a double, not 9007199254740993");
  EXPECT_EQ(encoded(Encoding::float32, 0.5), std::string("\x3f\x00\x00\x00", 4));
  EXPECT_EQ(encoded(Encoding::float32, 0.1), "error: expected a float, not 0.1");
  EXPECT_EQ(encoded(Encoding::boolean, true), "\x01");
  EXPECT_EQ(encoded(Encoding::boolean, 1), "error: expected a boolean, not an int32");
}

TEST(Encoding, text_is_a_string_as_it_is_and_all_else_as_json) {
  EXPECT_EQ(encoded(Encoding::string, "a\"b"), "a\"b");
  EXPECT_EQ(encoded(Encoding::string, Blob{"\xff"}), "\xff");
  EXPECT_EQ(encoded(Encoding::string, 42), "42");
  EXPECT_EQ(encoded(Encoding::string, List{Value("a")}), "[\"a\"]");
  EXPECT_EQ(encoded(Encoding::json, "a\"b"), "\"a\\\"b\"");
  EXPECT_EQ(encoded(Encoding::bytes, Blob{"x"}), "x");
  EXPECT_EQ(encoded(Encoding::bytes, "x"), "x");
  EXPECT_EQ(encoded(Encoding::bytes, 1), "error: expected bytes, not an int32");
}

TEST(Encoding, what_was_encoded_is_decoded_again) {
  for (Encoding encoding : kAll) {
    Value value = std::int64_t{1};
    if (encoding == Encoding::string) value = "x";
    if (encoding == Encoding::bytes) value = Blob{"x"};
    if (encoding == Encoding::boolean) value = true;
    const std::string bytes = encoded(encoding, value);
    auto back = decode(encoding, bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(encoding, *back).value(), bytes);
  }
}

}  // namespace
}  // namespace weir::connect::encoding
