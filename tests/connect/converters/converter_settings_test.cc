#include <gtest/gtest.h>

#include "connect/converters/converter.h"
#include "log/base/cursor.h"

namespace weir::connect::converter_settings {
namespace {

constexpr Setting kTable[] = {{.name = "name"}, {.name = "value.converter", .own = settings_of_converter}};

std::unique_ptr<Converter> made(const std::map<std::string, std::string>& settings, std::string* said = nullptr) {
  std::vector<Error> problems;
  Settings checked(ConnectorConfig::of(settings), std::vector<SettingTable>{kTable}, problems);
  if (problems.empty()) {
    auto converter = make_converter(checked, "value.converter");
    if (converter) return *std::move(converter);
    problems.push_back(converter.error());
  }
  if (said != nullptr) {
    for (const Error& problem : problems) *said += problem.detail + "\n";
  }
  return nullptr;
}

std::string written(Converter& converter, const Payload& payload) {
  OwnedBytes scratch;
  auto bytes = converter.write("t", payload, scratch);
  if (!bytes) return "error: " + bytes.error().detail;
  return *bytes ? std::string(**bytes) : "nothing";
}

std::string read_as_json(Converter& converter, NullableBytes bytes) {
  auto payload = converter.read("t", bytes);
  if (!payload) return "error: " + payload.error().detail;
  std::string out;
  auto appended = payload->append_json_to(out);
  return appended ? out : "error: " + appended.error().detail;
}

TEST(ConverterSettings, short_names_and_class_names_mean_the_same) {
  std::string eight(8, '\0');
  store_big_endian(eight.data(), std::int64_t{42});
  struct Row {
    std::vector<const char*> names;
    std::string bytes;
    const char* json;
  };
  for (const Row& row : std::vector<Row>{
           {{"string", "StringConverter", "org.apache.kafka.connect.storage.StringConverter"}, "a\"b", "\"a\\\"b\""},
           {{"json"}, "{\"a\":1.50}", "{\"a\":1.50}"},
           {{"int16", "short", "org.apache.kafka.connect.converters.ShortConverter"},
            std::string("\x01\x00", 2),
            "256"},
           {{"int32", "integer", "IntegerConverter"}, std::string("\x00\x00\x01\x00", 4), "256"},
           {{"int64", "long", "LongConverter"}, eight, "42"},
           {{"float32", "float", "FloatConverter"}, std::string("\x3f\x00\x00\x00", 4), "0.5"},
           {{"float64", "double", "DoubleConverter"}, std::string("\x3f\xe0\0\0\0\0\0\0", 8), "0.5"},
           {{"boolean", "BooleanConverter"}, std::string("\x01", 1), "true"},
           {{"bytes", "org.apache.kafka.connect.converters.ByteArrayConverter"}, "abc", "\"YWJj\""},
           {{"plain"}, "abc", "\"abc\""},
           {{"simple", "org.apache.kafka.connect.storage.SimpleHeaderConverter"}, "[1,2]", "[1,2]"},
           {{"json-schema", "org.apache.kafka.connect.json.JsonConverter"},
            R"({"schema":{"type":"int32","optional":false},"payload":7})",
            "7"},
       }) {
    for (const char* name : row.names) {
      auto converter = made({{"value.converter", name}});
      ASSERT_TRUE(converter) << name;
      EXPECT_EQ(read_as_json(*converter, row.bytes), row.json) << name;
      EXPECT_EQ(read_as_json(*converter, std::nullopt), "null") << name;
      EXPECT_EQ(written(*converter, *converter->read("t", row.bytes)), row.bytes) << name;
      EXPECT_EQ(written(*converter, Payload()), "nothing") << name;
    }
  }
}

TEST(ConverterSettings, numbers_of_the_wrong_size_are_told_where_they_are_read) {
  auto converter = made({{"value.converter", "int32"}});
  EXPECT_EQ(read_as_json(*converter, "abc"), "error: expected an int32 of 4 bytes, not 3");
}

TEST(ConverterSettings, what_is_wrong_is_named_with_the_nearest_right_name) {
  std::string said;
  EXPECT_FALSE(made({{"value.converter", "JsonConverter"}, {"value.converter.schemas.enabled", "false"}}, &said));
  EXPECT_NE(said.find("value.converter.schemas.enabled = 'false': there is no such setting; did you mean "
                      "'value.converter.schemas.enable'?"),
            std::string::npos)
      << said;
  said.clear();
  EXPECT_FALSE(made({{"value.converter", "string"}, {"value.converter.schemas.enable", "false"}}, &said));
  EXPECT_NE(said.find("there is no such setting"), std::string::npos) << said;
  said.clear();
  EXPECT_FALSE(made({{"value.converter", "AvroConverter"}}, &said));
  EXPECT_NE(said.find("value.converter = 'AvroConverter': must be one of plain, string, json, json-schema, simple, "
                      "protobuf, int16"),
            std::string::npos)
      << said;
  said.clear();
  EXPECT_FALSE(made({{"value.converter", "string"}, {"value.converter.converter.encoding", "UTF-16"}}, &said));
  EXPECT_NE(said.find("must be one of UTF-8"), std::string::npos) << said;
  EXPECT_TRUE(made({{"value.converter", "string"}, {"value.converter.converter.encoding", "UTF-8"}}));
}

TEST(ConverterSettings, headers_that_are_no_text_stay_bytes) {
  auto converter = made({{"value.converter", "simple"}});
  auto payload = converter->read("t", "\xff\xfe");
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->datum().value()->value, Value(Blob{"\xff\xfe"}));
  EXPECT_EQ(written(*converter, Payload(Datum{nullptr, 1.0})), "1.0");
  EXPECT_EQ(written(*converter, Payload::text("plain text")), "plain text");
}

}  // namespace
}  // namespace weir::connect::converter_settings
