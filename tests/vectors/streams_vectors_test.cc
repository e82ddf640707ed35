// What Kafka Streams gave for each area of the language is what the test driver gives, with stores in memory and over
// RocksDB; of its quirks, those that Compat::kafka follows, and those that are no different here. The formats and the
// rules are those of data/streams.
#include <gtest/gtest.h>

#include "tests/vectors/checks.h"

namespace weir::vectors {
namespace {

struct Area {
  const char* name;
  int cases;
};

class StreamVectors : public testing::TestWithParam<Area> {};

TEST_P(StreamVectors, are_those_of_kafka_streams) {
  auto outcome = check_file(WEIR_TEST_DIR "/vectors/data/streams/" + std::string(GetParam().name) + ".jsonl");
  for (const auto& failure : outcome.failures) ADD_FAILURE() << failure;
  EXPECT_EQ(outcome.passed, GetParam().cases);
}

INSTANTIATE_TEST_SUITE_P(areas, StreamVectors,
                         testing::Values(Area{"stateless", 33}, Area{"aggregate", 34}, Area{"windows", 50},
                                         Area{"sliding", 44}, Area{"session", 29}, Area{"table_ops", 32},
                                         Area{"suppress_emit", 75}, Area{"join_stream_table", 22},
                                         Area{"join_table_table", 24}, Area{"cogroup", 22},
                                         Area{"join_stream_stream", 65}, Area{"join_stream_global", 16},
                                         Area{"join_foreign_key", 27}, Area{"processors", 26}, Area{"versioned", 31},
                                         Area{"random", 51}, Area{"quirk", 26}),
                         [](const auto& info) { return std::string(info.param.name); });

boost::json::object counting_case(const char* output) {
  return boost::json::parse(std::string(R"({"topology":[{"id":"n1","op":"stream","topic":"in"},)"
                                        R"({"id":"n2","op":"group_by_key","from":"n1"},)"
                                        R"({"id":"n3","op":"count","from":"n2"},)"
                                        R"({"id":"n4","op":"to_stream","from":"n3"},)"
                                        R"({"id":"n5","op":"to","from":"n4","topic":"out"}],)"
                                        R"("steps":[{"in":{"topic":"in","key":"a","value":"x","ts":1}}],)"
                                        R"("outputs":[[)") +
                            output + "]]}")
      .as_object();
}

TEST(StreamCases, a_wrong_value_time_or_number_of_records_is_seen) {
  EXPECT_FALSE(check_line(counting_case(R"({"topic":"out","key":"a","value":"1","ts":1})")));
  EXPECT_TRUE(check_line(counting_case(R"({"topic":"out","key":"a","value":"2","ts":1})")));
  EXPECT_TRUE(check_line(counting_case(R"({"topic":"out","key":"a","value":"1","ts":2})")));
  EXPECT_TRUE(check_line(counting_case("")));
  EXPECT_TRUE(check_line(counting_case(R"({"topic":"elsewhere","key":"a","value":"1","ts":1})")));
}

TEST(StreamCases, an_operator_that_the_language_does_not_have_is_named) {
  auto line = counting_case("");
  line["topology"].as_array()[2].as_object()["op"] = "divine";
  try {
    check_line(line);
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("divine"), std::string::npos);
  }
}

}  // namespace
}  // namespace weir::vectors
