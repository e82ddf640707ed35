#include "connect/connectors/http/http_poll_source.h"

#include <optional>

#include "connect/connectors/http/http_settings.h"
#include "connect/connectors/http/json_pointer.h"
#include "log/base/crc32c.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

constexpr std::string_view kCursor = "${cursor}";

// As a value in a URL's query.
std::string percent_encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::string with_cursor(const std::string& url, std::string_view cursor) {
  const std::size_t at = url.find(kCursor);
  if (at == std::string::npos) return url;
  return std::string(url).replace(at, kCursor.size(), percent_encoded(cursor));
}

// A JSON value as text: strings without quotes.
std::string text_of(const JsonValue& value) {
  return value.is_array() || value.is_object() ? compact_json(value.text()) : std::string(value.text());
}

// A JSON value as JSON.
std::string json_of(const JsonValue& value) {
  if (value.kind() != JsonValue::Kind::string) {
    return value.is_array() || value.is_object() ? compact_json(value.text()) : std::string(value.text());
  }
  std::string json;
  append_json_string(value.text(), json);
  return json;
}

struct Place {
  std::string cursor;
  std::string etag;
  std::string body;  // a checksum of the last answer to this cursor: servers without ETag say the same again, too

  std::string to_json() const {
    std::string json = "{\"cursor\":";
    append_json_string(cursor, json);
    json += ",\"etag\":";
    append_json_string(etag, json);
    json += ",\"body\":";
    append_json_string(body, json);
    return json + "}";
  }
  static Result<Place> parse(const std::string& json) {
    auto document = JsonDocument::parse(json);
    const JsonValue* root = document && document->root().is_object() ? &document->root() : nullptr;
    const JsonValue* cursor = root != nullptr ? root->member("cursor") : nullptr;
    const JsonValue* etag = root != nullptr ? root->member("etag") : nullptr;
    const JsonValue* body = root != nullptr ? root->member("body") : nullptr;
    Place place;
    if (cursor != nullptr && etag != nullptr && body != nullptr && cursor->get(place.cursor) && etag->get(place.etag) &&
        body->get(place.body)) {
      return place;
    }
    return fail(ErrorCode::corrupt_data, "the position '" + json + "' is none of a source over HTTP");
  }
  bool operator==(const Place&) const = default;
};

class HttpPollSource final : public Source {
 public:
  explicit HttpPollSource(HttpPollOptions options)
      : options_(std::move(options)), client_(HttpUrl::parse(with_cursor(options_.url, "")).value(), options_.client) {
    partition_ = "{\"url\":";
    append_json_string(options_.url, partition_);
    partition_ += '}';
  }

  Result<> start(const SourcePositions& committed, Input) override {
    place_ = {options_.first_cursor, "", ""};
    left_.clear();
    const auto found = committed.find(partition_);
    if (found == committed.end()) return {};
    WEIR_TRY_VAR(place, Place::parse(found->second));
    place_ = std::move(place);
    return {};
  }

  // An answer is given whole, however many records it has: they have one position.
  Result<> poll(std::size_t, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    WEIR_TRY_VAR(goes_on, ask());
    into.at_end = !goes_on;
    for (Piece& piece : left_) {
      ConnectRecord& record = into.records.add();
      record.timestamp_ms = now_ms;
      if (piece.key) record.key = Payload::text(*std::move(piece.key));
      record.value = Payload::json(std::move(piece.json));
    }
    left_.clear();
    into.positions[partition_] = place_.to_json();
    return {};
  }

 private:
  struct Piece {
    std::optional<std::string> key;
    std::string json;
  };

  // Puts what is new into `left_`; whether there is more to be asked for at once.
  Result<bool> ask() {
    WEIR_TRY_VAR(url, HttpUrl::parse(with_cursor(options_.url, place_.cursor)));
    HttpQuestion question{.target = url.target, .headers = options_.headers};
    question.headers.push_back({"Accept", "application/json"});
    if (!place_.etag.empty()) question.headers.push_back({"If-None-Match", place_.etag});
    WEIR_TRY_VAR(answer, client_.ask(question));
    if (answer.status == 304 || answer.status == 204) return false;
    if (!answer.is_success()) {
      Error error = error_of(answer, url.to_string());
      if (error.code == ErrorCode::invalid_record)
        error.code = ErrorCode::invalid_config;  // what is wrong is the question
      return fail(std::move(error));
    }
    const std::string body = std::to_string(answer.body.size()) + "-" + std::to_string(crc32c(answer.body));
    if (body == place_.body) return false;
    auto document = JsonDocument::parse(answer.body);
    if (!document) return fail(document.error().at(url.to_string()));
    WEIR_TRY(take_records(document->root(), url.to_string()));
    Place next = place_;
    next.etag.clear();
    if (auto etag = answer.headers.find("etag"); etag != answer.headers.end()) next.etag = etag->second;
    if (!options_.cursor_pointer.empty()) {
      const JsonValue* cursor = at_pointer(document->root(), options_.cursor_pointer);
      if (cursor != nullptr && !cursor->is_null()) next.cursor = text_of(*cursor);
    }
    const bool is_elsewhere = next.cursor != place_.cursor;
    next.body = is_elsewhere ? "" : body;
    if (is_elsewhere) next.etag.clear();  // it was the one of the page before
    place_ = std::move(next);
    return is_elsewhere;
  }

  Result<> take_records(const JsonValue& root, const std::string& place) {
    const JsonValue* found = at_pointer(root, options_.records_pointer);
    if (found == nullptr || found->is_null()) return {};
    if (!found->is_array()) return take(*found, place);
    for (const JsonValue* each = found->first(); each != found->end(); each = each->next())
      WEIR_TRY(take(*each, place));
    return {};
  }

  Result<> take(const JsonValue& value, const std::string& place) {
    Piece piece{std::nullopt, json_of(value)};
    if (!options_.key_pointer.empty()) {
      const JsonValue* key = at_pointer(value, options_.key_pointer);
      if (key == nullptr) {
        return fail(ErrorCode::corrupt_data, place + ": a record has nothing at " + options_.key_pointer);
      }
      if (!key->is_null()) piece.key = text_of(*key);
    }
    left_.push_back(std::move(piece));
    return {};
  }

  HttpPollOptions options_;
  HttpClient client_;
  std::string partition_;
  Place place_;              // behind what was given
  std::vector<Piece> left_;  // of the last answer
};

constexpr Setting kHttpPollSettings[] = {
    {.name = "http.url",
     .presence = Presence::required,
     .meaning = "what is asked again and again; ${cursor} in it stands for the cursor, percent-encoded"},
    {.name = "http.cursor",
     .meaning =
         "a JSON pointer (/meta/next) into an answer: the cursor of the next question. While it changes the next "
         "question follows at once; where it is missing or null it stays"},
    {.name = "http.cursor.initial", .meaning = "the cursor of the first question"},
    {.name = "http.records",
     .meaning =
         "a JSON pointer into an answer: what becomes records, each element of an array one; not set: all of it"},
    {.name = "http.key", .meaning = "a JSON pointer into a record: its key"},
    kHttpTimeout,
    kHttpHeaders,
    kHttpTrusted,
};

Result<HttpPollOptions> http_poll_options(const Settings& settings) {
  HttpPollOptions options;
  options.url = settings.text("http.url");
  auto url = HttpUrl::parse(with_cursor(options.url, ""));
  if (!url) return fail(settings.wrong("http.url", url.error().detail));
  for (const char* name : {"http.cursor", "http.records", "http.key"}) {
    if (is_json_pointer(settings.text(name))) continue;
    return fail(settings.wrong(name, "must be a JSON pointer, such as /items or /meta/next"));
  }
  options.cursor_pointer = settings.text("http.cursor");
  if (!options.cursor_pointer.empty() && options.url.find(kCursor) == std::string::npos) {
    return fail(settings.wrong("http.cursor", "is of no use where http.url has no ${cursor} in it"));
  }
  options.first_cursor = settings.text("http.cursor.initial");
  options.records_pointer = settings.text("http.records");
  options.key_pointer = settings.text("http.key");
  WEIR_TRY_VAR(headers, headers_of(settings, "http.headers"));
  options.headers = std::move(headers);
  options.client = client_options(settings);
  return options;
}

}  // namespace

std::unique_ptr<Source> http_poll_source(HttpPollOptions options) {
  return std::make_unique<HttpPollSource>(std::move(options));
}

ConnectorClass http_poll_class() {
  return {.names = {"http-source"},
          .settings = kHttpPollSettings,
          .summary = "asks an HTTP server again and again and makes records of what is new in its JSON",
          .guarantee = "exactly once, as far as the server gives the same answer to the same cursor",
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, http_poll_options(settings));
            return http_poll_source(std::move(options));
          }};
}

}  // namespace weir::connect
