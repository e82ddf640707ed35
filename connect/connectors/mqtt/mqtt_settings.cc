// The classes of connectors to MQTT, and their settings.
#include <array>

#include "connect/connectors/mqtt/mqtt_connectors.h"

namespace weir::connect {

namespace {

constexpr Setting kHost = {.name = "broker.host", .otherwise = "localhost", .meaning = "where the broker is"};
constexpr Setting kPort = {.name = "broker.port",
                           .type = SettingType::integer,
                           .otherwise = "1883",
                           .least = 1,
                           .most = 65'535,
                           .meaning = "its port"};
constexpr Setting kClientId = {
    .name = "client.id", .meaning = "by which the broker knows the session, which it keeps; default weir-NAME-TASK"};
constexpr Setting kUser = {.name = "user", .meaning = "who it is to the broker"};
constexpr Setting kPassword = {.name = "password", .meaning = "of the user", .secret = Secret::yes};
constexpr Setting kCa = {
    .name = "tls.ca.file",
    .meaning = "certificates of whoever signed the broker's, in PEM; with it the connection is TLS"};
constexpr Setting kTimeout = {.name = "timeout.ms",
                              .type = SettingType::integer,
                              .otherwise = "10000",
                              .least = 1,
                              .most = 600'000,
                              .meaning = "how long to wait for the broker; then it is an outage, which is tried again"};

constexpr auto kMqttSource = std::to_array<Setting>({
    kHost,
    kPort,
    kClientId,
    kUser,
    kPassword,
    kCa,
    kTimeout,
    {.name = "mqtt.topics",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "filters of topics to subscribe to, separated by commas: sensors/+/temperature, alarms/#"},
    {.name = "payload",
     .type = SettingType::choice,
     .otherwise = "bytes",
     .choices = "bytes|string|json",
     .meaning = "what payloads are, for transforms and converters"},
    {.name = "topic.prefix",
     .meaning =
         "a message goes to the topic of its MQTT topic behind this, with dots for slashes, instead of to `topic`"},
});

constexpr auto kMqttSink = std::to_array<Setting>({
    kHost,
    kPort,
    kClientId,
    kUser,
    kPassword,
    kCa,
    kTimeout,
    {.name = "mqtt.topic",
     .otherwise = "${topic}",
     .meaning = "where a record is published; ${topic} and ${key} are the record's"},
    {.name = "qos",
     .type = SettingType::choice,
     .otherwise = "1",
     .choices = "0|1",
     .meaning = "1: at least once; 0: at most once, nothing is waited for"},
    {.name = "retain",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "whether the broker keeps the last one"},
});

MqttOptions mqtt_options(const Settings& settings, const TaskContext& context) {
  MqttOptions options;
  options.host = settings.text("broker.host");
  options.port = static_cast<int>(settings.integer("broker.port"));
  options.client_id = settings.text("client.id");
  if (options.client_id.empty()) {
    options.client_id = "weir-" + settings.text("name") + "-" + std::to_string(context.task);
  }
  options.user = settings.text("user");
  options.password = settings.text("password");
  options.ca_file = settings.text("tls.ca.file");
  options.timeout = Millis(settings.integer("timeout.ms"));
  return options;
}

Result<std::vector<ConnectorClass::TaskSettings>> single_task(const Settings&, std::size_t) {
  return std::vector<ConnectorClass::TaskSettings>(1);
}

}  // namespace

ConnectorClass mqtt_source_class() {
  return {.names = {"mqtt-source"},
          .settings = kMqttSource,
          .names_topics = true,
          .summary = "Subscribes to topics of an MQTT broker; each message becomes a record, its topic the key.",
          .guarantee = "at least once: a message is acknowledged when its record is committed",
          .tasks = single_task,
          .make_source = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Source>> {
            constexpr Encoding kEncodings[] = {Encoding::bytes, Encoding::string, Encoding::json};
            MqttSourceOptions options{settings.list("mqtt.topics"), kEncodings[settings.choice("payload")],
                                      settings.text("topic.prefix")};
            if (options.topic_prefix.empty() && settings.text("topic").empty()) {
              return fail(settings.wrong("topic", "must be set, or topic.prefix"));
            }
            return mqtt_source(mqtt_options(settings, context), std::move(options));
          }};
}

ConnectorClass mqtt_sink_class() {
  return {.names = {"mqtt-sink"},
          .settings = kMqttSink,
          .summary = "Publishes records to topics of an MQTT broker.",
          .guarantee =
              "at least once with qos = 1: offsets are committed when the broker has acknowledged; at most once with 0",
          .tasks = single_task,
          .make_sink = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
            MqttSinkOptions options{settings.text("mqtt.topic"), static_cast<int>(settings.choice("qos")),
                                    settings.flag("retain")};
            return mqtt_sink(mqtt_options(settings, context), std::move(options));
          }};
}

}  // namespace weir::connect
