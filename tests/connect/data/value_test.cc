#include "connect/data/value.h"

#include <random>

#include <gtest/gtest.h>

#include "connect/data/schema.h"

namespace weir::connect::values {
namespace {

std::string there_and_back(const std::string& text) {
  auto parsed = Decimal::parse(text);
  return parsed ? parsed->to_text() : "error: " + parsed.error().detail;
}

OwnedBytes unscaled(const std::string& text) {
  return Decimal::parse(text).value().unscaled;
}

TEST(Decimal, keeps_every_digit_and_its_scale) {
  for (const char* text : {"0", "0.00", "-12.50", "0.001", "-0.1", "123456789012345678901234567890.123456789",
                           "99999999999999999999999999", "-1", "255", "256", "-128", "-129", "010"}) {
    std::string expected = text == std::string("010") ? "10" : text;
    EXPECT_EQ(there_and_back(text), expected);
  }
  EXPECT_EQ(there_and_back("1e3"), "1000");
  EXPECT_EQ(there_and_back("1.5E+1"), "15");
  EXPECT_EQ(there_and_back("25e-3"), "0.025");
  EXPECT_EQ(there_and_back(".5"), "0.5");
  EXPECT_EQ(Decimal::parse("1e3")->scale, -3);
  EXPECT_EQ(Decimal::parse("-12.50")->scale, 2);
}

TEST(Decimal, bytes_are_those_of_a_java_big_integer) {
  EXPECT_EQ(unscaled("0"), OwnedBytes("\x00", 1));
  EXPECT_EQ(unscaled("127"), "\x7f");
  EXPECT_EQ(unscaled("128"), OwnedBytes("\x00\x80", 2));
  EXPECT_EQ(unscaled("255"), OwnedBytes("\x00\xff", 2));
  EXPECT_EQ(unscaled("256"), OwnedBytes("\x01\x00", 2));
  EXPECT_EQ(unscaled("-1"), "\xff");
  EXPECT_EQ(unscaled("-128"), "\x80");
  EXPECT_EQ(unscaled("-129"), "\xff\x7f");
  EXPECT_EQ(unscaled("-256"), OwnedBytes("\xff\x00", 2));
  EXPECT_EQ(unscaled("-32768"), OwnedBytes("\x80\x00", 2));
}

TEST(Decimal, random_numbers_are_found_again_and_take_no_more_bytes_than_needed) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = static_cast<std::int64_t>(random()) >> (random() % 64);
    const OwnedBytes bytes = unscaled(std::to_string(number));
    std::int64_t back = static_cast<signed char>(bytes[0]);
    for (std::size_t j = 1; j < bytes.size(); ++j) back = back * 256 + static_cast<unsigned char>(bytes[j]);
    ASSERT_EQ(back, number);
    ASSERT_EQ(there_and_back(std::to_string(number)), std::to_string(number));
    const bool first_is_needed =
        bytes.size() == 1 || (number < 0 ? bytes[0] != '\xff' || bytes[1] >= 0 : bytes[0] != '\0' || bytes[1] < 0);
    ASSERT_TRUE(first_is_needed) << number;
  }
}

TEST(Decimal, what_is_no_number_or_too_long_is_refused) {
  for (const char* text :
       {"", "-", ".", "1.2.3", "1e", "1e+", "e5", "0x10", "1 ", "NaN", "1e10001", "1e999999999999999999999"}) {
    EXPECT_FALSE(Decimal::parse(text)) << text;
  }
  EXPECT_TRUE(Decimal::parse(std::string(10'000, '9')));
  EXPECT_FALSE(Decimal::parse(std::string(10'001, '9')));
}

TEST(Decimal, changes_its_scale_only_without_loss) {
  const Decimal number = Decimal::parse("12.50").value();
  EXPECT_EQ(number.with_scale(4)->to_text(), "12.5000");
  EXPECT_EQ(number.with_scale(1)->to_text(), "12.5");
  EXPECT_EQ(number.with_scale(0).error().detail, "12.50 has more than 0 digits behind the point");
  EXPECT_EQ(Decimal::parse("1200")->with_scale(-2)->unscaled, "\x0c");
}

TEST(Map, keeps_its_order_and_replaces_in_place) {
  Map map;
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", 3);
  ASSERT_EQ(map.entries.size(), 2u);
  EXPECT_EQ(map.entries[0].first, Value("b"));
  EXPECT_EQ(*map.find("b"), Value(3));
  EXPECT_TRUE(map.erase("b"));
  EXPECT_FALSE(map.erase("b"));
  EXPECT_EQ(map.find("b"), nullptr);
}

TEST(Value, says_what_it_is) {
  EXPECT_EQ(name_of_type(Value()), "null");
  EXPECT_EQ(name_of_type(Value(std::int8_t{1})), "an int8");
  EXPECT_EQ(name_of_type(Value(1.5)), "a float64");
  EXPECT_EQ(name_of_type(Value("x")), "a string");
  EXPECT_EQ(name_of_type(Value(Blob{})), "bytes");
  EXPECT_EQ(name_of_type(Value(Map{})), "a map");
  EXPECT_NE(Value(1), Value(std::int64_t{1}));
}

SchemaPtr order_schema() {
  auto item = std::make_shared<Schema>(Schema{.type = Type::structure, .name = "item"});
  item->fields = {{"sku", schema_of(Type::string)}, {"price", decimal_schema(2)}};
  auto items = std::make_shared<Schema>(Schema{.type = Type::array});
  items->values = item;
  auto order = std::make_shared<Schema>(Schema{.type = Type::structure});
  order->fields = {{"id", schema_of(Type::int32)}, {"note", optional_schema_of(Type::string)}, {"items", items}};
  return order;
}

Struct order() {
  auto schema = order_schema();
  const auto item = schema->field("items")->schema->values;
  return Struct{schema, {Value(7), Value(), Value(List{Value(Struct{item, {"a", Decimal::parse("1.50").value()}})})}};
}

TEST(Schema, same_means_the_same_in_all_it_says) {
  EXPECT_TRUE(same_schema(order_schema(), order_schema()));
  EXPECT_EQ(Value(order()), Value(order()));
  EXPECT_FALSE(same_schema(schema_of(Type::int32), optional_schema_of(Type::int32)));
  EXPECT_FALSE(same_schema(schema_of(Type::int32), nullptr));
  EXPECT_FALSE(same_schema(decimal_schema(2), decimal_schema(3)));
  EXPECT_TRUE(same_schema(with_optional(date_schema(), true), date_schema(true)));
  auto with_default = std::make_shared<Schema>(*schema_of(Type::int32));
  with_default->default_value = std::make_shared<const Value>(5);
  EXPECT_FALSE(same_schema(with_default, schema_of(Type::int32)));
}

TEST(Schema, names_of_types_are_those_of_kafka_connects_json) {
  EXPECT_EQ(name_of(Type::float32), "float");
  EXPECT_EQ(name_of(Type::structure), "struct");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(type_named(name_of(static_cast<Type>(i))), static_cast<Type>(i));
  EXPECT_EQ(type_named("float64"), Type::float64);
  EXPECT_EQ(type_named("object"), std::nullopt);
}

std::string problem(const Value& value) {
  auto checked = check_value(*order_schema(), value);
  return checked ? "" : checked.error().detail;
}

TEST(Schema, a_value_is_held_to_it_all_the_way_down) {
  EXPECT_EQ(problem(order()), "");
  EXPECT_EQ(problem("x"), "expected a struct, not a string");
  EXPECT_EQ(problem(Value()), "expected a struct, not null");
  Struct wrong = order();
  wrong.values[0] = "7";
  EXPECT_EQ(problem(wrong), "field 'id': expected an int32, not a string");
  wrong = order();
  wrong.values[0] = Value();
  EXPECT_EQ(problem(wrong), "field 'id': expected an int32, not null");
  wrong = order();
  auto& item = (*wrong.values[2].get_if<List>())[0];
  item.get_if<Struct>()->values[1] = Decimal::parse("1.5").value();
  EXPECT_EQ(problem(wrong), "field 'items[0].price': expected a decimal of scale 2, not one of scale 1");
  item.get_if<Struct>()->values[1] = Blob{"1"};
  EXPECT_EQ(problem(wrong), "field 'items[0].price': expected a decimal, not bytes");
}

TEST(Schema, null_is_fine_where_there_is_a_default) {
  auto with_default = std::make_shared<Schema>(*schema_of(Type::int32));
  with_default->default_value = std::make_shared<const Value>(5);
  EXPECT_TRUE(check_value(*with_default, Value()));
}

TEST(Schema, of_a_map_keys_and_values_are_checked) {
  Schema map{.type = Type::map, .keys = schema_of(Type::string), .values = schema_of(Type::int64)};
  Map entries;
  entries.set("a", std::int64_t{1});
  EXPECT_TRUE(check_value(map, Value(entries)));
  entries.set("b", 2);
  EXPECT_EQ(check_value(map, Value(entries)).error().detail, "field 'b': expected an int64, not an int32");
}

}  // namespace
}  // namespace weir::connect::values
