#include <cstdio>
#include <fstream>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "connect/converters/converter.h"

namespace weir::connect::protobuf_converter {
namespace {

namespace pb = google::protobuf;

constexpr Setting kTable[] = {{.name = "value.converter", .own = settings_of_converter}};

pb::FieldDescriptorProto* add_field(pb::DescriptorProto& message, const char* name, pb::FieldDescriptorProto::Type type,
                                    const char* type_name = nullptr) {
  auto* field = message.add_field();
  field->set_name(name);
  field->set_number(message.field_size());
  field->set_type(type);
  field->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
  if (type_name != nullptr) field->set_type_name(type_name);
  return field;
}

// shop.Order {int32 id; optional string note; uint64 total; repeated Item items; map<string,int64> counts; Status
// status; Timestamp at; bytes raw;  double price; bool paid}, and shop.Loop, which holds itself.
std::string descriptors() {
  using Field = pb::FieldDescriptorProto;
  pb::FileDescriptorSet set;
  pb::Timestamp::descriptor()->file()->CopyTo(set.add_file());
  auto& file = *set.add_file();
  file.set_name("shop.proto");
  file.set_package("shop");
  file.set_syntax("proto3");
  file.add_dependency("google/protobuf/timestamp.proto");
  auto& status = *file.add_enum_type();
  status.set_name("Status");
  for (const char* name : {"OPEN", "DONE"}) {
    auto* value = status.add_value();
    value->set_name(name);
    value->set_number(status.value_size() - 1);
  }
  auto& item = *file.add_message_type();
  item.set_name("Item");
  add_field(item, "sku", Field::TYPE_STRING);
  auto& order = *file.add_message_type();
  order.set_name("Order");
  add_field(order, "id", Field::TYPE_INT32);
  auto* note = add_field(order, "note", Field::TYPE_STRING);
  note->set_proto3_optional(true);
  note->set_oneof_index(0);
  order.add_oneof_decl()->set_name("_note");
  add_field(order, "total", Field::TYPE_UINT64);
  add_field(order, "items", Field::TYPE_MESSAGE, ".shop.Item")->set_label(Field::LABEL_REPEATED);
  auto& entry = *order.add_nested_type();
  entry.set_name("CountsEntry");
  entry.mutable_options()->set_map_entry(true);
  add_field(entry, "key", Field::TYPE_INT32);
  add_field(entry, "value", Field::TYPE_INT64);
  add_field(order, "counts", Field::TYPE_MESSAGE, ".shop.Order.CountsEntry")->set_label(Field::LABEL_REPEATED);
  add_field(order, "status", Field::TYPE_ENUM, ".shop.Status");
  add_field(order, "at", Field::TYPE_MESSAGE, ".google.protobuf.Timestamp");
  add_field(order, "raw", Field::TYPE_BYTES);
  add_field(order, "unit_price", Field::TYPE_DOUBLE);
  add_field(order, "paid", Field::TYPE_BOOL);
  auto& loop = *file.add_message_type();
  loop.set_name("Loop");
  add_field(loop, "inside", Field::TYPE_MESSAGE, ".shop.Loop");
  return set.SerializeAsString();
}

class Protobuf : public testing::Test {
 protected:
  void SetUp() override { write(descriptors()); }
  void TearDown() override { std::remove(path_.c_str()); }

  void write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  Result<std::unique_ptr<Converter>> make(const std::string& message) {
    std::vector<Error> problems;
    Settings settings(ConnectorConfig::of({{"value.converter", "protobuf"},
                                           {"value.converter.descriptor.file", path_},
                                           {"value.converter.message", message}}),
                      std::vector<SettingTable>{kTable}, problems);
    EXPECT_TRUE(problems.empty());
    return make_converter(settings, "value.converter");
  }

  std::string problem(const std::string& message) {
    auto made = make(message);
    return made ? "none" : made.error().detail.substr(made.error().detail.rfind("': ") + 3);
  }

  // What becomes of JSON that is written as a message and read again.
  std::string through(const std::string& json) {
    auto converter = *make("shop.Order");
    OwnedBytes scratch;
    auto bytes = converter->write("t", Payload::json(json), scratch);
    if (!bytes) return "error: " + bytes.error().detail;
    auto payload = converter->read("t", *bytes);
    if (!payload) return "error: " + payload.error().detail;
    auto datum = payload->datum();
    EXPECT_TRUE(check_value(*(*datum)->schema, (*datum)->value));
    OwnedBytes again;
    EXPECT_EQ(converter->write("t", *payload, again).value(), std::string(scratch));
    std::string out;
    EXPECT_TRUE(payload->append_json_to(out));
    return out;
  }

  std::string path_ = testing::TempDir() + "weir-protobuf-" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".descriptors";
};

TEST_F(Protobuf, every_type_both_ways) {
  EXPECT_EQ(through(R"({"id":7,"note":"n","total":9007199254740993,"items":[{"sku":"a"},{}],"counts":{"-2":5},)"
                    R"("status":"DONE","at":"2024-05-01T10:15:30.250Z","raw":"YWJj","unitPrice":1.5,"paid":true})"),
            R"({"id":7,"note":"n","total":9007199254740993,"items":[{"sku":"a"},{"sku":""}],"counts":{"-2":5},)"
            R"("status":"DONE","at":"2024-05-01T10:15:30.250Z","raw":"YWJj","unit_price":1.5,"paid":true})");
  EXPECT_EQ(through("{}"),
            R"({"id":0,"note":null,"total":0,"items":[],"counts":{},"status":"OPEN","at":null,"raw":"","unit_price":0,)"
            R"("paid":false})");
  EXPECT_EQ(through(R"({"status":5,"at":"1969-12-31T23:59:59.999Z","note":null})"),
            R"({"id":0,"note":null,"total":0,"items":[],"counts":{},"status":"5","at":"1969-12-31T23:59:59.999Z",)"
            R"("raw":"","unit_price":0,"paid":false})");
}

TEST_F(Protobuf, null_is_null) {
  auto converter = *make("shop.Order");
  EXPECT_TRUE(converter->read("t", std::nullopt)->is_null());
  OwnedBytes scratch;
  EXPECT_EQ(converter->write("t", Payload(), scratch).value(), std::nullopt);
}

TEST_F(Protobuf, what_does_not_fit_names_its_field) {
  EXPECT_EQ(through(R"({"id":3000000000})"), "error: field 'id': 3000000000 is no int32");
  EXPECT_EQ(through(R"({"total":-1})"), "error: field 'total': -1 is no uint64");
  EXPECT_EQ(through(R"({"id":"x"})"), "error: field 'id': expected an int32, not a string");
  EXPECT_EQ(through(R"({"items":[{"sku":1}]})"), "error: field 'items': field 'sku': expected a string, not an int64");
  EXPECT_EQ(through(R"({"items":{}})"), "error: field 'items': expected a list, not a map");
  EXPECT_EQ(through(R"({"status":"LOST"})"), "error: field 'status': 'LOST' is none of shop.Status");
  EXPECT_EQ(through(R"({"raw":"?"})"), "error: field 'raw': expected bytes in base64, not '?'");
  EXPECT_EQ(through(R"({"at":"noon"})"), "error: field 'at': expected a timestamp, not a string");
  EXPECT_EQ(through(R"({"more":1})"), "error: shop.Order has no field 'more'");
  EXPECT_EQ(through("7"), "error: expected fields, not an int64");
  auto converter = *make("shop.Order");
  EXPECT_EQ(converter->read("t", "\x08").error().detail, "no shop.Order in Protocol Buffers");
  const std::string most = std::string("\x18") + std::string(9, '\xff') + "\x01";  // total: 2^64 - 1
  EXPECT_EQ(converter->read("t", most).error().detail, "field 'total': 18446744073709551615 is beyond int64");
}

TEST_F(Protobuf, equal_maps_have_equal_bytes) {
  auto converter = *make("shop.Order");
  OwnedBytes one;
  OwnedBytes other;
  EXPECT_EQ(converter->write("t", Payload::json(R"({"counts":{"1":1,"2":2,"3":3}})"), one).value(),
            converter->write("t", Payload::json(R"({"counts":{"3":3,"1":1,"2":2}})"), other).value());
}

TEST_F(Protobuf, what_is_wrong_with_the_descriptors_is_told) {
  EXPECT_EQ(problem("shop.Nothing"), "has no message shop.Nothing");
  EXPECT_EQ(problem("shop.Loop"), "message shop.Loop holds itself, which no schema can say");
  pb::FileDescriptorSet set;
  set.ParseFromString(descriptors());
  set.mutable_file()->DeleteSubrange(0, 1);
  write(set.SerializeAsString());
  EXPECT_NE(problem("shop.Order").find("lacks what it imports"), std::string::npos) << problem("shop.Order");
  write("nonsense");
  EXPECT_EQ(problem("shop.Order"), "is no descriptor set");
  std::remove(path_.c_str());
  EXPECT_NE(problem("shop.Order").find("not_found"), std::string::npos);
}

}  // namespace
}  // namespace weir::connect::protobuf_converter
