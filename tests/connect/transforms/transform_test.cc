#include "connect/transforms/transform.h"

#include <gtest/gtest.h>

#include "connect/data/json_value.h"
#include "connect/transforms/predicate.h"
#include "connect/transforms/transform_class.h"

namespace weir::connect::transforms {
namespace {

using Config = std::map<std::string, std::string>;

// The settings of one transform "t".
Config one(const std::string& type, const Config& settings = {}) {
  Config config{{"name", "orders"}, {"transforms", "t"}, {"transforms.t.type", type}};
  for (const auto& [name, text] : settings) config["transforms.t." + name] = text;
  return config;
}

std::string problems_of(const Config& config) {
  std::vector<Error> problems;
  (void)Transforms::of(ConnectorConfig::of(config), problems);
  std::string all;
  for (const Error& problem : problems) all += (all.empty() ? "" : "\n") + problem.detail;
  return all;
}

// What becomes of a record: "gone", an error, or topic, key and value as JSON.
std::string through(const Config& config, ConnectRecord& record) {
  std::vector<Error> problems;
  Transforms transforms = Transforms::of(ConnectorConfig::of(config), problems);
  if (!problems.empty()) return "problem: " + problems.front().detail;
  auto kept = transforms.apply(record);
  if (!kept) return "error: " + kept.error().detail;
  if (*kept == Kept::no) return "gone";
  std::string out;
  if (!record.key.is_null()) {
    (void)record.key.append_json_to(out);
    out += " ";
  }
  auto appended = record.value.append_json_to(out);
  return appended ? out : "error: " + appended.error().detail;
}

std::string through(const Config& config, const std::string& json) {
  ConnectRecord record;
  record.topic = "orders";
  record.value = json == "null" ? Payload() : Payload::json(json);
  return through(config, record);
}

// The schema of a datum in short: "struct{id:int32,name:string?}".
std::string shown(const SchemaPtr& schema) {
  if (!schema) return "-";
  std::string out(name_of(schema->type));
  if (!schema->name.empty()) out = schema->name.substr(schema->name.rfind('.') + 1);
  if (schema->type == Type::structure) {
    out += "{";
    for (const SchemaField& field : schema->fields) {
      out += (out.ends_with('{') ? "" : ",") + field.name + ":" + shown(field.schema);
    }
    out += "}";
  }
  return out + (schema->is_optional ? "?" : "");
}

SchemaPtr structure(std::vector<SchemaField> fields, std::string name = "") {
  return std::make_shared<Schema>(
      Schema{.type = Type::structure, .name = std::move(name), .fields = std::move(fields)});
}

ConnectRecord record_of(const SchemaPtr& schema, std::vector<Value> values) {
  ConnectRecord record;
  record.topic = "orders";
  record.value = Payload(Datum{schema, Struct{schema, std::move(values)}});
  return record;
}

// Value and schema of a record with a schema that went through.
std::string with_schema(const Config& config, ConnectRecord record) {
  const std::string json = through(config, record);
  if (json.starts_with("error") || json.starts_with("problem")) return json;
  const Datum* datum = record.value.datum().value();
  if (datum->schema) {
    auto fits = check_value(*datum->schema, datum->value);
    EXPECT_TRUE(fits) << fits.error().detail;
    if (const auto* is = datum->value.get_if<Struct>()) {
      EXPECT_EQ(is->schema, datum->schema);
    }
  }
  return json + " " + shown(datum->schema);
}

TEST(Cast, of_fields_and_of_the_whole_without_a_schema) {
  struct Row {
    const char* spec;
    const char* value;
    const char* expected;
  };
  for (const Row& row : {
           Row{"int8", "42", "42"},
           Row{"string", "42", "\"42\""},
           Row{"string", "42.5", "\"42.5\""},
           Row{"string", "1e10", "\"1.0E10\""},
           Row{"string", "42e0", "\"42.0\""},
           Row{"string", "true", "\"true\""},
           Row{"boolean", "42", "true"},
           Row{"boolean", "0", "false"},
           Row{"boolean", "0.5", "false"},
           Row{"boolean", "\"TRUE\"", "true"},
           Row{"boolean", "\"yes\"", "false"},
           Row{"int32", "42.9", "42"},
           Row{"int32", "-42.9", "-42"},
           Row{"int32", "\"+42\"", "42"},
           Row{"int32", "true", "1"},
           Row{"float64", "42", "42"},
           Row{"float32", "\"0.1\"", "0.1"},
           Row{"int8", "128", "error: transform t: value: 128 is no int8"},
           Row{"int16", "1e10", "error: transform t: value: 10000000000 is no int16"},
           Row{"int64", "1e19", "error: transform t: value: 1.0E19 is no int64"},
           Row{"int32", "\"4x\"", "error: transform t: value: '4x' is no int32"},
           Row{"int32", "\"+-4\"", "error: transform t: value: '+-4' is no int32"},
           Row{"int32", "[1]", "error: transform t: value: a list cannot be cast to int32"},
           Row{"int32", "null", "null"},
           Row{"a:int32,b:string", R"({"b":1,"a":"7","c":null})", R"({"b":"1","a":7,"c":null})"},
           Row{"a:int32", R"({"a":null})", R"({"a":null})"},
           Row{"a:int32", R"({"b":1})", R"({"b":1})"},
           Row{"a:int8", R"({"a":300})", "error: transform t: value: field 'a': 300 is no int8"},
           Row{"a:int8", "7", "error: transform t: value: expected fields, not an int64"},
       }) {
    EXPECT_EQ(through(one("org.apache.kafka.connect.transforms.Cast$Value", {{"spec", row.spec}}), row.value),
              row.expected)
        << row.spec << " of " << row.value;
  }
}

TEST(Cast, with_a_schema_changes_it_with_optionality_and_default) {
  auto with_default = std::make_shared<Schema>(*optional_schema_of(Type::string));
  with_default->default_value = std::make_shared<const Value>("5");
  const auto schema = structure({{"id", schema_of(Type::int64)},
                                 {"day", date_schema()},
                                 {"n", with_default},
                                 {"price", decimal_schema(2)},
                                 {"raw", schema_of(Type::bytes)}},
                                "order");
  ConnectRecord record =
      record_of(schema, {std::int64_t{7}, Date{3}, Value(), Decimal::parse("1.50").value(), Blob{"abc"}});
  EXPECT_EQ(
      with_schema(one("Cast$Value", {{"spec", "id:int8,day:int64,n:int32,price:float64,raw:string"}}), record),
      R"({"id":7,"day":3,"n":5,"price":1.5,"raw":"YWJj"} order{id:int8,day:int64,n:int32?,price:double,raw:string})");
  EXPECT_EQ(
      with_schema(one("Cast$Value", {{"spec", "day:string,n:int32"}, {"replace.null.with.default", "false"}}), record),
      R"({"id":7,"day":"1970-01-04","n":null,"price":1.50,"raw":"YWJj"} )"
      R"(order{id:int64,day:string,n:int32?,price:Decimal,raw:bytes})");
  ConnectRecord whole;
  whole.value = Payload(Datum{optional_schema_of(Type::int32), 42});
  EXPECT_EQ(with_schema(one("Cast$Value", {{"spec", "string"}}), whole), "\"42\" string?");
  EXPECT_EQ(with_schema(one("Cast$Value", {{"spec", "raw:int8"}}), record),
            "error: transform t: value: field 'raw': bytes cannot be cast to int8");
}

TEST(Cast, what_is_wrong_with_its_spec_is_named) {
  EXPECT_EQ(problems_of(one("Cast$Value", {{"spec", "a:int9"}})),
            "connector orders: transforms.t.spec = 'a:int9': 'int9' must be one of int8, int16, int32, int64, float32, "
            "float64, boolean, string");
  EXPECT_EQ(problems_of(one("Cast$Value", {{"spec", "int8,a:int8"}})),
            "connector orders: transforms.t.spec = 'int8,a:int8': a type for the whole must stand alone");
  EXPECT_NE(problems_of(one("Cast$Value")).find("transforms.t.spec: must be set"), std::string::npos);
}

TEST(ExtractField, of_maps_and_structs_by_both_syntaxes) {
  const std::string json = R"({"a":{"b":{"c.d":42}},"a.b":7})";
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "a.b"}}), json), "7");
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "a.b"}, {"field.syntax.version", "V2"}}), json),
            R"({"c.d":42})");
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "a.b.`c.d`"}, {"field.syntax.version", "V2"}}), json), "42");
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "x"}}), json), "null");
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "x"}}), "null"), "null");
  EXPECT_EQ(through(one("ExtractField$Value", {{"field", "x"}}), "[1]"),
            "error: transform t: value: expected fields, not a list");
  auto with_default = std::make_shared<Schema>(*schema_of(Type::int32));
  with_default->default_value = std::make_shared<const Value>(5);
  const auto inner = structure({{"n", with_default}});
  const auto schema = structure({{"inner", inner}});
  const auto record = record_of(schema, {Struct{inner, {Value()}}});
  const Config path{{"field", "inner.n"}, {"field.syntax.version", "V2"}};
  EXPECT_EQ(with_schema(one("ExtractField$Value", path), record), "5 int32");
  EXPECT_EQ(with_schema(one("ExtractField$Value", {{"field", "x"}}), record),
            "error: transform t: value: there is no field 'x'");
}

TEST(ExtractField, the_key_is_another_part) {
  ConnectRecord record;
  record.key = Payload::json(R"({"id":7})");
  record.value = Payload::json(R"({"id":8})");
  EXPECT_EQ(through(one("ExtractField$Key", {{"field", "id"}}), record), R"(7 {"id":8})");
}

TEST(HoistField, puts_the_whole_into_a_field_null_too) {
  EXPECT_EQ(through(one("HoistField$Value", {{"field", "magic"}}), "42"), R"({"magic":42})");
  EXPECT_EQ(through(one("HoistField$Value", {{"field", "magic"}}), "null"), R"({"magic":null})");
  ConnectRecord record;
  record.value = Payload(Datum{schema_of(Type::int32), 42});
  EXPECT_EQ(with_schema(one("HoistField$Value", {{"field", "magic"}}), record), R"({"magic":42} struct{magic:int32})");
}

TEST(InsertField, of_maps_and_structs) {
  const Config all = one("InsertField$Value", {{"topic.field", "topic!"},
                                               {"partition.field", "partition"},
                                               {"offset.field", "offset?"},
                                               {"timestamp.field", "time"},
                                               {"static.field", "from"},
                                               {"static.value", "here"}});
  const log::TopicPartition partition{"orders", log::PartitionIndex(3)};
  const auto schema = structure({{"id", schema_of(Type::int32)}}, "order");
  for (const bool has_schema : {false, true}) {
    ConnectRecord record = record_of(schema, {7});
    if (!has_schema) record.value = Payload::json(R"({"id":7})");
    record.partition = 3;
    record.timestamp_ms = 1'000;
    EXPECT_EQ(with_schema(all, record), "error: transform t: value: only records of sinks have an offset");
    record.origin = Origin{&partition, log::Offset(42)};
    const std::string rest = R"("partition":3,"offset":42,"time":)";
    EXPECT_EQ(with_schema(all, record),
              has_schema
                  ? R"({"id":7,"topic":"orders",)" + rest +
                        R"("1970-01-01T00:00:01.000Z","from":"here"} )"
                        "order{id:int32,topic:string,partition:int32?,offset:int64?,time:Timestamp?,from:string?}"
                  : R"({"id":7,"topic":"orders",)" + rest + R"(1000,"from":"here"} -)");
  }
  EXPECT_EQ(through(all, "null"), "null");
  ConnectRecord without = record_of(schema, {7});
  EXPECT_EQ(with_schema(one("InsertField$Value", {{"partition.field", "p!"}}), without),
            "error: transform t: value: field 'p' is required, and there is no value for it");
  EXPECT_EQ(with_schema(one("InsertField$Value", {{"topic.field", "id"}}), without),
            "error: transform t: value: there is a field 'id' already");
  EXPECT_NE(problems_of(one("InsertField$Value")).find("another field to insert"), std::string::npos);
  EXPECT_NE(problems_of(one("InsertField$Value", {{"static.field", "a"}})).find("go together"), std::string::npos);
}

TEST(MaskField, covers_each_type_with_its_empty_value_or_a_replacement) {
  const std::string json = R"({"a":"secret","b":42,"c":1.5,"d":true,"e":[1],"f":{"x":1},"g":null,"h":1})";
  EXPECT_EQ(through(one("MaskField$Value", {{"fields", "a,b,c,d,e,f,g,missing"}}), json),
            R"({"a":"","b":0,"c":0,"d":false,"e":[],"f":{},"g":null,"h":1})");
  EXPECT_EQ(through(one("MaskField$Value", {{"fields", "a,b,c"}, {"replacement", "123"}}), json),
            R"({"a":"123","b":123,"c":123,"d":true,"e":[1],"f":{"x":1},"g":null,"h":1})");
  EXPECT_EQ(through(one("MaskField$Value", {{"fields", "a,b"}, {"replacement", "***"}}), json),
            "error: transform t: value: field 'b': '***' is no int64");
  EXPECT_EQ(through(one("MaskField$Value", {{"fields", "d"}, {"replacement", "x"}}), json),
            "error: transform t: value: field 'd': cannot put a replacement in the place of a boolean");
  const auto schema =
      structure({{"n", schema_of(Type::int8)}, {"at", timestamp_schema()}, {"price", decimal_schema(2)}});
  EXPECT_EQ(with_schema(one("MaskField$Value", {{"fields", "n,at,price"}}),
                        record_of(schema, {std::int8_t{5}, Timestamp{9}, Decimal::parse("1.50").value()})),
            R"({"n":0,"at":"1970-01-01T00:00:00.000Z","price":0.00} struct{n:int8,at:Timestamp,price:Decimal})");
  EXPECT_EQ(through(one("MaskField$Value", {{"fields", "a"}}), "null"), "null");
}

TEST(ValueToKey, makes_the_key_of_fields) {
  EXPECT_EQ(through(one("org.apache.kafka.connect.transforms.ValueToKey", {{"fields", "a,x"}}), R"({"a":1,"b":2})"),
            R"({"a":1,"x":null} {"a":1,"b":2})");
  EXPECT_EQ(through(one("ValueToKey", {{"fields", "a"}, {"topics", "others"}}), R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(through(one("ValueToKey", {{"fields", "a"}}), "null"),
            "error: transform t: value: expected fields, not null");
  const auto schema = structure({{"a", schema_of(Type::int32)}, {"b", schema_of(Type::string)}});
  ConnectRecord record = record_of(schema, {1, "x"});
  EXPECT_EQ(through(one("ValueToKey", {{"fields", "b"}}), record), R"({"b":"x"} {"a":1,"b":"x"})");
  EXPECT_EQ(shown(record.key.datum().value()->schema), "struct{b:string}");
  EXPECT_EQ(through(one("ValueToKey", {{"fields", "z"}}), record), "error: transform t: value: there is no field 'z'");
}

TEST(Flatten, takes_fields_out_of_the_fields_they_are_in) {
  EXPECT_EQ(through(one("Flatten$Value"), R"({"a":{"b":{"c":1},"d":null},"e":[{"f":1}],"g":null,"h":{}})"),
            R"({"a.b.c":1,"a.d":null,"e":[{"f":1}],"g":null})");
  EXPECT_EQ(through(one("Flatten$Value", {{"delimiter", "#"}}), R"({"a":{"b":1}})"), R"({"a#b":1})");
  EXPECT_EQ(through(one("Flatten$Value"), "null"), "null");
  EXPECT_EQ(through(one("Flatten$Value"), "7"), "error: transform t: value: expected fields, not an int64");
  auto inner = structure({{"x", schema_of(Type::int32)}, {"y", optional_schema_of(Type::string)}});
  const auto schema = structure({{"id", schema_of(Type::int32)}, {"in", with_optional(inner, true)}}, "order");
  EXPECT_EQ(with_schema(one("Flatten$Value"), record_of(schema, {1, Struct{with_optional(inner, true), {2, "z"}}})),
            R"({"id":1,"in.x":2,"in.y":"z"} order{id:int32,in.x:int32?,in.y:string?})");
  EXPECT_EQ(with_schema(one("Flatten$Value"), record_of(schema, {1, Value()})),
            R"({"id":1,"in.x":null,"in.y":null} order{id:int32,in.x:int32?,in.y:string?})");
}

TEST(ReplaceField, leaves_out_and_renames) {
  const std::string json = R"({"a":1,"b":2,"c":3})";
  EXPECT_EQ(through(one("ReplaceField$Value", {{"exclude", "b"}}), json), R"({"a":1,"c":3})");
  EXPECT_EQ(through(one("ReplaceField$Value", {{"include", "a,b"}, {"exclude", "b"}, {"renames", "a:x"}}), json),
            R"({"x":1})");
  EXPECT_EQ(through(one("ReplaceField$Value", {{"blacklist", "b"}}), json), R"({"a":1,"c":3})");
  EXPECT_EQ(through(one("ReplaceField$Value", {{"whitelist", "b"}}), json), R"({"b":2})");
  EXPECT_EQ(through(one("ReplaceField$Value", {{"exclude", "b"}}), "null"), "null");
  const auto schema = structure({{"a", schema_of(Type::int32)}, {"b", schema_of(Type::string)}}, "order");
  EXPECT_EQ(with_schema(one("ReplaceField$Value", {{"renames", "a:b,b:a"}}), record_of(schema, {1, "x"})),
            R"({"b":1,"a":"x"} order{b:int32,a:string})");
  EXPECT_NE(problems_of(one("ReplaceField$Value", {{"renames", "a:b:c"}})).find("must be old:new"), std::string::npos);
}

TEST(HeaderFrom, moves_and_copies_fields_to_headers) {
  ConnectRecord record;
  record.value = Payload::json(R"({"a":1,"b":2})");
  EXPECT_EQ(through(one("HeaderFrom$Value", {{"fields", "a,z"}, {"headers", "ha,hz"}, {"operation", "move"}}), record),
            R"({"b":2})");
  ASSERT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.headers[0].key, "ha");
  EXPECT_EQ(record.headers[0].value, (Datum{nullptr, std::int64_t{1}}));
  EXPECT_TRUE(record.headers[1].value.is_null());
  const auto schema = structure({{"a", schema_of(Type::int32)}, {"b", schema_of(Type::string)}});
  ConnectRecord with = record_of(schema, {1, "x"});
  const Config copy = one("HeaderFrom$Value", {{"fields", "a"}, {"headers", "ha"}, {"operation", "copy"}});
  EXPECT_EQ(through(copy, with), R"({"a":1,"b":"x"})");
  EXPECT_EQ(with.headers[0].value, (Datum{schema_of(Type::int32), 1}));
  EXPECT_EQ(through(copy, "null"), "error: transform t: value: expected fields, not null");
  EXPECT_NE(problems_of(one("HeaderFrom$Value", {{"fields", "a"}, {"headers", "x,y"}, {"operation", "copy"}}))
                .find("must be as many as 'fields': 1"),
            std::string::npos);
}

TEST(Headers, are_dropped_and_inserted) {
  ConnectRecord record;
  record.headers = {{"a", {nullptr, 1}}, {"b", {nullptr, 2}}, {"a", {nullptr, 3}}};
  (void)through(one("DropHeaders", {{"headers", "a,z"}}), record);
  ASSERT_EQ(record.headers.size(), 1u);
  (void)through(one("InsertHeader", {{"header", "n"}, {"value.literal", "1.5"}}), record);
  ASSERT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.headers[1].value, (Datum{schema_of(Type::float32), 1.5f}));
}

TEST(RegexRouter, renames_topics_that_match_as_a_whole) {
  struct Row {
    const char* regex;
    const char* replacement;
    const char* topic;
    const char* expected;
  };
  for (const Row& row : {
           Row{"original", "new", "original", "new"},
           Row{"original", "new", "original-1", "original-1"},
           Row{"(.*)-(\\d\\d\\d\\d)(\\d\\d)(\\d\\d)", "$1-$2$3", "index-20160117", "index-201601"},
           Row{"(?<name>.*)-x", "${name}", "orders-x", "orders"},
           Row{"(.)(.*)", "$2$10", "abc", "bca0"},
           Row{".*", "\\$1", "abc", "$1"},
       }) {
    ConnectRecord record;
    record.topic = row.topic;
    EXPECT_EQ(through(one("RegexRouter", {{"regex", row.regex}, {"replacement", row.replacement}}), record), "null");
    EXPECT_EQ(record.topic, row.expected);
  }
  EXPECT_NE(problems_of(one("RegexRouter", {{"regex", "(a"}, {"replacement", "x"}})).find("missing )"),
            std::string::npos);
  EXPECT_NE(problems_of(one("RegexRouter", {{"regex", "a"}, {"replacement", "$1"}})).find("there is no group 1"),
            std::string::npos);
}

TEST(SetSchemaMetadata, names_a_schema) {
  const auto schema = structure({{"a", schema_of(Type::int32)}});
  ConnectRecord record = record_of(schema, {1});
  EXPECT_EQ(with_schema(one("SetSchemaMetadata$Value", {{"schema.name", "foo"}, {"schema.version", "42"}}), record),
            R"({"a":1} foo{a:int32})");
  EXPECT_EQ(through(one("SetSchemaMetadata$Value", {{"schema.name", "foo"}}), "7"),
            "error: transform t: value: it has no schema whose name could be set");
  EXPECT_EQ(through(one("SetSchemaMetadata$Value", {{"schema.name", "foo"}}), "null"), "null");
  EXPECT_NE(problems_of(one("SetSchemaMetadata$Value")), "");
  EXPECT_NE(problems_of(one("SetSchemaMetadata$Value", {{"schema.version", "x"}})), "");
}

TEST(TimestampConverter, between_all_types) {
  constexpr std::int64_t kMs = 1'714'558'530'250;  // 2024-05-01T10:15:30.250Z
  struct Row {
    Datum from;
    Config settings;
    const char* expected;
  };
  const std::string iso = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";
  for (const Row& row : {
           Row{{timestamp_schema(), Timestamp{kMs}}, {{"target.type", "unix"}}, "1714558530250 int64"},
           Row{{timestamp_schema(), Timestamp{kMs}},
               {{"target.type", "unix"}, {"unix.precision", "seconds"}},
               "1714558530 int64"},
           Row{{timestamp_schema(), Timestamp{kMs}},
               {{"target.type", "unix"}, {"unix.precision", "nanoseconds"}},
               "1714558530250000000 int64"},
           Row{{timestamp_schema(true), Timestamp{kMs}}, {{"target.type", "Date"}}, "\"2024-05-01\" Date?"},
           Row{{timestamp_schema(), Timestamp{kMs}}, {{"target.type", "Time"}}, "\"10:15:30.250\" Time"},
           Row{{timestamp_schema(), Timestamp{kMs}},
               {{"target.type", "string"}, {"format", iso}},
               "\"2024-05-01T10:15:30.250Z\" string"},
           Row{{schema_of(Type::int64), std::int64_t{1'714'558'530}},
               {{"target.type", "Timestamp"}, {"unix.precision", "seconds"}},
               "\"2024-05-01T10:15:30.000Z\" Timestamp"},
           Row{{schema_of(Type::int64), kMs * 1000 + 999},
               {{"target.type", "Timestamp"}, {"unix.precision", "microseconds"}},
               "\"2024-05-01T10:15:30.250Z\" Timestamp"},
           Row{{schema_of(Type::string), "2024-05-01T12:15:30.250+02:00"},
               {{"target.type", "Timestamp"}, {"format", iso}},
               "\"2024-05-01T10:15:30.250Z\" Timestamp"},
           Row{{nullptr, "1 May 2024"}, {{"target.type", "unix"}, {"format", "d MMM yyyy"}}, "1714521600000 -"},
           Row{{date_schema(), Date{1}}, {{"target.type", "unix"}}, "86400000 int64"},
           Row{{nullptr, "2024-05-01 10:15"},
               {{"target.type", "unix"}, {"format", "yyyy-MM-dd"}},
               "error: transform t: value: '2024-05-01 10:15' is no time as 'yyyy-MM-dd' writes it"},
           Row{{nullptr, "x"},
               {{"target.type", "unix"}},
               "error: transform t: value: a text, and no 'format' to read it by"},
           Row{{nullptr, 5},
               {{"target.type", "Date"}},
               "error: transform t: value: expected a time, an int64 or a text, not an int32"},
       }) {
    ConnectRecord record;
    record.value = Payload(row.from);
    EXPECT_EQ(with_schema(one("TimestampConverter$Value", row.settings), record), row.expected);
  }
}

TEST(TimestampConverter, of_fields_with_and_without_schema) {
  const Config nested{{"field", "a.at"}, {"field.syntax.version", "V2"}, {"target.type", "Timestamp"}};
  EXPECT_EQ(through(one("TimestampConverter$Value", nested), R"({"a":{"at":0,"b":1}})"),
            R"({"a":{"at":"1970-01-01T00:00:00.000Z","b":1}})");
  EXPECT_EQ(through(one("TimestampConverter$Value", nested), R"({"a":{"at":null}})"), R"({"a":{"at":null}})");
  EXPECT_EQ(through(one("TimestampConverter$Value", nested), R"({"a":7})"), R"({"a":7})");
  EXPECT_EQ(through(one("TimestampConverter$Value", nested), R"({"a":{"at":true}})"),
            "error: transform t: value: field 'a.at': expected a time, an int64 or a text, not a boolean");
  const auto inner = structure({{"at", optional_schema_of(Type::int64)}, {"b", schema_of(Type::int32)}});
  const auto schema = structure({{"a", inner}, {"at", schema_of(Type::int64)}});
  const auto record = record_of(schema, {Struct{inner, {std::int64_t{0}, 1}}, std::int64_t{5}});
  EXPECT_EQ(with_schema(one("TimestampConverter$Value", nested), record),
            R"({"a":{"at":"1970-01-01T00:00:00.000Z","b":1},"at":5} )"
            "struct{a:struct{at:Timestamp?,b:int32},at:int64}");
  EXPECT_EQ(with_schema(one("TimestampConverter$Value", {{"field", "at"}, {"target.type", "Date"}}), record),
            R"({"a":{"at":0,"b":1},"at":"1970-01-01"} struct{a:struct{at:int64?,b:int32},at:Date})");
  EXPECT_EQ(through(one("TimestampConverter$Value", {{"target.type", "Date"}}), "null"), "null");
  EXPECT_NE(problems_of(one("TimestampConverter$Value", {{"target.type", "string"}})).find("format: must be set"),
            std::string::npos);
  EXPECT_NE(problems_of(one("TimestampConverter$Value", {{"target.type", "unix"}, {"format", "YYYY"}})).find("'Y'"),
            std::string::npos);
}

TEST(TimestampRouter, names_topics_by_the_records_time) {
  ConnectRecord record;
  record.topic = "test";
  record.timestamp_ms = 1'483'425'001'864;
  (void)through(one("TimestampRouter"), record);
  EXPECT_EQ(record.topic, "test-20170103");
  (void)through(one("TimestampRouter", {{"topic.format", "${timestamp}_${topic}"}, {"timestamp.format", "yyyy"}}),
                record);
  EXPECT_EQ(record.topic, "2017_test-20170103");
  EXPECT_EQ(through(one("TimestampRouter"), "7"), "error: transform t: the record has no timestamp");
}

TEST(FilterBy, keeps_records_for_which_the_condition_holds) {
  struct Row {
    const char* where;
    bool holds;
  };
  for (const Row& row : {
           Row{"amount > 100", true},
           Row{"amount > 100 AND country = 'IT'", true},
           Row{"amount > 100 AND country != 'IT'", false},
           Row{"card.country IN ('FR', 'DE')", true},
           Row{"card.country NOT IN ('FR', 'DE')", false},
           Row{"paid AND NOT late", true},
           Row{"missing = 1 OR missing != 1", false},
           Row{"amount * 2 - 1 = 499.5", true},
           Row{"list = 1", false},
           Row{"_topic = 'orders' AND _timestamp >= 1000 AND _partition = 3 AND _offset = 42", true},
           Row{"_key.id = 7 AND _headers.from = 'shop'", true},
           Row{"_key = 'x' OR _headers.nobody = 'shop'", false},
           Row{"_own = 5", true},
       }) {
    const log::TopicPartition partition{"orders", log::PartitionIndex(3)};
    ConnectRecord record;
    record.topic = "orders";
    record.partition = 3;
    record.timestamp_ms = 1'000;
    record.origin = Origin{&partition, log::Offset(42)};
    record.headers = {{"from", {nullptr, "mill"}}, {"from", {nullptr, "shop"}}};
    record.key = Payload::json(R"({"id":7})");
    const std::string json = R"({"amount":250.25,"country":"IT","card":{"country":"FR"},"paid":true,"late":false,)"
                             R"("list":[1],"_own":5})";
    record.value = Payload::json(json);
    EXPECT_EQ(through(one("filter", {{"where", row.where}}), record), row.holds ? R"({"id":7} )" + json : "gone")
        << row.where;
  }
  EXPECT_EQ(through(one("filter", {{"where", "a = 1"}}), "null"), "gone");
  const auto schema = structure({{"price", decimal_schema(2)}, {"at", timestamp_schema()}});
  EXPECT_EQ(with_schema(one("filter", {{"where", "price = 1.5 AND at = 9"}}),
                        record_of(schema, {Decimal::parse("1.50").value(), Timestamp{9}})),
            R"({"price":1.50,"at":"1970-01-01T00:00:00.009Z"} struct{price:Decimal,at:Timestamp})");
  EXPECT_EQ(problems_of(one("filter", {{"where", "a > "}})),
            "connector orders: transforms.t.where = 'a > ': line 1, column 5: a value was expected, not the end");
  EXPECT_NE(problems_of(one("filter", {{"where", "a > 1 b"}})).find("column 7: the end was expected, not 'b'"),
            std::string::npos);
  EXPECT_NE(problems_of(one("filter", {{"where", "COUNT(a) > 1"}})).find("no step"), std::string::npos);
}

TEST(MapBy, sets_fields_to_what_expressions_come_to) {
  const std::string json = R"({"price":1.5,"count":4,"id":9007199254740993,"in":{"x":[1]}})";
  EXPECT_EQ(through(one("map", {{"set",
                                 "total = price * count, price = 0, copy = id, x = in.x, kind = 'a,b', n = NULL, "
                                 "large = price > 1, none = price * missing, topic = _topic"},
                                {"drop", "count,in"}}),
                    json),
            R"({"price":0,"id":9007199254740993,"total":6,"copy":9007199254740993,"x":[1],"kind":"a,b","n":null,)"
            R"("large":true,"none":null,"topic":"orders"})");
  EXPECT_EQ(through(one("map", {{"drop", "price"}}), R"({"price":1,"a":2})"), R"({"a":2})");
  EXPECT_EQ(through(one("map", {{"set", "a = 1"}}), "null"), "null");
  EXPECT_EQ(through(one("map", {{"set", "a = 1"}}), "[1]"), "error: transform t: value: expected fields, not a list");
  const auto schema = structure({{"price", schema_of(Type::float64)}, {"count", schema_of(Type::int32)}}, "order");
  EXPECT_EQ(with_schema(one("map", {{"set",
                                     "total = price * count, copy = count, kind = 'x', large = price > 1, at = "
                                     "_timestamp, from = _topic"},
                                    {"drop", "price"}}),
                        record_of(schema, {1.5, 4})),
            R"({"count":4,"total":6,"copy":4,"kind":"x","large":true,"at":null,"from":"orders"} order{count:int32,)"
            "total:double?,copy:int32?,kind:string?,large:boolean?,at:double?,from:string?}");
  EXPECT_EQ(with_schema(one("map", {{"set", "a = _headers.x"}}), record_of(schema, {1.5, 4})),
            "error: transform t: value: of '_headers.x' it is not known what it is, so it has no schema");
  EXPECT_EQ(with_schema(one("map", {{"set", "a = nobody"}}), record_of(schema, {1.5, 4})),
            "error: transform t: value: there is no field 'nobody'");
  EXPECT_NE(problems_of(one("map", {{"set", "a = 1; b = 2"}})), "");
  EXPECT_NE(problems_of(one("map", {{"set", "a 1"}})).find("'=' was expected, not '1'"), std::string::npos);
  EXPECT_NE(problems_of(one("map")).find("set: must be set, or 'drop'"), std::string::npos);
}

TEST(Predicates, choose_the_records_that_are_transformed) {
  Config config = one("Filter", {{"predicate", "p"}});
  config["predicates"] = "p";
  config["predicates.p.type"] = "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone";
  EXPECT_EQ(through(config, "null"), "gone");
  EXPECT_EQ(through(config, "7"), "7");
  config["transforms.t.negate"] = "true";
  EXPECT_EQ(through(config, "null"), "null");
  EXPECT_EQ(through(config, "7"), "gone");
  config["predicates.p.type"] = "TopicNameMatches";
  config["predicates.p.pattern"] = "ord.*";
  EXPECT_EQ(through(config, "7"), "7");
  config["predicates.p.pattern"] = "ord";
  EXPECT_EQ(through(config, "7"), "gone");
  config.erase("predicates.p.pattern");
  config["predicates.p.type"] = "HasHeaderKey";
  config["predicates.p.name"] = "h";
  ConnectRecord record;
  EXPECT_EQ(through(config, record), "gone");
  record.headers.push_back({"h", {}});
  EXPECT_EQ(through(config, record), "null");
}

TEST(Transforms, run_in_order_and_all_that_is_wrong_with_them_is_said_at_once) {
  Config config{{"name", "orders"},
                {"transforms", "first, second"},
                {"transforms.first.type", "HoistField$Value"},
                {"transforms.first.field", "a"},
                {"transforms.second.type", "InsertField$Value"},
                {"transforms.second.static.field", "b"},
                {"transforms.second.static.value", "x"}};
  EXPECT_EQ(through(config, "7"), R"({"a":7,"b":"x"})");
  Config wrong{{"name", "orders"},
               {"transforms", "a,b,c,d,e,a"},
               {"transforms.a.type", "MaskFeild$Value"},
               {"transforms.b.type", "MaskField"},
               {"transforms.b.fields", "x"},
               {"transforms.c.type", "Filter"},
               {"transforms.d.type", "Flatten$Value"},
               {"transforms.d.delimitr", "-"},
               {"transforms.e.type", "Flatten$Value"},
               {"transforms.e.predicate", "nobody"},
               {"transforms.z.type", "Flatten$Value"}};
  const std::string said = problems_of(wrong);
  for (const char* what :
       {"transforms.a.type = 'MaskFeild$Value': there is no such transform; did you mean 'MaskField'?",
        "transforms.b.type = 'MaskField': must say which part it changes: MaskField$Key or MaskField$Value",
        "transforms.c.type = 'Filter': needs a 'predicate'",
        "transforms.d.delimitr = '-': there is no such setting; did you mean 'transforms.d.delimiter'?",
        "transforms.e.predicate = 'nobody': there is no such one among 'predicates'",
        "transforms = 'a,b,c,d,e,a': 'a' is there twice",
        "transforms.z.type = 'Flatten$Value': there is no such setting"}) {
    EXPECT_NE(said.find(what), std::string::npos) << what << " in\n" << said;
  }
}

TEST(Transforms, null_becomes_the_default_unless_it_is_to_stay) {
  auto with_default = std::make_shared<Schema>(*optional_schema_of(Type::string));
  with_default->default_value = std::make_shared<const Value>("x");
  auto time = std::make_shared<Schema>(*optional_schema_of(Type::int64));
  time->default_value = std::make_shared<const Value>(std::int64_t{0});
  const auto schema = structure({{"a", with_default}, {"t", time}});
  struct Row {
    const char* type;
    Config settings;
    const char* replaced;
    const char* kept;
  };
  for (const Row& row : {
           Row{"ExtractField$Value", {{"field", "a"}}, "\"x\"", "null"},
           Row{"InsertField$Value",
               {{"topic.field", "o"}},
               R"({"a":"x","t":0,"o":"orders"})",
               R"({"a":null,"t":null,"o":"orders"})"},
           Row{"MaskField$Value",
               {{"fields", "a"}, {"replacement", "*"}},
               R"({"a":"*","t":null})",
               R"({"a":null,"t":null})"},
           Row{"ReplaceField$Value", {{"exclude", "t"}}, R"({"a":"x"})", R"({"a":null})"},
           Row{"ValueToKey",
               {{"fields", "a"}},
               R"({"a":"x"} {"a":null,"t":null})",
               R"({"a":null} {"a":null,"t":null})"},
           Row{"SetSchemaMetadata$Value", {{"schema.name", "n"}}, R"({"a":"x","t":0})", R"({"a":null,"t":null})"},
           Row{"Cast$Value", {{"spec", "t:string"}}, R"({"a":"x","t":"0"})", R"({"a":null,"t":null})"},
           Row{"TimestampConverter$Value",
               {{"field", "t"}, {"target.type", "Date"}},
               R"({"a":null,"t":"1970-01-01"})",
               R"({"a":null,"t":null})"},
       }) {
    ConnectRecord record = record_of(schema, {Value(), Value()});
    EXPECT_EQ(through(one(row.type, row.settings), record), row.replaced) << row.type;
    Config settings = row.settings;
    settings["replace.null.with.default"] = "false";
    record = record_of(schema, {Value(), Value()});
    EXPECT_EQ(through(one(row.type, settings), record), row.kept) << row.type;
  }
  for (const bool is_replaced : {true, false}) {
    ConnectRecord record = record_of(schema, {Value(), Value()});
    (void)through(one("HeaderFrom$Value", {{"fields", "a"},
                                           {"headers", "h"},
                                           {"operation", "copy"},
                                           {"replace.null.with.default", is_replaced ? "true" : "false"}}),
                  record);
    EXPECT_EQ(record.headers.at(0).value.value, is_replaced ? Value("x") : Value());
  }
}

TEST(Transforms, a_value_that_is_no_json_is_an_error_of_the_record) {
  const std::string said = through(one("Flatten$Value"), "{oops");
  EXPECT_TRUE(said.starts_with("error: transform t: not JSON")) << said;
}

TEST(Transforms, each_class_of_kafka_connects_is_there) {
  std::string names;
  for (const TransformClass& kind : transform_classes()) names += std::string(kind.name) + " ";
  EXPECT_EQ(names,
            "Cast DropHeaders ExtractField Filter Flatten HeaderFrom HoistField InsertField InsertHeader MaskField "
            "RegexRouter ReplaceField SetSchemaMetadata TimestampConverter TimestampRouter ValueToKey filter "
            "map ");
}

}  // namespace
}  // namespace weir::connect::transforms
