// The settings that a connector has whatever it connects to.
#include "connect/settings/connector_name.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"

namespace weir::connect {

namespace {

constexpr Setting kName = {
    .name = "name", .presence = Presence::required, .meaning = "the connector's name; its progress is kept under it"};
constexpr Setting kClass = {.name = "connector.class",
                            .presence = Presence::required,
                            .meaning = "what it is: file-source, file-sink (FileStreamSource, FileStreamSink)"};
constexpr Setting kTasksMax = {.name = "tasks.max",
                               .type = SettingType::integer,
                               .otherwise = "1",
                               .least = 1,
                               .most = 1'000,
                               .meaning =
                                   "into how many tasks, each with a thread, it may be divided; what cannot be "
                                   "divided, such as one file, is one task"};

constexpr Setting kSourceSettings[] = {
    kName,
    kClass,
    kTasksMax,
    {.name = "topic", .presence = Presence::required, .meaning = "where the records go; made if it is not there"},
    {.name = "topic.creation.default.partitions",
     .type = SettingType::integer,
     .otherwise = "1",
     .least = 1,
     .most = 10'000,
     .meaning = "of the topic, if it is made"},
    {.name = "offsets.storage.topic", .meaning = "where the position is kept; default connect-offsets-NAME"},
    {.name = "batch.records",
     .type = SettingType::integer,
     .otherwise = "10000",
     .least = 1,
     .most = 1'000'000,
     .meaning = "at most so many records go into one transaction"},
    {.name = "poll.interval.ms",
     .type = SettingType::integer,
     .otherwise = "100",
     .least = 1,
     .most = 3'600'000,
     .meaning = "how long to wait before looking again when nothing new was there"},
    {.name = "errors.tolerance",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|all",
     .meaning = "none: a malformed record ends the connector, and so does one that is too long, here or for the topic; "
                "all: it is left out, counted and reported"},
};

constexpr Setting kSinkSettings[] = {
    kName,
    kClass,
    kTasksMax,
    {.name = "topics",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "where the records come from, separated by commas"},
    {.name = "offset.flush.interval.ms",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = 3'600'000,
     .meaning = "how often what was written is flushed and committed"},
};

Result<> check_name(const Settings& settings) {
  if (is_connector_name(settings.text("name"))) return {};
  return fail(settings.wrong("name", "must be 1 to 200 letters, digits, '.', '_' and '-'"));
}

}  // namespace

bool is_connector_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 200 && name.find_first_not_of(kLetters) == std::string_view::npos;
}

SettingTable source_settings() {
  return kSourceSettings;
}

SettingTable sink_settings() {
  return kSinkSettings;
}

Result<SourceOptions> source_options(const Settings& settings) {
  WEIR_TRY(check_name(settings));
  SourceOptions options;
  options.name = settings.text("name");
  options.topic = settings.text("topic");
  options.partitions = static_cast<std::int32_t>(settings.integer("topic.creation.default.partitions"));
  options.offsets_topic = settings.text("offsets.storage.topic");
  options.max_records = static_cast<std::size_t>(settings.integer("batch.records"));
  options.poll_interval = Millis(settings.integer("poll.interval.ms"));
  options.too_large = static_cast<Malformed>(settings.choice("errors.tolerance"));
  return options;
}

Result<SinkOptions> sink_options(const Settings& settings) {
  WEIR_TRY(check_name(settings));
  SinkOptions options;
  options.name = settings.text("name");
  options.topics = settings.list("topics");
  options.commit_interval = Millis(settings.integer("offset.flush.interval.ms"));
  return options;
}

}  // namespace weir::connect
