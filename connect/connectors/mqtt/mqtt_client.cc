#include "connect/connectors/mqtt/mqtt_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <mosquitto.h>
#include <poll.h>

namespace weir::connect {

namespace {

constexpr int kInflight = 1'000;  // publications on their way at once

void init_library() {
  static const bool done = mosquitto_lib_init() == MOSQ_ERR_SUCCESS;
  (void)done;
}

Result<> meaning_of_answer(int answer) {
  const std::string what = std::string("mqtt: ") + mosquitto_connack_string(answer);
  switch (answer) {
    case 0:
      return {};
    case 3:
      return fail(ErrorCode::unavailable, what);
    case 4:
    case 5:
      return fail(ErrorCode::permission_denied, what);
    default:
      return fail(ErrorCode::invalid_config, what);
  }
}

}  // namespace

MqttClient::MqttClient(const MqttOptions& options, bool keeps_session) : options_(options) {
  init_library();
  client_ = mosquitto_new(options_.client_id.c_str(), !keeps_session, this);
}

MqttClient::~MqttClient() {
  if (client_ != nullptr) mosquitto_destroy(client_);
}

Result<std::unique_ptr<MqttClient>> MqttClient::open(const MqttOptions& options,
                                                     const std::vector<std::string>& filters) {
  std::unique_ptr<MqttClient> made(new MqttClient(options, !filters.empty()));
  if (made->client_ == nullptr)
    return fail(ErrorCode::invalid_config, "mqtt: no client of id '" + options.client_id + "'");
  WEIR_TRY(made->connect(filters));
  return made;
}

Result<> MqttClient::connect(const std::vector<std::string>& filters) {
  // Then the library leaves it to us when to write.
  mosquitto_threaded_set(client_, true);
  mosquitto_max_inflight_messages_set(client_, kInflight);
  mosquitto_connect_callback_set(client_, on_connect);
  mosquitto_disconnect_callback_set(client_, on_disconnect);
  mosquitto_subscribe_callback_set(client_, on_subscribe);
  mosquitto_message_callback_set(client_, on_message);
  mosquitto_publish_callback_set(client_, on_publish);
  if (!options_.user.empty()) {
    WEIR_TRY(check(mosquitto_username_pw_set(client_, options_.user.c_str(), options_.password.c_str()), "user"));
  }
  if (!options_.ca_file.empty()) {
    WEIR_TRY(check(mosquitto_tls_set(client_, options_.ca_file.c_str(), nullptr, nullptr, nullptr, nullptr), "tls"));
  }
  const int connected = mosquitto_connect(client_, options_.host.c_str(), options_.port, options_.keep_alive_s);
  if (connected == MOSQ_ERR_ERRNO || connected == MOSQ_ERR_EAI || connected == MOSQ_ERR_CONN_REFUSED) {
    const std::string why = connected == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(connected);
    return fail(ErrorCode::unavailable, "mqtt: " + options_.host + ":" + std::to_string(options_.port) + ": " + why);
  }
  WEIR_TRY(check(connected, "connect"));
  auto& clock = SystemClock::instance();
  const std::int64_t end_ms = clock.monotonic_ms() + options_.timeout.count();
  while (answer_ < 0) {
    WEIR_TRY(send_all());  // of TLS, once its handshake is through
    const std::int64_t left_ms = end_ms - clock.monotonic_ms();
    if (left_ms <= 0) return fail(ErrorCode::unavailable, "mqtt: no answer to CONNECT");
    auto read = read_one(Millis(left_ms));
    if (!read && answer_ <= 0) return read;
  }
  WEIR_TRY(meaning_of_answer(answer_));
  // Nothing but this is sent: what the session has waiting is read, and acknowledged, later.
  for (const auto& filter : filters) {
    WEIR_TRY(check(mosquitto_subscribe(client_, nullptr, filter.c_str(), 1), "subscribe"));
  }
  return send_all();
}

// Waits for bytes and handles the packets that are there. What TLS has read already no socket tells of: so it is looked
// for first, and the wait is short.
Result<> MqttClient::read_one(Millis patience) {
  pollfd asked{mosquitto_socket(client_), POLLIN, 0};
  if (asked.fd < 0) return fail(ErrorCode::unavailable, "mqtt: the broker closed the connection");
  constexpr std::int64_t kMostMs = 1'000;
  constexpr std::int64_t kMostTlsMs = 20;
  const bool is_tls = !options_.ca_file.empty();
  if (is_tls) WEIR_TRY(check(mosquitto_loop_read(client_, 1), "read"));
  if (is_tls && (!received_.empty() || answer_ > 0)) patience = Millis(0);
  const std::int64_t wait_ms = std::min(patience.count(), is_tls ? kMostTlsMs : kMostMs);
  const int ready = ::poll(&asked, 1, static_cast<int>(wait_ms));
  if (ready < 0 && errno != EINTR) return fail(ErrorCode::io_error, std::string("poll: ") + std::strerror(errno));
  if (ready > 0) WEIR_TRY(check(mosquitto_loop_read(client_, 1), "read"));
  if (is_refused_) return fail(ErrorCode::permission_denied, "mqtt: the broker refuses a subscription");
  if (is_gone_ && answer_ == 0) return fail(ErrorCode::unavailable, "mqtt: the broker closed the connection");
  return {};
}

Result<> MqttClient::receive(Millis patience, std::size_t most) {
  WEIR_TRY(check(mosquitto_loop_misc(client_), "ping"));
  auto& clock = SystemClock::instance();
  const std::int64_t end_ms = clock.monotonic_ms() + patience.count();
  while (received_.empty()) {  // what comes may be an answer
    const std::int64_t left_ms = end_ms - clock.monotonic_ms();
    if (left_ms < 0) return {};
    WEIR_TRY(read_one(Millis(left_ms)));
  }
  for (std::size_t last = 0; received_.size() > last && received_.size() < most;) {
    last = received_.size();
    WEIR_TRY(read_one(Millis(1)));
  }
  return {};
}

Result<> MqttClient::send_all() {
  while (mosquitto_want_write(client_)) {
    pollfd asked{mosquitto_socket(client_), POLLOUT, 0};
    if (asked.fd < 0) return fail(ErrorCode::unavailable, "mqtt: the connection is closed");
    const int ready = ::poll(&asked, 1, static_cast<int>(options_.timeout.count()));
    if (ready == 0) return fail(ErrorCode::unavailable, "mqtt: the broker takes nothing");
    WEIR_TRY(check(mosquitto_loop_write(client_, 1), "write"));
  }
  return {};
}

Result<> MqttClient::publish(const std::string& topic, Bytes payload, int quality, bool retained) {
  int number = 0;
  WEIR_TRY(check(mosquitto_publish(client_, &number, topic.c_str(), static_cast<int>(payload.size()), payload.data(),
                                   quality, retained),
                 "publish"));
  if (quality > 0 && acknowledged_.erase(number) == 0) published_.insert(number);
  return {};
}

Result<> MqttClient::await_published() {
  auto& clock = SystemClock::instance();
  std::int64_t end_ms = clock.monotonic_ms() + options_.timeout.count();
  for (;;) {
    WEIR_TRY(send_all());
    if (published_.empty()) return {};
    const std::size_t before = published_.size();
    const std::int64_t left_ms = end_ms - clock.monotonic_ms();
    if (left_ms <= 0) {
      return fail(ErrorCode::unavailable, "mqtt: " + std::to_string(before) + " publications are not acknowledged");
    }
    WEIR_TRY(read_one(Millis(left_ms)));
    if (published_.size() < before) end_ms = clock.monotonic_ms() + options_.timeout.count();
  }
}

Result<> MqttClient::check(int code, const char* what) const {
  if (code == MOSQ_ERR_SUCCESS) return {};
  const std::string text =
      std::string("mqtt: ") + what + ": " + (code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code));
  switch (code) {
    case MOSQ_ERR_NO_CONN:
    case MOSQ_ERR_CONN_LOST:
    case MOSQ_ERR_ERRNO:
    case MOSQ_ERR_KEEPALIVE:
    case MOSQ_ERR_EAI:
    case MOSQ_ERR_NOMEM:
      return fail(ErrorCode::unavailable, text);
    case MOSQ_ERR_CONN_REFUSED:
      return answer_ > 0 ? meaning_of_answer(answer_) : fail(ErrorCode::unavailable, text);
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_MALFORMED_UTF8:
      return fail(ErrorCode::invalid_record, text);
    case MOSQ_ERR_AUTH:
    case MOSQ_ERR_ACL_DENIED:
      return fail(ErrorCode::permission_denied, text);
    default:
      return fail(ErrorCode::invalid_config, text);
  }
}

void MqttClient::on_connect(mosquitto*, void* self, int code) {
  static_cast<MqttClient*>(self)->answer_ = code;
}

void MqttClient::on_disconnect(mosquitto*, void* self, int) {
  static_cast<MqttClient*>(self)->is_gone_ = true;
}

void MqttClient::on_subscribe(mosquitto*, void* self, int, int count, const int* granted) {
  constexpr int kRefused = 0x80;
  for (int i = 0; i < count; ++i) {
    if (granted[i] >= kRefused) static_cast<MqttClient*>(self)->is_refused_ = true;
  }
}

void MqttClient::on_message(mosquitto*, void* self, const mosquitto_message* message) {
  const auto* bytes = static_cast<const char*>(message->payload);
  const auto size = static_cast<std::size_t>(message->payloadlen);
  static_cast<MqttClient*>(self)->received_.push_back(
      {message->topic, bytes == nullptr ? OwnedBytes() : OwnedBytes(bytes, size), message->retain});
}

void MqttClient::on_publish(mosquitto*, void* self, int number) {
  auto* client = static_cast<MqttClient*>(self);
  if (client->published_.erase(number) == 0) client->acknowledged_.insert(number);
}

}  // namespace weir::connect
