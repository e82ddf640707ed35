#include "connect/connectors/mqtt/mqtt_connectors.h"

namespace weir::connect {

namespace {

std::string topic_of(const std::string& prefix, const std::string& mqtt_topic) {
  std::string topic = prefix;
  for (char letter : mqtt_topic) {
    const bool fits = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
    topic.push_back(letter == '/' ? '.' : fits ? letter : '_');
  }
  return topic;
}

class MqttSource final : public Source {
 public:
  MqttSource(MqttOptions broker, MqttSourceOptions options)
      : broker_(std::move(broker)), options_(std::move(options)) {}

  Result<> start(const SourcePositions&, Input) override {
    client_.reset();
    WEIR_TRY_VAR(client, MqttClient::open(broker_, options_.filters));
    client_ = std::move(client);
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    WEIR_TRY(committed());
    auto& received = client_->received();
    if (received.empty()) WEIR_TRY(client_->receive(patience, max_records));
    // All of them, though they may be more than were asked for: the library has an acknowledgement ready for each.
    for (; !received.empty(); received.pop_front()) {
      MqttMessage& message = received.front();
      ConnectRecord& record = into.records.add();
      if (!options_.topic_prefix.empty()) record.topic = topic_of(options_.topic_prefix, message.topic);
      record.timestamp_ms = now_ms;
      if (message.is_retained) record.headers.push_back({"mqtt.retained", {schema_of(Type::string), Value("true")}});
      record.key = Payload::text(std::move(message.topic));
      record.value = Payload::owned(options_.payload, std::move(message.payload));
    }
    into.at_end = into.records.empty();
    return {};
  }

  // Whatever was polled is committed when it is called, and before the next poll.
  Result<> committed() override { return client_->send_all(); }

 private:
  MqttOptions broker_;
  MqttSourceOptions options_;
  std::unique_ptr<MqttClient> client_;
};

}  // namespace

std::unique_ptr<Source> mqtt_source(MqttOptions broker, MqttSourceOptions options) {
  return std::make_unique<MqttSource>(std::move(broker), std::move(options));
}

}  // namespace weir::connect
