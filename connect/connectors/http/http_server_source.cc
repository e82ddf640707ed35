#include "connect/connectors/http/http_server_source.h"

#include <algorithm>
#include <cctype>

#include "connect/connectors/http/http_settings.h"
#include "connect/settings/text.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

class HttpServerSource final : public Source {
 public:
  HttpServerSource(HttpServerOptions options, Clock& clock, std::function<void(std::uint16_t)> listening)
      : options_(std::move(options)), clock_(clock), listening_(std::move(listening)) {}

  Result<> start(const SourcePositions&, Input) override {
    for (const std::uint64_t number : given_)
      listener_->answer(number, {503, R"({"error":"not written; send it again"})"});
    given_.clear();
    if (listener_) return {};
    WEIR_TRY_VAR(listener, HttpListener::open(options_.listener, clock_));
    listener_ = std::move(listener);
    log_line::info("listening for requests at {}:{}{}", options_.listener.listen.host, listener_->port(),
                   options_.listener.path);
    if (listening_) listening_(listener_->port());
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.at_end = true;  // what more comes is waited for here
    for (HttpRequest& request : listener_->take(max_records, patience)) {
      const std::size_t before = into.records.size();
      auto taken = take(request, now_ms, into.records);
      if (!taken) {
        while (into.records.size() > before) into.records.drop_last();
        std::string body = "{\"error\":";
        append_json_string(taken.error().detail, body);
        listener_->answer(request.number, {400, body + "}"});
        continue;
      }
      given_.push_back(request.number);
    }
    return {};
  }

  Result<> committed() override {
    for (const std::uint64_t number : given_) listener_->answer(number, {200, "{}"});
    given_.clear();
    return {};
  }

 private:
  Result<> take(HttpRequest& request, std::int64_t now_ms, ConnectRecords& into) const {
    if (options_.body == PostedBody::record) {
      Payload value = Payload::text(std::move(request.body));
      const auto type = request.headers.find("content-type");
      if (type != request.headers.end() && type->second.starts_with("application/json")) {
        WEIR_TRY(JsonDocument::parse(*value.bytes_as(Encoding::string)));
        value = Payload::json(value.take_bytes());
      }
      add(request, now_ms, std::move(value), into);
      return {};
    }
    if (options_.body == PostedBody::array) {
      WEIR_TRY_VAR(document, JsonDocument::parse(request.body));
      const JsonValue& root = document.root();
      if (!root.is_array()) return fail(ErrorCode::corrupt_data, "a JSON array is expected");
      for (const JsonValue* each = root.first(); each != root.end(); each = each->next()) {
        std::string json;
        if (each->kind() == JsonValue::Kind::string) {
          append_json_string(each->text(), json);
        } else {
          json = each->is_array() || each->is_object() ? compact_json(each->text()) : std::string(each->text());
        }
        add(request, now_ms, Payload::json(std::move(json)), into);
      }
      return {};
    }
    std::size_t line = 0;
    for (const std::string& text : split(request.body, '\n')) {  // blank lines are none
      ++line;
      auto checked = JsonDocument::parse(text);
      if (!checked) return fail(checked.error().at("record " + std::to_string(line)));
      add(request, now_ms, Payload::json(text), into);
    }
    return {};
  }

  void add(const HttpRequest& request, std::int64_t now_ms, Payload value, ConnectRecords& into) const {
    ConnectRecord& record = into.add();
    record.timestamp_ms = now_ms;
    record.value = std::move(value);
    if (!options_.key_header.empty()) {
      const auto found = request.headers.find(options_.key_header);
      if (found != request.headers.end()) record.key = Payload::text(found->second);
    }
    for (const std::string& name : options_.headers) {
      const auto found = request.headers.find(name);
      if (found != request.headers.end()) record.headers.push_back({name, Datum{nullptr, found->second}});
    }
  }

  HttpServerOptions options_;
  Clock& clock_;
  std::function<void(std::uint16_t)> listening_;
  std::unique_ptr<HttpListener> listener_;
  std::vector<std::uint64_t> given_;  // requests whose records are not committed
};

constexpr Setting kHttpServerSettings[] = {
    {.name = "http.listen", .presence = Presence::required, .meaning = "HOST:PORT, an address of this machine"},
    {.name = "http.path", .otherwise = "/", .meaning = "where requests are taken; all others are answered 404"},
    {.name = "http.body",
     .type = SettingType::choice,
     .otherwise = "record",
     .choices = "record|lines|array",
     .meaning = "record: a body is one record, JSON where its type says so, else text; lines: JSON lines; array: the "
                "elements of a JSON array"},
    {.name = "http.key.header", .meaning = "a header of requests whose value becomes the key"},
    {.name = "http.record.headers",
     .type = SettingType::list,
     .meaning = "headers of requests that become headers of records"},
    {.name = "http.token", .meaning = "requests must bring it: Authorization: Bearer TOKEN", .secret = Secret::yes},
    {.name = "http.hmac.secret",
     .meaning = "bodies must be signed with it (HMAC-SHA-256, hexadecimal, with or without sha256= before it)",
     .secret = Secret::yes},
    {.name = "http.hmac.header", .otherwise = "X-Hub-Signature-256", .meaning = "where the signature stands"},
    {.name = "http.insecure.listen",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning =
         "needed to listen at another address than this machine's own (127.0.0.1, ::1): nothing is encrypted there"},
    {.name = "http.max.body.bytes",
     .type = SettingType::integer,
     .otherwise = "1048576",
     .least = 1,
     .most = 1'073'741'824,
     .meaning = "of a request; a longer one is answered 413"},
    {.name = "http.max.waiting",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = 1'000'000,
     .meaning = "requests that wait for their answer; more are answered 503"},
    {.name = "http.max.connections",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 1,
     .most = 1'000'000,
     .meaning = "more are closed at once"},
    {.name = "http.answer.timeout.ms",
     .type = SettingType::integer,
     .otherwise = "30000",
     .least = 1,
     .most = 3'600'000,
     .meaning = "a request whose records are not in the log by then is answered 503; it may still be written"},
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Result<HttpServerOptions> http_server_options(const Settings& settings) {
  HttpServerOptions options;
  auto listen = HostPort::parse(settings.text("http.listen"));
  if (!listen) return fail(settings.wrong("http.listen", listen.error().detail));
  if (!is_loopback(listen->host) && !settings.flag("http.insecure.listen")) {
    return fail(settings.wrong("http.listen",
                               "is no loopback address, and nothing is encrypted: listen at 127.0.0.1 "
                               "behind something that speaks TLS, or set http.insecure.listen = true"));
  }
  options.listener.listen = *listen;
  options.listener.path = settings.text("http.path");
  if (!options.listener.path.starts_with('/')) return fail(settings.wrong("http.path", "must begin with /"));
  options.listener.token = settings.text("http.token");
  options.listener.secret = settings.text("http.hmac.secret");
  options.listener.signature_header = settings.text("http.hmac.header");
  options.listener.most_body_bytes = static_cast<std::uint64_t>(settings.integer("http.max.body.bytes"));
  options.listener.most_waiting = static_cast<std::size_t>(settings.integer("http.max.waiting"));
  options.listener.most_connections = static_cast<std::size_t>(settings.integer("http.max.connections"));
  options.listener.answer_within = Millis(settings.integer("http.answer.timeout.ms"));
  options.body = static_cast<PostedBody>(settings.choice("http.body"));
  options.key_header = in_lower_case(settings.text("http.key.header"));
  for (const std::string& name : settings.list("http.record.headers")) options.headers.push_back(in_lower_case(name));
  return options;
}

}  // namespace

std::unique_ptr<Source> http_server_source(HttpServerOptions options, Clock& clock,
                                           std::function<void(std::uint16_t)> listening) {
  return std::make_unique<HttpServerSource>(std::move(options), clock, std::move(listening));
}

ConnectorClass http_server_class() {
  return {.names = {"http-server"},
          .settings = kHttpServerSettings,
          .summary = "listens, and makes records of what others post, such as webhooks",
          .guarantee =
              "at least once: a request is answered 200 when its records are committed, and 503 where it is to be sent "
              "again",
          .make_source = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, http_server_options(settings));
            return http_server_source(std::move(options), context.clock);
          }};
}

}  // namespace weir::connect
