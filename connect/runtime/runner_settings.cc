// The settings that a connector has whatever it connects to.
#include "connect/runtime/runner_settings.h"

#include <limits>

#include "connect/converters/converter.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"
#include "connect/settings/connector_name.h"

namespace weir::connect {

namespace {

constexpr Setting kName = {
    .name = "name", .presence = Presence::required, .meaning = "the connector's name; its progress is kept under it"};
constexpr Setting kClass = {.name = "connector.class",
                            .presence = Presence::required,
                            .meaning = "what it is, such as file-source; `weir connect plugins` lists all"};
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
};

// Of a source that does not say itself which topic each record goes to, and of one that does.
constexpr Setting kTopic[] = {
    {.name = "topic", .presence = Presence::required, .meaning = "where the records go; made if it is not there"},
};
constexpr Setting kTopicOfTheRest[] = {
    {.name = "topic", .meaning = "where records go that the connector gives no topic; made if it is not there"},
};

constexpr Setting kConverterSettings[] = {
    {.name = "key.converter",
     .meaning =
         "what the bytes of keys in topics are; of a source, where it is not set, text and bytes as they are and "
         "all else as JSON; of a sink, text",
     .own = settings_of_converter},
    {.name = "value.converter", .meaning = "the same of values", .own = settings_of_converter},
    {.name = "header.converter", .meaning = "the same of headers", .own = settings_of_converter},
};

constexpr Setting kErrorSettings[] = {
    {.name = "errors.tolerance",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|all",
     .meaning = "none: a record that cannot be read, transformed, converted or written ends the task, and so does one "
                "that is too large for its topic; all: it is left out, counted and reported"},
    {.name = "errors.retry.timeout",
     .type = SettingType::integer,
     .otherwise = "300000",
     .least = -1,
     .most = std::numeric_limits<std::int64_t>::max() / 4,
     .meaning =
         "for how many milliseconds what may pass (a system that is down, a full disk) is tried again before the "
         "task fails; -1: for ever"},
    {.name = "errors.retry.delay.max.ms",
     .type = SettingType::integer,
     .otherwise = "60000",
     .least = 1,
     .most = 86'400'000,
     .meaning = "the longest pause between two tries; the first is 100 ms, each further one twice as long"},
    {.name = "errors.deadletterqueue.topic.name",
     .meaning = "a topic for records that are left out, as they came (with errors.tolerance = all); made if it is not "
                "there"},
    {.name = "errors.deadletterqueue.context.headers.enable",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether those have headers __connect.errors.* that say what failed, where and why"},
    {.name = "errors.log.enable",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether each record that is left out has a line of its own in the log, not only the first"},
    {.name = "errors.log.include.messages",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether that line shows key and value"},
};

constexpr Setting kRestartSettings[] = {
    {.name = "restart.policy",
     .type = SettingType::choice,
     .otherwise = "backoff",
     .choices = "backoff|never",
     .meaning =
         "what a worker does with a task that failed: backoff: it begins again, after a pause that grows as long "
         "as it does not get on; never: it stays failed until somebody restarts it. `weir connect run` ends it"},
    {.name = "restart.backoff.ms",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = 86'400'000,
     .meaning = "the first pause; each further one is twice as long"},
    {.name = "restart.backoff.max.ms",
     .type = SettingType::integer,
     .otherwise = "60000",
     .least = 1,
     .most = 86'400'000,
     .meaning = "the longest pause"},
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

ErrorPolicy error_policy(const Settings& settings) {
  ErrorPolicy policy;
  policy.tolerance = static_cast<Tolerance>(settings.choice("errors.tolerance"));
  policy.retry_timeout = Millis(settings.integer("errors.retry.timeout"));
  policy.retry_delay_max = Millis(settings.integer("errors.retry.delay.max.ms"));
  policy.dead_letter_topic = settings.text("errors.deadletterqueue.topic.name");
  policy.dead_letter_headers = settings.flag("errors.deadletterqueue.context.headers.enable");
  policy.is_logged = settings.flag("errors.log.enable");
  policy.is_content_logged = settings.flag("errors.log.include.messages");
  return policy;
}

}  // namespace

SettingTable converter_settings() {
  return kConverterSettings;
}

SettingTable error_settings() {
  return kErrorSettings;
}

SettingTable restart_settings() {
  return kRestartSettings;
}

RestartPolicy restart_policy(const Settings& settings) {
  return {settings.text("restart.policy") == "backoff", Millis(settings.integer("restart.backoff.ms")),
          Millis(settings.integer("restart.backoff.max.ms"))};
}

std::vector<SettingTable> tables_of(const ConnectorClass& kind) {
  if (!kind.is_source()) return {kSinkSettings, kConverterSettings, kErrorSettings, kRestartSettings, kind.settings};
  const SettingTable topic = kind.names_topics ? SettingTable(kTopicOfTheRest) : SettingTable(kTopic);
  return {topic, kSourceSettings, kConverterSettings, kErrorSettings, kRestartSettings, kind.settings};
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
  options.errors = error_policy(settings);
  return options;
}

Result<SinkOptions> sink_options(const Settings& settings) {
  WEIR_TRY(check_name(settings));
  SinkOptions options;
  options.name = settings.text("name");
  options.topics = settings.list("topics");
  options.commit_interval = Millis(settings.integer("offset.flush.interval.ms"));
  options.errors = error_policy(settings);
  return options;
}

}  // namespace weir::connect
