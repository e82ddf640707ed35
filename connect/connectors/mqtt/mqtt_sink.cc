#include "connect/connectors/mqtt/mqtt_connectors.h"

namespace weir::connect {

namespace {

// Text and bytes as they are, all else as JSON; nothing for null.
Result<std::string> mqtt_bytes(Payload& payload) {
  if (payload.is_null()) return std::string();
  for (Encoding raw : {Encoding::string, Encoding::json, Encoding::bytes}) {
    if (const auto bytes = payload.bytes_as(raw)) return std::string(*bytes);
  }
  WEIR_TRY_VAR(datum, payload.datum());
  if (const auto* text = datum->value.get_if<std::string>()) return *text;
  if (const auto* blob = datum->value.get_if<Blob>()) return blob->bytes;
  std::string json;
  WEIR_TRY(payload.append_json_to(json));
  return json;
}

void replace_name(std::string_view name, std::string_view with, std::string& text) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + with.size())) {
    text.replace(at, name.size(), with);
  }
}

struct Publication {
  std::string topic;
  std::string payload;
};

class MqttSink final : public Sink {
 public:
  MqttSink(MqttOptions broker, MqttSinkOptions options) : broker_(std::move(broker)), options_(std::move(options)) {}

  Result<SinkStarted> start(const SinkStart&) override {
    client_.reset();
    WEIR_TRY_VAR(client, MqttClient::open(broker_, {}));
    client_ = std::move(client);
    return SinkStarted{};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    std::vector<Publication> publications;  // before the first goes out, all are known to be ones
    for (ConnectRecord& record : records) {
      WEIR_TRY_VAR(publication, publication_of(record));
      publications.push_back(std::move(publication));
    }
    for (const Publication& each : publications) {
      WEIR_TRY(client_->publish(each.topic, each.payload, options_.quality, options_.retained));
    }
    return client_->send_all();
  }

  Result<std::string> flush() override {
    WEIR_TRY(client_->await_published());
    return std::string();
  }

 private:
  Result<Publication> publication_of(ConnectRecord& record) const {
    Publication publication{options_.topic, {}};
    replace_name("${topic}", record.topic, publication.topic);
    if (publication.topic.find("${key}") != std::string::npos) {
      WEIR_TRY_VAR(key, mqtt_bytes(record.key));
      replace_name("${key}", key, publication.topic);
    }
    const std::string& topic = publication.topic;
    constexpr std::size_t kMost = 65'535;  // MQTT 3.1.1, 1.5.3
    if (topic.empty() || topic.size() > kMost ||
        topic.find_first_of(std::string_view("+#\0", 3)) != std::string::npos) {
      return fail(ErrorCode::invalid_record, "'" + topic.substr(0, 100) + "' is no MQTT topic to publish to");
    }
    WEIR_TRY_VAR(payload, mqtt_bytes(record.value));
    publication.payload = std::move(payload);
    return publication;
  }

  MqttOptions broker_;
  MqttSinkOptions options_;
  std::unique_ptr<MqttClient> client_;
};

}  // namespace

std::unique_ptr<Sink> mqtt_sink(MqttOptions broker, MqttSinkOptions options) {
  broker.keep_alive_s = 0;  // nothing is sent while no records come
  return std::make_unique<MqttSink>(std::move(broker), std::move(options));
}

}  // namespace weir::connect
