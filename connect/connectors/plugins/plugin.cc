#include "connect/connectors/plugins/plugin.h"

#include <algorithm>
#include <deque>

#include "connect/connectors/plugins/child_process.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

constexpr Millis kDescribePatience{10'000};
constexpr std::int64_t kVersion = 1;

constexpr Setting kTimeout = {.name = "plugin.timeout.ms",
                              .type = SettingType::integer,
                              .otherwise = "60000",
                              .least = 1,
                              .most = 86'400'000,
                              .meaning = "how long the plugin may do nothing before it answers"};

// A plugin as it described itself; the class's table borrows from it.
struct Plugin {
  std::string path;
  std::string name;
  std::deque<std::string> texts;
  std::vector<Setting> settings;

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

std::string text_of(const JsonValue& json, std::string_view name) {
  const JsonValue* member = json.member(name);
  return member == nullptr || member->is_null() || member->is_object() || member->is_array()
             ? ""
             : std::string(member->text());
}

bool is_true_member(const JsonValue& json, std::string_view name) {
  return text_of(json, name) == "true";
}

tl::unexpected<Error> no_plugin(const std::string& what) {
  return fail(ErrorCode::invalid_config, "the plugin's description: " + what);
}

Result<Setting> setting_of(const JsonValue& json, Plugin& plugin) {
  if (!json.is_object() || text_of(json, "name").empty()) return no_plugin("a setting without a name");
  Setting setting{.name = plugin.keep(text_of(json, "name"))};
  constexpr std::pair<std::string_view, SettingType> kTypes[] = {{"text", SettingType::text},
                                                                 {"list", SettingType::list},
                                                                 {"integer", SettingType::integer},
                                                                 {"flag", SettingType::flag},
                                                                 {"choice", SettingType::choice}};
  const std::string type = json.member("type") != nullptr ? text_of(json, "type") : "text";
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& known) { return known.first == type; });
  if (found == std::end(kTypes))
    return no_plugin("setting " + std::string(setting.name) + " has no type '" + type + "'");
  setting.type = found->second;
  setting.presence = is_true_member(json, "required") ? Presence::required : Presence::optional;
  setting.secret = is_true_member(json, "secret") ? Secret::yes : Secret::no;
  setting.otherwise = plugin.keep(text_of(json, "default"));
  setting.choices = plugin.keep(text_of(json, "choices"));
  setting.meaning = plugin.keep(text_of(json, "meaning"));
  setting.least = std::numeric_limits<std::int64_t>::min();
  setting.most = std::numeric_limits<std::int64_t>::max();
  if (const JsonValue* least = json.member("least")) (void)least->get(setting.least);
  if (const JsonValue* most = json.member("most")) (void)most->get(setting.most);
  return setting;
}

void append_settings(const Plugin& plugin, const Settings& settings, std::string& out) {
  out += "\"settings\":{\"name\":";
  append_json_string(settings.connector_name(), out);
  for (const Setting& setting : plugin.settings) {
    out += ',';
    append_json_string(setting.name, out);
    out += ':';
    append_json_string(settings.text(setting.name), out);
  }
  out += '}';
}

// One question and one answer at a time.
class Talk {
 public:
  Talk(std::shared_ptr<const Plugin> plugin, const Settings& settings, std::int32_t task, std::int32_t tasks)
      : plugin_(std::move(plugin)), patience_(settings.integer(kTimeout.name)) {
    append_settings(*plugin_, settings, start_);
    start_ += ",\"task\":" + std::to_string(task) + ",\"tasks\":" + std::to_string(tasks);
  }

  // Begins anew, with a program that knows nothing; `more` is what stands beside its settings.
  Result<JsonDocument> start(const std::string& more) {
    child_.reset();
    WEIR_TRY_VAR(child, ChildProcess::start(plugin_->path, {"run"}));
    child_.emplace(std::move(child));
    return ask("{\"start\":{" + start_ + more + "}}");
  }

  Result<JsonDocument> ask(std::string question) {
    auto answer = asked(std::move(question));
    if (!answer) return fail(answer.error().at("plugin " + plugin_->name));
    return answer;
  }

  Result<> tell(std::string line) {
    if (!child_) return {};
    return child_->write_line(std::move(line), patience_);
  }

 private:
  Result<JsonDocument> asked(std::string question) {
    if (!child_) return fail(ErrorCode::unavailable, "it was not started");
    WEIR_TRY(child_->write_line(std::move(question), patience_));
    WEIR_TRY_VAR(line, child_->read_line(patience_));
    WEIR_TRY_VAR(answer, JsonDocument::parse(line));
    if (!answer.root().is_object()) return fail(ErrorCode::invalid_request, "its answer is no object");
    const JsonValue* error = answer.root().member("error");
    if (error == nullptr) return answer;
    const std::string blame = text_of(answer.root(), "blame");
    const ErrorCode code = blame == "passing"  ? ErrorCode::unavailable
                           : blame == "record" ? ErrorCode::invalid_record
                                               : ErrorCode::invalid_config;
    return fail(code, std::string(error->text()));
  }

  std::shared_ptr<const Plugin> plugin_;
  Millis patience_;
  std::string start_;
  std::optional<ChildProcess> child_;
};

Payload payload_of(const JsonValue* json) {
  if (json == nullptr || json->is_null()) return {};
  if (json->kind() == JsonValue::Kind::string) return Payload::text(std::string(json->text()));
  return Payload::json(compact_json(json->text()));
}

tl::unexpected<Error> no_answer(const std::string& what) {
  return fail(ErrorCode::invalid_request, "its answer: " + what);
}

Result<ConnectRecord> record_of_json(const JsonValue& json) {
  if (!json.is_object()) return no_answer("a record that is no object");
  ConnectRecord record;
  record.topic = text_of(json, "topic");
  if (const JsonValue* timestamp = json.member("timestamp"); timestamp != nullptr && !timestamp->is_null()) {
    if (!timestamp->get(record.timestamp_ms)) return no_answer("a timestamp that is no number");
  }
  if (const JsonValue* partition = json.member("partition"); partition != nullptr && !partition->is_null()) {
    std::int64_t number = 0;
    if (!partition->get(number) || number < 0 || number > std::numeric_limits<std::int32_t>::max()) {
      return no_answer("a partition that is no number");
    }
    record.partition = static_cast<std::int32_t>(number);
  }
  record.key = payload_of(json.member("key"));
  record.value = payload_of(json.member("value"));
  const JsonValue* headers = json.member("headers");
  if (headers == nullptr || headers->is_null()) return record;
  if (!headers->is_object()) return no_answer("headers that are no object");
  for (const auto* name = headers->first(); name != headers->end();) {
    const auto* value = name->next();
    const Payload payload = payload_of(value);
    WEIR_TRY_VAR(datum, payload.datum());
    record.headers.push_back({std::string(name->text()), *datum});
    name = value->next();
  }
  return record;
}

class PluginSource final : public Source {
 public:
  explicit PluginSource(Talk talk) : talk_(std::move(talk)) {}

  Result<> start(const SourcePositions& committed, Input input) override {
    std::string more =
        std::string(",\"until_end\":") + (input == Input::is_complete ? "true" : "false") + ",\"positions\":[";
    for (const auto& [partition, position] : committed) {
      if (!more.ends_with('[')) more += ',';
      more += "{\"partition\":" + partition + ",\"position\":" + position + "}";
    }
    WEIR_TRY(talk_.start(more + "]"));
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    WEIR_TRY_VAR(answer, talk_.ask("{\"poll\":{\"max_records\":" + std::to_string(max_records) +
                                   ",\"patience_ms\":" + std::to_string(patience.count()) + "}}"));
    into.at_end = is_true_member(answer.root(), "at_end");
    if (const JsonValue* records = answer.root().member("records"); records != nullptr) {
      if (!records->is_array() || records->size() > max_records)
        return no_answer("'records' must be a list of at most max_records");
      for (const auto* json = records->first(); json != records->end(); json = json->next()) {
        WEIR_TRY_VAR(record, record_of_json(*json));
        into.records.push_back(std::move(record));
      }
    }
    return take_positions(answer.root(), into);
  }

  Result<> committed() override { return talk_.tell("{\"committed\":{}}"); }

 private:
  static Result<> take_positions(const JsonValue& answer, SourceBatch& into) {
    const JsonValue* positions = answer.member("positions");
    if (positions == nullptr) return {};
    if (!positions->is_array()) return no_answer("'positions' must be a list");
    for (const auto* json = positions->first(); json != positions->end(); json = json->next()) {
      const JsonValue* partition = json->is_object() ? json->member("partition") : nullptr;
      const JsonValue* position = json->is_object() ? json->member("position") : nullptr;
      const bool are_objects =
          partition != nullptr && partition->is_object() && position != nullptr && position->is_object();
      if (!are_objects) return no_answer("a position must be {\"partition\":{...},\"position\":{...}}");
      into.positions[compact_json(partition->text())] = compact_json(position->text());
    }
    return {};
  }

  Talk talk_;
};

class PluginSink final : public Sink {
 public:
  explicit PluginSink(Talk talk) : talk_(std::move(talk)) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    std::string more = ",\"partitions\":[";
    for (const log::TopicPartition& partition : from.partitions) {
      more += more.ends_with('[') ? "{\"topic\":" : ",{\"topic\":";
      append_json_string(partition.topic, more);
      more += ",\"partition\":" + std::to_string(partition.partition.value()) + "}";
    }
    WEIR_TRY(talk_.start(more + "]"));
    return SinkStarted{};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    std::string question = "{\"put\":[";
    for (const ConnectRecord& record : records) {
      if (&record != &records.front()) question += ',';
      WEIR_TRY(append_record(record, question));
    }
    WEIR_TRY(talk_.ask(question + "]}"));
    return {};
  }

  Result<std::string> flush() override {
    WEIR_TRY(talk_.ask("{\"flush\":{}}"));
    return std::string();
  }

 private:
  static Result<> append_record(const ConnectRecord& record, std::string& out) {
    out += "{\"topic\":";
    append_json_string(record.topic, out);
    if (record.origin) {
      out += ",\"partition\":" + std::to_string(record.origin->partition->partition.value()) +
             ",\"offset\":" + std::to_string(record.origin->offset.value());
    }
    out += ",\"timestamp\":" + std::to_string(record.timestamp_ms) + ",\"key\":";
    WEIR_TRY(record.key.append_json_to(out));
    out += ",\"value\":";
    WEIR_TRY(record.value.append_json_to(out));
    out += ",\"headers\":{";
    for (const ConnectHeader& header : record.headers) {
      if (&header != &record.headers.front()) out += ',';
      append_json_string(header.key, out);
      out += ':';
      WEIR_TRY(append_json(header.value.value, out));
    }
    out += "}}";
    return {};
  }

  Talk talk_;
};

Result<std::shared_ptr<Plugin>> described(const std::string& path, ConnectorClass& kind, std::string& type) {
  WEIR_TRY_VAR(child, ChildProcess::start(path, {"describe"}));
  WEIR_TRY_VAR(line, child.read_line(kDescribePatience));
  auto description = JsonDocument::parse(line);
  if (!description || !description->root().is_object()) return no_plugin("it is no JSON object");
  const JsonValue& root = description->root();
  std::int64_t version = 0;
  const JsonValue* said = root.member("weir_plugin");
  if (said == nullptr || !said->get(version)) return no_plugin("'weir_plugin' must be the version that it speaks");
  if (version != kVersion) {
    return no_plugin("it speaks version " + std::to_string(version) + ", not " + std::to_string(kVersion));
  }
  auto plugin = std::make_shared<Plugin>();
  plugin->path = path;
  plugin->name = text_of(root, "name");
  if (plugin->name.empty()) return no_plugin("'name' is missing");
  type = text_of(root, "type");
  if (type != "source" && type != "sink") return no_plugin("'type' must be source or sink");
  kind.names = {plugin->name};
  kind.summary = text_of(root, "summary");
  kind.guarantee = text_of(root, "guarantee");
  kind.names_topics = is_true_member(root, "names_topics");
  if (const JsonValue* settings = root.member("settings"); settings != nullptr && settings->is_array()) {
    for (const auto* json = settings->first(); json != settings->end(); json = json->next()) {
      WEIR_TRY_VAR(setting, setting_of(*json, *plugin));
      plugin->settings.push_back(setting);
    }
  }
  plugin->settings.push_back(kTimeout);
  return plugin;
}

}  // namespace

Result<ConnectorClass> plugin_class(const std::string& path) {
  ConnectorClass kind;
  std::string type;
  WEIR_TRY_VAR(plugin, described(path, kind, type));
  kind.settings = plugin->settings;
  if (type == "source") {
    kind.make_source = [plugin](const Settings& settings,
                                const TaskContext& context) -> Result<std::unique_ptr<Source>> {
      return std::make_unique<PluginSource>(Talk(plugin, settings, context.task, context.tasks));
    };
  } else {
    kind.make_sink = [plugin](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
      return std::make_unique<PluginSink>(Talk(plugin, settings, context.task, context.tasks));
    };
  }
  return kind;
}

void add_plugins(const std::string& directory, FileSystem& files, ConnectorClasses& classes,
                 std::vector<Error>& problems) {
  auto names = files.list(directory);
  if (!names) {
    problems.push_back(names.error().at("plugins of " + directory));
    return;
  }
  std::sort(names->begin(), names->end());
  for (const std::string& name : *names) {
    if (!name.ends_with(".plugin")) continue;
    const std::string path = directory + "/" + name;
    auto kind = plugin_class(path);
    auto added = kind ? classes.add(*std::move(kind)) : Result<>(fail(kind.error()));
    if (!added) problems.push_back(added.error().at(path));
  }
}

}  // namespace weir::connect
