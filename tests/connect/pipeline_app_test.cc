// Connectors as they are run, with transforms and converters between a file and topics, and back.
#include <gmock/gmock.h>

#include "connect/runtime/worker.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::pipeline_app_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PipelineApp : public LogFixture {
 protected:
  void SetUp() override { client_.emplace(open_log(files_).value()); }

  std::string run(std::map<std::string, std::string> settings) {
    auto outcome = run_connectors(*client_, {ConnectorConfig::of(settings)}, Input::is_complete, {}, world_)[0];
    return outcome.result ? "" : outcome.result.error().to_string();
  }

  std::string out() { return read_file(files_, "out").value_or("no file"); }

  std::optional<log::Client> client_;
  ConnectorWorld world_{.files = files_, .environment = [](const std::string& name) {
                          return name == "CITY" ? std::optional<std::string>("Genoa") : std::nullopt;
                        }};
};

constexpr const char* kOrders = R"({"id":1,"card":"1234","price":2.50,"count":4,"at":"2024-05-01"}
{"id":2,"card":"5678","price":1,"count":1,"at":"2024-05-02"}
{"id":3,"card":"9999","price":10.123456789012345678,"count":3,"at":"2024-05-03"}
)";

TEST_F(PipelineApp, from_a_file_through_transforms_to_a_topic_and_from_there_to_a_file) {
  write_file(files_, "in", kOrders);
  ASSERT_EQ(run({{"name", "in"},
                 {"connector.class", "file-source"},
                 {"topic", "orders"},
                 {"file", "in"},
                 {"format", "jsonl"},
                 {"key.converter", "JsonConverter"},
                 {"key.converter.schemas.enable", "false"},
                 {"value.converter", "json"},
                 {"transforms", "large, cover, total, key, time, from, route"},
                 {"transforms.large.type", "filter"},
                 {"transforms.large.where", "price * count >= 10"},
                 {"transforms.cover.type", "org.apache.kafka.connect.transforms.MaskField$Value"},
                 {"transforms.cover.fields", "card"},
                 {"transforms.total.type", "map"},
                 {"transforms.total.set", "total = price * count"},
                 {"transforms.total.drop", "count"},
                 {"transforms.key.type", "ValueToKey"},
                 {"transforms.key.fields", "id"},
                 {"transforms.time.type", "TimestampConverter$Value"},
                 {"transforms.time.field", "at"},
                 {"transforms.time.format", "yyyy-MM-dd"},
                 {"transforms.time.target.type", "unix"},
                 {"transforms.from.type", "InsertHeader"},
                 {"transforms.from.header", "from"},
                 {"transforms.from.value.literal", "${env:CITY}"},
                 {"transforms.route.type", "RegexRouter"},
                 {"transforms.route.regex", "(.*)s"},
                 {"transforms.route.replacement", "large-$1"}}),
            "");
  EXPECT_THAT(
      values(*client_, "large-order"),
      ElementsAre(R"({"id":1,"card":"","price":2.5,"at":1714521600000,"total":10})",
                  R"({"id":3,"card":"","price":10.123456789012345678,"at":1714694400000,"total":30.37037036703704})"));
  ASSERT_EQ(run({{"name", "out"},
                 {"connector.class", "file-sink"},
                 {"topics", "large-order"},
                 {"file", "out"},
                 {"key.converter", "json"},
                 {"value.converter", "json"},
                 {"header.converter", "SimpleHeaderConverter"},
                 {"transforms", "id, genoa, where"},
                 {"transforms.id.type", "ExtractField$Key"},
                 {"transforms.id.field", "id"},
                 {"transforms.genoa.type", "filter"},
                 {"transforms.genoa.where", "_headers.from = 'Genoa'"},
                 {"transforms.where.type", "InsertField$Value"},
                 {"transforms.where.offset.field", "offset"}}),
            "");
  EXPECT_EQ(out(), R"({"key":1,"value":{"id":1,"card":"","price":2.5,"at":1714521600000,"total":10,"offset":0}})"
                   "\n"
                   R"({"key":3,"value":{"id":3,"card":"","price":10.123456789012345678,"at":1714694400000,)"
                   R"("total":30.37037036703704,"offset":1}})"
                   "\n");
}

TEST_F(PipelineApp, schemas_go_through_a_topic_and_come_back) {
  write_file(files_, "in", kOrders);
  ASSERT_EQ(run({{"name", "in"},
                 {"connector.class", "file-source"},
                 {"topic", "orders"},
                 {"file", "in"},
                 {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                 {"transforms", "line, name"},
                 {"transforms.line.type", "HoistField$Value"},
                 {"transforms.line.field", "line"},
                 {"transforms.name.type", "SetSchemaMetadata$Value"},
                 {"transforms.name.schema.name", "Line"}}),
            "");
  EXPECT_THAT(values(*client_, "orders")[0],
              HasSubstr(R"({"schema":{"type":"struct","fields":[{"type":"string","optional":true,"field":"line"}],)"
                        R"("optional":false,"name":"Line"},"payload":{"line":"{\"id\":1)"));
  ASSERT_EQ(run({{"name", "out"},
                 {"connector.class", "file-sink"},
                 {"topics", "orders"},
                 {"file", "out"},
                 {"envelope", "value"},
                 {"value.converter", "JsonConverter"},
                 {"transforms", "line, start"},
                 {"transforms.line.type", "ExtractField$Value"},
                 {"transforms.line.field", "line"},
                 {"transforms.start.type", "Filter"},
                 {"transforms.start.predicate", "other"},
                 {"predicates", "other"},
                 {"predicates.other.type", "TopicNameMatches"},
                 {"predicates.other.pattern", "others"}}),
            "");
  EXPECT_THAT(out(), testing::StartsWith(R"("{\"id\":1,\"card\":\"1234\")"));
}

TEST_F(PipelineApp, a_record_that_a_transform_refuses_is_told_with_its_place) {
  write_file(files_, "in", "{\"id\":\"x\"}\n");
  EXPECT_THAT(run({{"name", "in"},
                   {"connector.class", "file-source"},
                   {"topic", "t"},
                   {"file", "in"},
                   {"format", "jsonl"},
                   {"transforms", "number"},
                   {"transforms.number.type", "Cast$Value"},
                   {"transforms.number.spec", "id:int32"}}),
              HasSubstr("transform number: value: field 'id': 'x' is no int32"));
  EXPECT_THAT(run({{"name", "in"},
                   {"connector.class", "file-source"},
                   {"topic", "t"},
                   {"file", "in"},
                   {"transforms", "number"},
                   {"transforms.number.type", "Cast$Value"}}),
              HasSubstr("transforms.number.spec: must be set"));
}

}  // namespace
}  // namespace weir::connect::pipeline_app_test
