#include "connect/herder/worker_settings.h"

namespace weir::connect {

namespace {

constexpr std::int64_t kDay = 86'400'000;

constexpr Setting kWorkerSettings[] = {
    {.name = "group.id",
     .otherwise = "connect-cluster",
     .meaning = "the group of workers that share connectors and tasks"},
    {.name = "config.storage.topic",
     .otherwise = "connect-configs",
     .meaning = "where connectors and their settings are kept; made with one partition, compacted"},
    {.name = "status.storage.topic",
     .otherwise = "connect-status",
     .meaning = "where it is kept what connectors and tasks are at; made, compacted"},
    {.name = "offset.storage.topic",
     .meaning =
         "one topic for the positions of all sources that name none themselves (offsets.storage.topic); default: "
         "each has its own, connect-offsets-NAME, and so waits for nobody else's transactions"},
    {.name = "rest.advertised.url",
     .meaning = "where the other workers, and who asks them, reach this one's REST; default: where it listens"},
    {.name = "connect.protocol",
     .type = SettingType::choice,
     .otherwise = "sessioned",
     .choices = "eager|compatible|sessioned",
     .meaning = "how tasks move: eager: everybody gives everything up first; compatible, sessioned: only what moves is "
                "given up"},
    {.name = "session.timeout.ms",
     .type = SettingType::integer,
     .otherwise = "10000",
     .least = 1,
     .most = kDay,
     .meaning = "a worker that is not heard of for so long has gone; the brokers take 6000 and more"},
    {.name = "heartbeat.interval.ms",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = kDay,
     .meaning = "how often a worker says that it lives, and hears that others come and go"},
    {.name = "rebalance.timeout.ms",
     .type = SettingType::integer,
     .otherwise = "60000",
     .least = 1,
     .most = kDay,
     .meaning = "how long the others wait for a worker to give up what moves"},
    {.name = "scheduled.rebalance.max.delay.ms",
     .type = SettingType::integer,
     .otherwise = "3000",
     .least = 0,
     .most = kDay,
     .meaning = "how long the tasks of a worker that has gone wait for it to come back before others get them"},
    {.name = "topic.tracking.enable",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether it is kept which topics a connector uses"},
    {.name = "topic.tracking.allow.reset",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether that may be forgotten by REST"},
};

}  // namespace

SettingTable worker_settings() {
  return kWorkerSettings;
}

Result<HerderOptions> herder_options(const ConnectorConfig& config) {
  std::vector<Error> problems;
  const Settings settings(config, {kWorkerSettings}, problems);
  if (!problems.empty()) {
    Error all{ErrorCode::invalid_config, {}};
    for (const Error& problem : problems) all.detail += (all.detail.empty() ? "" : "\n") + problem.detail;
    return fail(std::move(all));
  }
  HerderOptions options;
  options.group_id = settings.text("group.id");
  options.url = settings.text("rest.advertised.url");
  options.config_topic = settings.text("config.storage.topic");
  options.status_topic = settings.text("status.storage.topic");
  options.offset_topic = settings.text("offset.storage.topic");
  options.protocol = static_cast<GroupProtocol>(settings.choice("connect.protocol"));
  options.session_timeout = Millis(settings.integer("session.timeout.ms"));
  options.heartbeat_interval = Millis(settings.integer("heartbeat.interval.ms"));
  options.rebalance_timeout = Millis(settings.integer("rebalance.timeout.ms"));
  options.max_delay = Millis(settings.integer("scheduled.rebalance.max.delay.ms"));
  options.tracks_topics = settings.flag("topic.tracking.enable");
  options.resets_topics = settings.flag("topic.tracking.allow.reset");
  if (options.session_timeout <= options.heartbeat_interval) {
    return fail(settings.wrong("session.timeout.ms", "must be more than heartbeat.interval.ms"));
  }
  return options;
}

}  // namespace weir::connect
