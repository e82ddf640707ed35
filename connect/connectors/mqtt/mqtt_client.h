// MqttClient: one connection to an MQTT broker (3.1.1), with a session that the broker keeps. Nothing is sent but by
// `send_all`: so what was received is acknowledged when its owner says so, and not before.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

struct mosquitto;
struct mosquitto_message;

namespace weir::connect {

struct MqttOptions {
  std::string host = "localhost";
  int port = 1883;
  std::string client_id{};
  std::string user{};
  std::string password{};
  std::string ca_file{};  // of whoever signed the broker's certificate; empty: no TLS
  int keep_alive_s = 60;  // 0: the broker does not ask whether the client lives
  Millis timeout{10'000};
};

struct MqttMessage {
  std::string topic;
  OwnedBytes payload;
  bool is_retained = false;
};

// One owner thread. Errors: `unavailable` where the broker cannot be reached or is gone, `permission_denied` where it
// does not let this user in, or not to this topic.
class MqttClient {
 public:
  // Connected, and subscribed to these filters with quality 1.
  static Result<std::unique_ptr<MqttClient>> open(const MqttOptions& options, const std::vector<std::string>& filters);
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  // Reads what comes within the time, and what else is there then, about `most` messages, into `received`.
  Result<> receive(Millis patience, std::size_t most);
  std::deque<MqttMessage>& received() { return received_; }
  // Writes what waits to be sent: acknowledgements of all that was received, publications, pings.
  Result<> send_all();

  Result<> publish(const std::string& topic, Bytes payload, int quality, bool retained);
  // Until the broker has taken all that was published, at most for the time: unavailable then.
  Result<> await_published();

 private:
  MqttClient(const MqttOptions& options, bool keeps_session);

  Result<> connect(const std::vector<std::string>& filters);
  Result<> read_one(Millis patience);
  Result<> check(int code, const char* what) const;

  static void on_connect(mosquitto*, void* self, int code);
  static void on_disconnect(mosquitto*, void* self, int code);
  static void on_subscribe(mosquitto*, void* self, int number, int count, const int* granted);
  static void on_message(mosquitto*, void* self, const mosquitto_message* message);
  static void on_publish(mosquitto*, void* self, int number);

  MqttOptions options_;
  mosquitto* client_ = nullptr;
  int answer_ = -1;          // to CONNECT; -1: none yet
  bool is_refused_ = false;  // a subscription
  bool is_gone_ = false;
  std::deque<MqttMessage> received_;
  std::set<int> published_;     // numbers that are not acknowledged yet
  std::set<int> acknowledged_;  // before `publish` knew the number
};

}  // namespace weir::connect
