#include <fstream>

#include <gtest/gtest.h>

#include "tests/vectors/batch_checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {
namespace {

// How many lines of the file were checked; each that fails is a failure of the test.
template <class Check>
int check_file(const std::string& name, Check check) {
  std::ifstream file(WEIR_TEST_DIR "/vectors/data/" + name);
  int checked = 0;
  int line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    auto object = boost::json::parse(line).as_object();
    std::optional<Failure> outcome = check(object);
    if (!outcome) continue;
    ++checked;
    EXPECT_FALSE(*outcome) << name << ":" << line_number << " "
                           << (object.contains("name") ? object.at("name") : object.at("kind")) << ": "
                           << (**outcome).substr(0, 500);
  }
  return checked;
}

std::optional<Failure> check_hash_of_ours(const Object& line) {
  std::string kind = text_of(line, "kind");
  if (kind == "crc32c") return check_crc32c(line);
  if (kind == "uuid") return check_uuid(line);
  return std::nullopt;  // murmur2 and coordinator partitions are checked by weir_vectors
}

TEST(BatchVectors, record_batches_are_those_of_kafka) {
  EXPECT_EQ(check_file("records.jsonl", check_records), 201);
}
TEST(BatchVectors, markers_are_those_of_kafka) {
  EXPECT_EQ(check_file("markers.jsonl", check_markers), 56);
}
TEST(BatchVectors, varints_are_those_of_kafka) {
  EXPECT_EQ(check_file("varints.jsonl", check_varints), 627);
}
TEST(BatchVectors, checksums_and_uuids_are_those_of_kafka) {
  EXPECT_EQ(check_file("hashes.jsonl", check_hash_of_ours), 20);
}

}  // namespace
}  // namespace weir::vectors
