// The mqtt source and the mqtt sink.
//
// Source: each message of its subscriptions becomes a record, at least once: it is acknowledged to the broker when its
// record is committed. The broker keeps the session of the client's id, so what comes while nobody reads waits there,
// and a second reader of one id ends the first. How many may be under way at once is the broker's choice
// (max_inflight_messages of Mosquitto, 20), and so is how many go into one transaction.
//
// Sink: each record is published, at least once: with quality 1 offsets are committed when the broker has acknowledged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/mqtt/mqtt_client.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/sink.h"
#include "connect/contracts/source.h"

namespace weir::connect {

struct MqttSourceOptions {
  std::vector<std::string> filters{};
  Encoding payload = Encoding::bytes;
  std::string
      topic_prefix{};  // a message's topic is this, and its MQTT topic with dots for slashes; empty: the connector's
};

struct MqttSinkOptions {
  std::string topic = "${topic}";  // ${topic} and ${key} are the record's
  int quality = 1;
  bool retained = false;
};

std::unique_ptr<Source> mqtt_source(MqttOptions broker, MqttSourceOptions options);
std::unique_ptr<Sink> mqtt_sink(MqttOptions broker, MqttSinkOptions options);

// "mqtt-source", "mqtt-sink": the same from settings.
ConnectorClass mqtt_source_class();
ConnectorClass mqtt_sink_class();

}  // namespace weir::connect
