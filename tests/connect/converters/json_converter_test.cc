#include <gtest/gtest.h>

#include "connect/converters/converter.h"

namespace weir::connect::json_converter {
namespace {

constexpr Setting kTable[] = {{.name = "value.converter", .own = settings_of_converter}};

std::unique_ptr<Converter> json_converter(std::map<std::string, std::string> own = {}) {
  std::map<std::string, std::string> settings{{"value.converter", "org.apache.kafka.connect.json.JsonConverter"}};
  for (const auto& [name, text] : own) settings["value.converter." + name] = text;
  std::vector<Error> problems;
  Settings checked(ConnectorConfig::of(settings), std::vector<SettingTable>{kTable}, problems);
  return make_converter(checked, "value.converter").value();
}

std::string written(Converter& converter, const Datum& datum) {
  OwnedBytes scratch;
  auto bytes = converter.write("t", Payload(datum), scratch);
  if (!bytes) return "error: " + bytes.error().detail;
  return *bytes ? std::string(**bytes) : "nothing";
}

std::string written(const Datum& datum) {
  return written(*json_converter(), datum);
}

Result<Datum> read(const std::string& json, std::map<std::string, std::string> own = {}) {
  auto converter = json_converter(std::move(own));
  WEIR_TRY_VAR(payload, converter->read("t", json));
  WEIR_TRY_VAR(datum, payload.datum());
  return *datum;
}

std::string problem(const std::string& json) {
  auto datum = read(json);
  return datum ? "none" : datum.error().detail;
}

SchemaPtr structure(std::vector<SchemaField> fields) {
  return std::make_shared<Schema>(Schema{.type = Type::structure, .fields = std::move(fields)});
}

struct Row {
  Datum datum;
  const char* json;
};

std::vector<Row> both_ways() {
  Schema list{.type = Type::array, .values = schema_of(Type::int32)};
  Schema map{.type = Type::map, .keys = schema_of(Type::string), .values = schema_of(Type::int32)};
  Schema pairs{.type = Type::map, .keys = schema_of(Type::int32), .values = schema_of(Type::int32)};
  Map entries;
  entries.set("k", 12);
  Map numbers;
  numbers.entries.emplace_back(Value(1), Value(2));
  const auto inner = structure({{"f", schema_of(Type::boolean)}, {"g", optional_schema_of(Type::string)}});
  Schema described{.type = Type::string,
                   .is_optional = true,
                   .name = "n",
                   .version = 2,
                   .doc = "d",
                   .parameters = {{"a", "b"}},
                   .default_value = std::make_shared<const Value>("x")};
  const auto plain = [](const char* type, const char* payload) {
    static std::vector<std::string> kept;
    kept.reserve(100);
    kept.push_back(std::string(R"({"schema":{"type":")") + type + R"(","optional":false},"payload":)" + payload + "}");
    return kept.back().c_str();
  };
  return {
      {{schema_of(Type::boolean), true}, plain("boolean", "true")},
      {{schema_of(Type::int8), std::int8_t{12}}, plain("int8", "12")},
      {{schema_of(Type::int16), std::int16_t{12}}, plain("int16", "12")},
      {{schema_of(Type::int32), 12}, plain("int32", "12")},
      {{schema_of(Type::int64), std::int64_t{4'398'046'511'104}}, plain("int64", "4398046511104")},
      {{schema_of(Type::float32), 12.34f}, plain("float", "12.34")},
      {{schema_of(Type::float64), 12.34}, plain("double", "12.34")},
      {{schema_of(Type::bytes), Blob{"test-string"}}, plain("bytes", "\"dGVzdC1zdHJpbmc=\"")},
      {{schema_of(Type::string), "test\n"}, plain("string", "\"test\\n\"")},
      {{std::make_shared<Schema>(list), List{Value(1), Value(2)}},
       R"({"schema":{"type":"array","items":{"type":"int32","optional":false},"optional":false},"payload":[1,2]})"},
      {{std::make_shared<Schema>(map), entries},
       R"({"schema":{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"int32","optional":false},)"
       R"("optional":false},"payload":{"k":12}})"},
      {{std::make_shared<Schema>(pairs), numbers},
       R"({"schema":{"type":"map","keys":{"type":"int32","optional":false},"values":{"type":"int32","optional":false},)"
       R"("optional":false},"payload":[[1,2]]})"},
      {{inner, Struct{inner, {true, Value()}}},
       R"({"schema":{"type":"struct","fields":[{"type":"boolean","optional":false,"field":"f"},)"
       R"({"type":"string","optional":true,"field":"g"}],"optional":false},"payload":{"f":true,"g":null}})"},
      {{std::make_shared<Schema>(described), "y"},
       R"({"schema":{"type":"string","optional":true,"name":"n","version":2,"doc":"d","parameters":{"a":"b"},)"
       R"("default":"x"},"payload":"y"})"},
      {{decimal_schema(2), Decimal::parse("1.56").value()},
       R"({"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,)"
       R"("parameters":{"scale":"2"}},"payload":"AJw="})"},
      {{date_schema(), Date{10'000}},
       R"({"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Date","version":1},)"
       R"("payload":10000})"},
      {{time_schema(), Time{14'400'000}},
       R"({"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Time","version":1},)"
       R"("payload":14400000})"},
      {{timestamp_schema(), Timestamp{4'000'000'000}},
       R"({"schema":{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1},)"
       R"("payload":4000000000})"},
      {{optional_schema_of(Type::int32), Value()}, R"({"schema":{"type":"int32","optional":true},"payload":null})"},
      {{nullptr, true}, R"({"schema":null,"payload":true})"},
  };
}

TEST(JsonConverter, every_type_with_its_schema_both_ways) {
  for (const Row& row : both_ways()) {
    EXPECT_EQ(written(row.datum), row.json);
    auto back = read(row.json);
    ASSERT_TRUE(back) << row.json << ": " << back.error().detail;
    EXPECT_EQ(*back, row.datum) << row.json;
  }
}

TEST(JsonConverter, a_value_without_anything_is_a_tombstone) {
  EXPECT_EQ(written(Datum{}), "nothing");
  EXPECT_EQ(written(*json_converter({{"schemas.enable", "false"}}), Datum{optional_schema_of(Type::int32), Value()}),
            "nothing");
  auto converter = json_converter();
  EXPECT_TRUE(converter->read("t", std::nullopt)->is_null());
}

TEST(JsonConverter, plain_json_says_what_to_set) {
  const std::string said = problem("{\"a\":1}");
  EXPECT_NE(said.find("schemas.enable=false"), std::string::npos) << said;
  EXPECT_NE(problem(R"({"schema":null,"payload":1,"more":1})").find("schemas.enable=false"), std::string::npos);
  EXPECT_NE(problem("7").find("schemas.enable=false"), std::string::npos);
  EXPECT_EQ(problem("{").substr(0, 8), "not JSON");
}

TEST(JsonConverter, without_schemas_json_passes_through_untouched) {
  auto converter = json_converter({{"schemas.enable", "false"}});
  auto payload = converter->read("t", "{ \"a\":1.50 }");
  OwnedBytes scratch;
  EXPECT_EQ(converter->write("t", *payload, scratch).value(), "{ \"a\":1.50 }");
  const auto schema = structure({{"at", timestamp_schema()}, {"price", decimal_schema(2)}});
  EXPECT_EQ(written(*converter, {schema, Struct{schema, {Timestamp{5}, Decimal::parse("1.56").value()}}}),
            R"({"at":5,"price":"AJw="})");
}

TEST(JsonConverter, decimals_as_numbers_where_that_is_set_and_both_are_read) {
  auto converter = json_converter({{"decimal.format", "NUMERIC"}, {"schemas.enable", "false"}});
  EXPECT_EQ(written(*converter, {decimal_schema(2), Decimal::parse("1.50").value()}), "1.50");
  const std::string schema = R"({"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,)"
                             R"("parameters":{"scale":"2"}},"payload":)";
  EXPECT_EQ(read(schema + "1.5}")->value, Value(Decimal::parse("1.50").value()));
  EXPECT_EQ(read(schema + "\"AJw=\"}")->value, Value(Decimal::parse("1.56").value()));
  EXPECT_EQ(problem(schema + "1.567}"), "1.567 has more than 2 digits behind the point");
  EXPECT_EQ(problem(schema + "\"\"}"), "expected org.apache.kafka.connect.data.Decimal, not ''");
  EXPECT_EQ(problem(schema + "\"A\"}"), "expected org.apache.kafka.connect.data.Decimal, not 'A'");
}

TEST(JsonConverter, nulls_and_defaults) {
  auto with_default = std::make_shared<Schema>(*optional_schema_of(Type::string));
  with_default->default_value = std::make_shared<const Value>("x");
  const auto schema = structure({{"a", with_default}});
  const Datum null_field{schema, Struct{schema, {Value()}}};
  const std::string envelope =
      R"({"schema":{"type":"struct","fields":[{"type":"string","optional":true,"default":"x","field":"a"}],)"
      R"("optional":false},"payload":)";
  EXPECT_EQ(written(null_field), envelope + R"({"a":"x"}})");
  EXPECT_EQ(written(*json_converter({{"replace.null.with.default", "false"}}), null_field),
            envelope + R"({"a":null}})");
  EXPECT_EQ(read(envelope + "{}}")->value.get<Struct>().values[0], Value("x"));
  EXPECT_TRUE(read(envelope + "{\"a\":null}}", {{"replace.null.with.default", "false"}})
                  ->value.get<Struct>()
                  .values[0]
                  .is_null());
  EXPECT_EQ(problem(R"({"schema":{"type":"int32"},"payload":null})"), "null, which the schema does not allow");
  EXPECT_EQ(written({schema_of(Type::int32), Value()}), "error: expected an int32, not null");
  EXPECT_EQ(written({schema_of(Type::int32), "x"}), "error: expected an int32, not a string");
}

TEST(JsonConverter, what_the_schema_does_not_allow_names_the_field) {
  const std::string schema =
      R"({"schema":{"type":"struct","fields":[{"type":"struct","field":"in","fields":[{"type":"int8","field":"n"}]}]},)"
      R"("payload":)";
  EXPECT_EQ(problem(schema + R"({"in":{"n":300}}})"), "field 'in': field 'n': expected int8, not 300");
  EXPECT_EQ(problem(schema + R"({"in":{}}})"), "field 'in': field 'n': null, which the schema does not allow");
  EXPECT_EQ(problem(schema + R"({"in":"x"}})"), "field 'in': expected struct, not 'x'");
  EXPECT_EQ(read(schema + R"({"in":{"n":3},"more":1}})")->value.get<Struct>().values.size(), 1u);
}

TEST(JsonConverter, schemas_that_are_none_are_told) {
  for (const auto& [schema, expected] : std::map<std::string, std::string>{
           {"7", "no schema: it must be an object"},
           {"{}", "no schema: 'type' is missing"},
           {R"({"type":"number"})", "no schema: there is no type 'number'"},
           {R"({"type":"array"})", "no schema: 'items' is missing"},
           {R"({"type":"struct"})", "no schema: a struct without 'fields'"},
           {R"({"type":"struct","fields":[{"type":"int8"}]})", "no schema: a field without a name"},
           {R"({"type":"struct","fields":[{"type":"int8","field":"a"},{"type":"int8","field":"a"}]})",
            "no schema: field 'a' is there twice"},
           {R"({"type":"int8","optional":1})", "no schema: 'optional' must be true or false"},
           {R"({"type":"int8","version":"x"})", "no schema: 'version' must be a number"},
           {R"({"type":"int8","default":"x"})", "expected int8, not 'x'"},
       }) {
    EXPECT_EQ(problem("{\"schema\":" + schema + ",\"payload\":1}"), expected) << schema;
  }
}

TEST(JsonConverter, schemas_are_remembered_up_to_a_number) {
  for (const char* size : {"0", "1", "1000"}) {
    auto converter = json_converter({{"schemas.cache.size", size}});
    SchemaPtr first;
    for (int round = 0; round < 3; ++round) {
      for (const char* type : {"int32", "int64"}) {
        const std::string json = std::string(R"({"schema":{"type":")") + type + R"("},"payload":7})";
        auto payload = converter->read("t", json);
        auto datum = payload->datum();
        ASSERT_TRUE(datum);
        EXPECT_EQ(name_of((*datum)->schema->type), type);
        if (type == std::string("int64")) continue;
        if (size == std::string("1000") && first) {
          EXPECT_EQ((*datum)->schema, first);
        }
        first = (*datum)->schema;
      }
    }
  }
}

}  // namespace
}  // namespace weir::connect::json_converter
