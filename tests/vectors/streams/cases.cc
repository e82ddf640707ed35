#include "tests/vectors/streams/cases.h"

#include <filesystem>
#include <map>

#include <unistd.h>

#include "streams/testing.h"
#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

namespace {

using Record = streams::TestRecord<Text, Text>;
using Outputs = std::map<std::string, std::vector<Record>>;

// A directory that is gone when the case is done.
class StateDirectory {
 public:
  StateDirectory() {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("weir_vectors_" + std::to_string(::getpid()) + "_" + std::to_string(number++));
    std::filesystem::create_directories(path_);
  }
  ~StateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Text text_or_null(const boost::json::value& json) {
  return json.is_null() ? std::nullopt : Text(std::string(json.as_string()));
}

Record record_of(const Object& json) {
  return {text_or_null(json.at("key")), text_or_null(json.at("value")), number_of(json, "ts")};
}

Outputs recorded(const boost::json::array& step) {
  Outputs outputs;
  for (const auto& record : step)
    outputs[text_of(record.as_object(), "topic")].push_back(record_of(record.as_object()));
  return outputs;
}

Outputs produced(streams::TestDriver& driver) {
  Outputs outputs;
  for (const std::string& topic : driver.output_topics()) outputs[topic] = driver.output<Text, Text>(topic).read_all();
  return outputs;
}

// Where only the order of one key's records means something: sorted by key, the order of each kept.
void sort_by_key(Outputs& outputs) {
  for (auto& [topic, records] : outputs) {
    std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.key < b.key; });
  }
}

void run_step(streams::TestDriver& driver, const Object& step) {
  if (step.contains("advance_wall_ms")) return driver.advance_wall_clock(Millis(number_of(step, "advance_wall_ms")));
  const Object& in = step.at("in").as_object();
  Record record = record_of(in);
  driver.input<Text, Text>(text_of(in, "topic")).pipe(record.key, record.value, record.timestamp_ms);
}

std::string to_text(const Outputs& outputs) {
  std::string text;
  for (const auto& [topic, records] : outputs) {
    text += " " + topic + ":";
    for (const Record& record : records) {
      text +=
          " (" + rendered(record.key) + ", " + rendered(record.value) + ") at " + std::to_string(record.timestamp_ms);
    }
  }
  return text.empty() ? " nothing" : text;
}

}  // namespace

Failure run_case(const boost::json::object& line, Stores stores, const streams::BuilderOptions& building) {
  Construction construction;
  construction.builder = streams::Builder(building);
  for (const auto& node : line.at("topology").as_array()) construction.add(node.as_object());
  StateDirectory directory;
  streams::TestDriverOptions options;
  options.shares_stream_time = true;
  if (stores == Stores::read_back) {
    options.state_directory = directory.path();
    options.reads_back = true;
  }
  streams::TestDriver driver(construction.builder.build(), options);
  const bool is_per_key = line.contains("order") && text_of(line, "order") == "per_key";
  const auto& steps = line.at("steps").as_array();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    run_step(driver, steps[i].as_object());
    Outputs expected = recorded(line.at("outputs").at(i).as_array());
    Outputs found = produced(driver);
    if (is_per_key) {
      sort_by_key(expected);
      sort_by_key(found);
    }
    if (found != expected) {
      return std::string(stores == Stores::read_back ? "over RocksDB, " : "") +
             (building.compat == streams::Compat::kafka ? "as Kafka, " : "") +
             (building.optimizations.shared_repartitions ? "optimised, " : "") + "step " + std::to_string(i) + " " +
             boost::json::serialize(steps[i]) + ": got" + to_text(found) + ", not" + to_text(expected);
    }
  }
  return std::nullopt;
}

Failure check_streams(const boost::json::object& line) {
  using streams::Compat;
  const bool is_quirk = line.contains("area") && text_of(line, "area") == "quirk";
  for (Stores stores : {Stores::in_memory, Stores::read_back}) {
    if (auto wrong = run_case(line, stores, {is_quirk ? Compat::kafka : Compat::documented})) return wrong;
  }
  if (is_quirk) return std::nullopt;
  // Where nothing is a quirk both are the same; and optimisations never make a difference.
  if (auto wrong = run_case(line, Stores::in_memory, {Compat::kafka})) return wrong;
  return run_case(line, Stores::in_memory, {Compat::documented, streams::all_optimizations});
}

}  // namespace weir::vectors
