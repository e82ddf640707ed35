#include "connect/data/text_value.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::connect::text_value {
namespace {

std::string type_of(std::string_view text) {
  const Datum datum = datum_of_text(text);
  return std::string(name_of_type(datum.value)) + " " + short_text(datum.value);
}

TEST(TextValue, looks_like_what_it_is) {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : {
           Row{"", "a string "},
           Row{"  ", "a string   "},
           Row{"hello", "a string hello"},
           Row{"null", "null null"},
           Row{" null ", "null null"},
           Row{"true", "a boolean true"},
           Row{"false", "a boolean false"},
           Row{"True", "a string True"},
           Row{"true}", "a string true}"},
           Row{"nullable", "a string nullable"},
           Row{"42", "an int8 42"},
           Row{"+42", "an int8 42"},
           Row{"-129", "an int16 -129"},
           Row{"32768", "an int32 32768"},
           Row{"2147483648", "an int64 2147483648"},
           Row{"9223372036854775808", "a decimal 9223372036854775808"},
           Row{"1.0", "an int8 1"},
           Row{"1e2", "an int8 100"},
           Row{"1.5", "a float32 1.5"},
           Row{"3.4028235E38", "a float32 3.4028235E38"},
           Row{"3.141592653589793", "a float64 3.141592653589793"},
           Row{"0.12345678901234567890", "a decimal 0.12345678901234567890"},
           Row{"-", "a string -"},
           Row{"1.2.3", "a string 1.2.3"},
           Row{"0x10", "a string 0x10"},
           Row{"NaN", "a string NaN"},
           Row{"2024-05-01", "a date 2024-05-01"},
           Row{"2024-02-30", "a string 2024-02-30"},
           Row{"10:15:30.250Z", "a time 10:15:30.250Z"},
           Row{"10\\:15\\:30.250Z", "a time 10:15:30.250Z"},
           Row{"2024-05-01T10:15:30.250Z", "a timestamp 2024-05-01T10:15:30.250Z"},
           Row{"10:15", "a string 10:15"},
           Row{"1,2", "a string 1,2"},
           Row{"[1] x", "a string [1] x"},
           Row{"\"quoted\"", "a string \"quoted\""},
           Row{"[]", "a list []"},
           Row{"[1, 300, 2.5]", "a list [1.0,300.0,2.5]"},
           Row{"[1, null]", "a list [1,null]"},
           Row{"[1, \"a\"]", "a list [1,\"a\"]"},
           Row{"[\"a, b\", \"c\\\"d\"]", "a list [\"a, b\",\"c\\\"d\"]"},
           Row{"[a, b]", "a string [a, b]"},
           Row{"[1,]", "a string [1,]"},
           Row{"[1", "a string [1"},
           Row{"[1 2]", "a string [1 2]"},
           Row{"[[1],[]]", "a list [[1],[]]"},
           Row{"[\"2024-05-01\"]", "a list [\"2024-05-01\"]"},
           Row{"[10:15:30.250Z, 10:15:30.250Z]", "a list [\"10:15:30.250Z\",\"10:15:30.250Z\"]"},
           Row{"{}", "a map {}"},
           Row{"{\"a\": 1, \"b\": 1000}", "a map {\"a\":1,\"b\":1000}"},
           Row{"{1:true}", "a map {1:true}"},
           Row{"{null:1}", "a string {null:1}"},
           Row{"{\"a\":1,}", "a string {\"a\":1,}"},
           Row{"{a:1}", "a string {a:1}"},
       }) {
    EXPECT_EQ(type_of(row.text), row.expected) << row.text;
  }
}

TEST(TextValue, a_list_has_the_widest_type_of_its_numbers) {
  const Datum list = datum_of_text("[1, 300, 70000]");
  ASSERT_TRUE(list.schema->values);
  EXPECT_EQ(list.schema->values->type, Type::int32);
  EXPECT_TRUE(check_value(*list.schema, list.value));
  const Datum with_null = datum_of_text("{\"a\":1,\"b\":null}");
  EXPECT_TRUE(with_null.schema->values->is_optional);
  EXPECT_TRUE(check_value(*with_null.schema, with_null.value));
  EXPECT_FALSE(datum_of_text("[1,\"a\"]").schema->values);
}

TEST(TextValue, what_is_nested_too_deep_is_a_string) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(datum_of_text(deep).value.is<std::string>());
}

TEST(TextValue, numbers_are_printed_as_java_does) {
  EXPECT_EQ(java_text(1.0), "1.0");
  EXPECT_EQ(java_text(-0.0), "-0.0");
  EXPECT_EQ(java_text(100.0), "100.0");
  EXPECT_EQ(java_text(0.001), "0.001");
  EXPECT_EQ(java_text(0.00012), "1.2E-4");
  EXPECT_EQ(java_text(9'999'999.0), "9999999.0");
  EXPECT_EQ(java_text(1e7), "1.0E7");
  EXPECT_EQ(java_text(1.2345e20), "1.2345E20");
  EXPECT_EQ(java_text(0.1f), "0.1");
  EXPECT_EQ(java_text(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(java_text(std::numeric_limits<float>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace weir::connect::text_value
