#include "tests/vectors/checks.h"

#include <fstream>

#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

struct Row {
  const char* kind;
  Failure (*check)(const Object&);
};

constexpr Row kRows[] = {
    {"end_txn_marker", check_markers},
    {"control_key", check_markers},
    {"marker_value", check_markers},
    {"timestamps", check_markers},
    {"murmur2", check_hashes},
    {"coordinator_partition", check_hashes},
    {"crc32c", check_hashes},
    {"uuid", check_hashes},
    {"varint", check_varints},
    {"varlong", check_varints},
    {"unsigned_varint", check_varints},
    {"unsigned_varlong", check_varints},
    {"decode_varint", check_varints},
    {"decode_varlong", check_varints},
    {"decode_unsigned_varint", check_varints},
    {"decode_unsigned_varlong", check_varints},
    {"OffsetCommitKey", check_coordinator_record},
    {"OffsetCommitValue", check_coordinator_record},
    {"GroupMetadataKey", check_coordinator_record},
    {"GroupMetadataValue", check_coordinator_record},
    {"TransactionLogKey", check_coordinator_record},
    {"TransactionLogValue", check_coordinator_record},
    {"exchange", check_scram},
    {"parse", check_scram},
    {"subscription", check_consumer_protocol},
    {"subscription_newer", check_consumer_protocol},
    {"assignment", check_consumer_protocol},
    {"sticky_user_data", check_consumer_protocol},
    {"cooperative_sticky_user_data", check_consumer_protocol},
};

std::string name_of(const Object& line) {
  auto part = [&](const char* field) {
    if (!line.contains(field)) return std::string();
    const auto& value = line.at(field);
    return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
  };
  if (line.contains("name")) return part("name");
  if (!line.contains("api")) return part("kind");
  return part("api") + "/" + part("version") + "/" + part("kind") + (line.contains("frame") ? "/frame" : "");
}

}  // namespace

Failure check_line(const Object& line) {
  if (line.contains("api")) return check_wire(line);
  if (line.contains("assignor")) return check_assignor(line);
  if (line.contains("topology")) return check_streams(line);
  if (line.contains("pattern")) return check_pattern(line);
  if (line.contains("kind")) {
    std::string kind = text_of(line, "kind");
    for (const auto& row : kRows) {
      if (kind == row.kind) return row.check(line);
    }
    return "nothing here knows vectors of kind " + kind;
  }
  bool is_batch = line.contains("batch") || line.contains("batches") || line.contains("stage");
  if (line.contains("hex") && (is_batch || line.contains("error"))) return check_records(line);
  return "nothing here knows vectors like this";
}

FileOutcome check_file(const std::string& path) {
  FileOutcome outcome;
  std::ifstream file(path);
  if (!file) {
    outcome.failures.push_back(path + ": cannot be read");
    return outcome;
  }
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::string name;
    Failure wrong;
    try {
      auto object = boost::json::parse(line).as_object();
      name = name_of(object);
      wrong = check_line(object);
    } catch (const std::exception& error) {
      wrong = std::string("not as it should be: ") + error.what();
    }
    if (!wrong) {
      ++outcome.passed;
    } else {
      outcome.failures.push_back(path + ":" + std::to_string(number) + " " + name + ": " + wrong->substr(0, 2000));
    }
  }
  if (number == 0) outcome.failures.push_back(path + ": is empty");
  return outcome;
}

}  // namespace weir::vectors
