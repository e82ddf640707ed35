#include <filesystem>

#include <gtest/gtest.h>

#include "tests/vectors/checks.h"

namespace weir::vectors {
namespace {

const std::string kData = WEIR_TEST_DIR "/vectors/data/";

// How many lines passed; each that fails is a failure of the test.
int passed_in(const std::string& path) {
  auto outcome = check_file(path);
  for (const auto& failure : outcome.failures) ADD_FAILURE() << failure;
  return outcome.passed;
}

TEST(Vectors, record_batches_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "records.jsonl"), 201);
}
TEST(Vectors, markers_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "markers.jsonl"), 56);
}
TEST(Vectors, varints_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "varints.jsonl"), 627);
}
TEST(Vectors, hashes_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "hashes.jsonl"), 82);
}
TEST(Vectors, coordinator_records_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "coordinator_records.jsonl"), 64);
}
TEST(Vectors, what_members_of_a_group_say_is_as_kafka_says_it) {
  EXPECT_EQ(passed_in(kData + "consumer_protocol.jsonl"), 65);
}
TEST(Vectors, scram_is_that_of_kafka) {
  EXPECT_EQ(passed_in(kData + "scram.jsonl"), 28);
}
TEST(Vectors, patterns_find_what_flink_finds) {
  EXPECT_EQ(passed_in(kData + "cep.jsonl"), 106);
}
TEST(Vectors, assignments_are_those_of_kafka) {
  EXPECT_EQ(passed_in(kData + "assignors.jsonl"), 339);
}

TEST(Vectors, messages_are_those_of_kafka) {
  int files = 0;
  int lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kData + "wire")) {
    ++files;
    lines += passed_in(entry.path());
  }
  EXPECT_EQ(files, 51);
  EXPECT_EQ(lines, 1755);
}

TEST(Vectors, what_is_not_known_is_a_failure_that_says_so) {
  auto wrong = check_line(boost::json::parse(R"({"kind":"horoscope","version":1})").as_object());
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->find("horoscope"), std::string::npos);
  wrong = check_line(boost::json::parse(R"({"api":"Nothing","api_key":999,"version":0,"kind":"request"})").as_object());
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->find("Nothing"), std::string::npos);
  EXPECT_EQ(check_file(kData + "missing.jsonl").failures.size(), 1u);
}

// A check that cannot fail proves nothing: a wrong byte or value is seen.
TEST(Vectors, a_wrong_vector_is_seen) {
  EXPECT_TRUE(check_line(
      boost::json::parse(R"({"kind":"murmur2","key_hex":"61","hash":1,"positive":1,"partitions":[]})").as_object()));
  std::string offset_key =
      R"({"kind":"TransactionLogKey","version":0,"message":{"transactionalId":"a"},"hex":"0000000162"})";
  EXPECT_TRUE(check_line(boost::json::parse(offset_key).as_object()));
}

}  // namespace
}  // namespace weir::vectors
