#include "connect/runtime/trial.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <yaml-cpp/yaml.h>

#include "connect/data/json_value.h"
#include "connect/data/text_value.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

tl::unexpected<Error> wrong_trial(const std::string& path, const YAML::Node& node, const std::string& what) {
  return fail(ErrorCode::invalid_config, path + ":" + std::to_string(std::max(node.Mark().line, 0) + 1) + ": " + what);
}

bool is_quoted(const YAML::Node& node) {
  return node.Tag() == "!";
}

void append_yaml_as_json(const YAML::Node& node, std::string& out) {
  if (node.IsMap()) {
    out += '{';
    for (const auto& entry : node) {
      if (!out.ends_with('{')) out += ',';
      append_json_string(entry.first.as<std::string>(), out);
      out += ':';
      append_yaml_as_json(entry.second, out);
    }
    out += '}';
  } else if (node.IsSequence()) {
    out += '[';
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i > 0) out += ',';
      append_yaml_as_json(node[i], out);
    }
    out += ']';
  } else if (!node.IsScalar()) {
    out += "null";
  } else {
    const std::string text = node.Scalar();
    const bool is_json = !is_quoted(node) && value_of_json(text).has_value();  // true, 1.50, null
    if (is_json) {
      out += text;
    } else {
      append_json_string(text, out);
    }
  }
}

// What a key, a value or a header is: nothing, text as it stands, or JSON.
struct Piece {
  enum class What { null, text, json };
  What what = What::null;
  std::string text{};

  static Piece of(const YAML::Node& node) {
    if (!node.IsDefined() || node.IsNull()) return {};
    if (node.IsScalar()) return {What::text, node.Scalar()};
    Piece piece{What::json, {}};
    append_yaml_as_json(node, piece.text);
    return piece;
  }

  NullableBytes bytes() const { return what == What::null ? NullableBytes() : NullableBytes(text); }
  Payload payload() const {
    if (what == What::null) return {};
    return what == What::text ? Payload::text(text) : Payload::json(text);
  }
};

// What came out, as text and, where it is JSON, as that.
struct Came {
  bool is_null = true;
  std::string text{};
  std::string json{};
};

bool same_json(const std::string& a, const std::string& b) {
  auto left = value_of_json(a);
  auto right = value_of_json(b);
  if (!left || !right) return false;
  const auto sorted = [](const auto& self, Value& value) -> void {
    if (auto* list = value.get_if<List>()) {
      for (Value& item : *list) self(self, item);
    }
    auto* map = value.get_if<Map>();
    if (map == nullptr) return;
    for (auto& entry : map->entries) self(self, entry.second);
    std::sort(map->entries.begin(), map->entries.end(), [](const auto& x, const auto& y) {
      return x.first.template get<std::string>() < y.first.template get<std::string>();
    });
  };
  sorted(sorted, *left);
  sorted(sorted, *right);
  return *left == *right;
}

std::string fault_of(const std::string& place, const Piece& expected, const Came& came) {
  const std::string shown = came.is_null ? "null" : came.text;
  switch (expected.what) {
    case Piece::What::null:
      return came.is_null ? "" : place + ": expected null, came " + shown;
    case Piece::What::text:
      if (!came.is_null && came.text == expected.text) return "";
      break;
    case Piece::What::json:
      if (!came.is_null && same_json(came.json, expected.text)) return "";
      break;
  }
  return place + ": expected " + expected.text + ", came " + shown;
}

struct CameOut {
  std::string topic{};
  std::int64_t timestamp_ms = -1;
  Came key{};
  Came value{};
  std::vector<std::pair<std::string, Came>> headers{};
};

// One task's way from its connector to a topic, or back.
class Way {
 public:
  Way(Pipeline pipeline, bool is_source, std::string topic)
      : pipeline_(std::move(pipeline)), is_source_(is_source), topic_(std::move(topic)) {
    for (auto* converter : {&pipeline_.key, &pipeline_.value, &pipeline_.headers}) {
      if (!*converter) *converter = is_source ? plain_converter() : encoding_converter(Encoding::string);
    }
  }

  // nullopt: it is left out.
  Result<std::optional<CameOut>> through(const YAML::Node& node, std::int64_t offset) {
    const std::string topic = node["topic"].IsDefined() ? node["topic"].as<std::string>() : topic_;
    const log::TopicPartition partition{topic, log::PartitionIndex(0)};
    ConnectRecord record;
    record.topic = topic;
    if (node["timestamp"].IsDefined()) record.timestamp_ms = node["timestamp"].as<std::int64_t>();
    if (!is_source_) record.origin = Origin{&partition, log::Offset(offset)};
    if (!is_source_) record.partition = 0;
    const Piece key = Piece::of(node["key"]);
    const Piece value = Piece::of(node["value"]);
    const YAML::Node headers = node["headers"].IsDefined() ? node["headers"] : YAML::Node(YAML::NodeType::Map);
    std::vector<Piece> kept;  // what headers borrow
    kept.reserve(headers.size());
    WEIR_TRY_VAR(key_payload, begin(*pipeline_.key, topic, key));
    record.key = std::move(key_payload);
    WEIR_TRY_VAR(value_payload, begin(*pipeline_.value, topic, value));
    record.value = std::move(value_payload);
    for (const auto& entry : headers) {
      kept.push_back(Piece::of(entry.second));
      WEIR_TRY_VAR(payload, begin(*pipeline_.headers, topic, kept.back()));
      WEIR_TRY_VAR(datum, payload.datum());
      record.headers.push_back({entry.first.as<std::string>(), *datum});
    }
    WEIR_TRY_VAR(is_kept, pipeline_.transforms.apply(record));
    if (is_kept == Kept::no) return std::optional<CameOut>();
    CameOut came{.topic = record.topic, .timestamp_ms = record.timestamp_ms};
    WEIR_TRY_VAR(key_came, end(*pipeline_.key, record.topic, record.key));
    came.key = std::move(key_came);
    WEIR_TRY_VAR(value_came, end(*pipeline_.value, record.topic, record.value));
    came.value = std::move(value_came);
    for (ConnectHeader& header : record.headers) {
      WEIR_TRY_VAR(header_came, end(*pipeline_.headers, record.topic, Payload(std::move(header.value))));
      came.headers.emplace_back(header.key, std::move(header_came));
    }
    return std::optional(std::move(came));
  }

 private:
  Result<Payload> begin(Converter& converter, const std::string& topic, const Piece& piece) const {
    if (is_source_) return piece.payload();
    return converter.read(topic, piece.bytes());
  }

  // Of a source the bytes in the topic; of a sink what it is given, as text and JSON.
  Result<Came> end(Converter& converter, const std::string& topic, const Payload& payload) const {
    Came came;
    if (is_source_) {
      OwnedBytes scratch;
      WEIR_TRY_VAR(bytes, converter.write(topic, payload, scratch));
      if (bytes) came = {false, std::string(*bytes), std::string(*bytes)};
      return came;
    }
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null()) return came;
    WEIR_TRY(payload.append_json_to(came.json));
    const auto* text = datum->value.get_if<std::string>();
    came.text = text != nullptr ? *text : came.json;
    came.is_null = false;
    return came;
  }

  Pipeline pipeline_;
  bool is_source_;
  std::string topic_;
};

std::string fault_of_headers(const std::string& place, const YAML::Node& expected,
                             const std::vector<std::pair<std::string, Came>>& came) {
  for (const auto& entry : expected) {
    const auto name = entry.first.as<std::string>();
    const auto found = std::find_if(came.begin(), came.end(), [&](const auto& header) { return header.first == name; });
    if (found == came.end()) return place + ": there is no header '" + name + "'";
    if (auto fault = fault_of(place + " '" + name + "'", Piece::of(entry.second), found->second); !fault.empty()) {
      return fault;
    }
  }
  if (came.size() > expected.size()) return place + ": " + std::to_string(came.size()) + " came";
  return "";
}

std::string fault_of_record(const std::string& place, const YAML::Node& expected, const CameOut& came) {
  if (expected["topic"].IsDefined() && expected["topic"].as<std::string>() != came.topic) {
    return place + ", topic: expected " + expected["topic"].as<std::string>() + ", came " + came.topic;
  }
  if (expected["timestamp"].IsDefined() && expected["timestamp"].as<std::int64_t>() != came.timestamp_ms) {
    return place + ", timestamp: expected " + expected["timestamp"].as<std::string>() + ", came " +
           std::to_string(came.timestamp_ms);
  }
  std::string fault;
  if (expected["key"].IsDefined()) fault = fault_of(place + ", key", Piece::of(expected["key"]), came.key);
  if (fault.empty() && expected["value"].IsDefined()) {
    fault = fault_of(place + ", value", Piece::of(expected["value"]), came.value);
  }
  if (fault.empty() && expected["headers"].IsDefined()) {
    fault = fault_of_headers(place + ", headers", expected["headers"], came.headers);
  }
  return fault;
}

// What is wrong with what came of one trial's records.
std::string fault_of_trial(Way& way, const YAML::Node& trial) {
  std::vector<CameOut> all;
  std::int64_t offset = 0;
  for (const auto& node : trial["input"]) {
    auto came = way.through(node, offset++);
    const std::string place = "record " + std::to_string(offset);
    if (!came) {
      const bool is_expected =
          trial["error"].IsDefined() && came.error().detail.find(trial["error"].as<std::string>()) != std::string::npos;
      return is_expected ? "" : place + ": " + came.error().detail;
    }
    if (*came) all.push_back(**std::move(came));
  }
  if (trial["error"].IsDefined()) return "expected an error '" + trial["error"].as<std::string>() + "', there was none";
  const YAML::Node expected = trial["output"];
  for (std::size_t i = 0; i < std::min(all.size(), expected.size()); ++i) {
    auto fault = fault_of_record("output " + std::to_string(i + 1), expected[i], all[i]);
    if (!fault.empty()) return fault;
  }
  if (all.size() == expected.size()) return "";
  return "expected " + std::to_string(expected.size()) + " records, " + std::to_string(all.size()) + " came";
}

Result<> check_names(const std::string& path, const YAML::Node& map, std::initializer_list<std::string_view> names,
                     const std::string& what) {
  if (!map.IsMap()) return wrong_trial(path, map, what + " must be a map");
  for (const auto& entry : map) {
    const auto name = entry.first.as<std::string>();
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return wrong_trial(path, entry.first, "'" + name + "' is nothing that " + what + " has");
  }
  return {};
}

Result<> check_trial(const std::string& path, const YAML::Node& trial) {
  WEIR_TRY(check_names(path, trial, {"name", "input", "output", "error"}, "a test"));
  if (!trial["input"].IsSequence()) return wrong_trial(path, trial, "'input' must be a list of records");
  if (trial["output"].IsDefined() == trial["error"].IsDefined()) {
    return wrong_trial(path, trial, "a test must have either 'output' or 'error'");
  }
  for (const char* list : {"input", "output"}) {
    if (!trial[list].IsDefined()) continue;
    if (!trial[list].IsSequence()) return wrong_trial(path, trial[list], std::string("'") + list + "' must be a list");
    for (const auto& record : trial[list]) {
      WEIR_TRY(check_names(path, record, {"topic", "key", "value", "headers", "timestamp"}, "a record"));
    }
  }
  return {};
}

Result<Way> way_of(const std::string& path, const YAML::Node& root, const ConnectorWorld& world) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const auto beside = root["connector"].as<std::string>();
  std::vector<Error> problems;
  auto connectors = load_connectors({beside.starts_with('/') ? beside : directory + beside}, world, problems);
  if (!problems.empty()) return fail(problems.front());
  const ConnectorConfig& config = connectors.front();
  WEIR_TRY_VAR(tasks, task_configs(config, world));
  WEIR_TRY_VAR(pipeline, make_pipeline(tasks.front(), world));
  const bool is_in = is_source(config, world);
  const std::string& topics = config.text(is_in ? "topic" : "topics");
  return Way(std::move(pipeline), is_in, topics.substr(0, topics.find(',')));
}

}  // namespace

Result<std::vector<Trial>> run_trials(const std::string& path, const ConnectorWorld& world) {
  WEIR_TRY_VAR(text, read_file(world.files, path));
  try {  // yaml-cpp reports by exceptions
    const YAML::Node root = YAML::Load(text);
    WEIR_TRY(check_names(path, root, {"connector", "tests"}, "a file of tests"));
    if (!root["connector"].IsScalar()) return wrong_trial(path, root, "'connector' must name a file beside this one");
    if (!root["tests"].IsSequence()) return wrong_trial(path, root, "'tests' must be a list");
    std::vector<Trial> trials;
    for (const auto& node : root["tests"]) {
      WEIR_TRY(check_trial(path, node));
      WEIR_TRY_VAR(way, way_of(path, root, world));
      std::string name = node["name"].IsDefined() ? node["name"].as<std::string>() : "test";
      trials.push_back({std::move(name), fault_of_trial(way, node)});
    }
    return trials;
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::invalid_config,
                path + ":" + std::to_string(std::max(error.mark.line, 0) + 1) + ": " + error.msg);
  }
}

}  // namespace weir::connect
