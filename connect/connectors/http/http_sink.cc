#include "connect/connectors/http/http_sink.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "connect/connectors/http/hmac.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

std::string idempotency_key(const ConnectRecord& record) {
  return record.origin->partition->to_string() + "-" + std::to_string(record.origin->offset.value());
}

// A payload as text: JSON, but for text itself.
Result<std::string> text_of(const Payload& payload) {
  if (auto text = payload.bytes_as(Encoding::string)) return std::string(*text);
  WEIR_TRY_VAR(datum, payload.datum());
  if (const auto* text = datum->value.get_if<std::string>()) return *text;
  std::string json;
  WEIR_TRY(payload.append_json_to(json));
  return json;
}

// Questions no more often than so many a second.
class RateLimit {
 public:
  RateLimit(Clock& clock, std::int64_t per_second) : clock_(clock), per_second_(per_second) {}

  void wait() {
    if (per_second_ == 0) return;
    const std::int64_t step_ns = 1'000'000'000 / per_second_;
    next_ns_ = std::max(next_ns_, clock_.monotonic_ns());
    const auto parker = clock_.make_parker();
    while (clock_.monotonic_ns() < next_ns_ && parker->park(next_ns_)) continue;
    next_ns_ += step_ns;
  }

 private:
  Clock& clock_;
  std::int64_t per_second_;
  std::int64_t next_ns_ = 0;
};

class HttpSink final : public Sink {
 public:
  HttpSink(HttpSinkOptions options, Clock& clock)
      : options_(std::move(options)), client_(options_.url, options_.client), rate_(clock, options_.rate_per_second) {}

  Result<SinkStarted> start(const SinkStart&) override {
    accepted_.clear();
    return SinkStarted{};
  }

  // What the server took of records that are put again in parts is not sent again.
  Result<> put(std::span<ConnectRecord> records) override {
    std::size_t from = 0;
    while (from < records.size()) {
      if (is_accepted(records[from])) {
        ++from;
        continue;
      }
      WEIR_TRY_VAR(end, fill(records, from));
      WEIR_TRY(send(records.subspan(from, end - from)));
      for (const ConnectRecord& record : records.subspan(from, end - from)) {
        accepted_[*record.origin->partition] = record.origin->offset;
      }
      from = end;
    }
    return {};
  }

  Result<std::string> flush() override { return std::string(); }

 private:
  bool is_accepted(const ConnectRecord& record) const {
    const auto found = accepted_.find(*record.origin->partition);
    return found != accepted_.end() && record.origin->offset <= found->second;
  }

  // The body of the records from `from` on, as many as one question takes; where they end.
  Result<std::size_t> fill(std::span<ConnectRecord> records, std::size_t from) {
    body_.clear();
    const std::size_t most = options_.body == HttpBody::record ? 1 : options_.batch_records;
    std::size_t at = from;
    for (; at < records.size() && at - from < most; ++at) {
      if (at > from && body_.size() >= options_.batch_bytes) break;
      WEIR_TRY(append(records[at], at == from));
    }
    if (options_.body == HttpBody::array) body_ += ']';
    return at;
  }

  Result<> append(const ConnectRecord& record, bool is_first) {
    switch (options_.body) {
      case HttpBody::record: {
        WEIR_TRY_VAR(text, text_of(record.value));
        body_ += text;
        return {};
      }
      case HttpBody::lines:
        WEIR_TRY(record.value.append_json_to(body_));
        body_ += '\n';
        return {};
      case HttpBody::array:
        body_ += is_first ? '[' : ',';
        return record.value.append_json_to(body_);
      case HttpBody::elasticsearch:
        return append_action(record);
    }
    return {};
  }

  Result<> append_action(const ConnectRecord& record) {
    std::string index = options_.index.empty() ? record.topic : options_.index;
    for (char& c : index) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string id = idempotency_key(record);
    if (!record.key.is_null()) {
      WEIR_TRY_VAR(key, text_of(record.key));
      id = std::move(key);
    }
    body_ += record.value.is_null() ? "{\"delete\":{\"_index\":" : "{\"index\":{\"_index\":";
    append_json_string(index, body_);
    body_ += ",\"_id\":";
    append_json_string(id, body_);
    body_ += "}}\n";
    if (record.value.is_null()) return {};
    WEIR_TRY(record.value.append_json_to(body_));
    body_ += '\n';
    return {};
  }

  Result<> send(std::span<const ConnectRecord> records) {
    HttpQuestion question{.method = options_.method, .target = options_.url.target, .headers = options_.headers};
    question.headers.push_back({"Content-Type", content_type(records.front())});
    if (records.size() == 1) question.headers.push_back({"Idempotency-Key", idempotency_key(records.front())});
    if (!options_.secret.empty()) {
      question.headers.push_back({"X-Weir-Signature-256", "sha256=" + hmac_sha256_hex(options_.secret, body_)});
    }
    question.body = body_;
    rate_.wait();
    WEIR_TRY_VAR(answer, client_.ask(question));
    if (!answer.is_success()) return fail(error_of(answer, options_.url.to_string()));
    return options_.body == HttpBody::elasticsearch ? check_items(answer) : Result<>{};
  }

  std::string content_type(const ConnectRecord& record) const {
    switch (options_.body) {
      case HttpBody::record:
        return record.value.bytes_as(Encoding::string) ? "text/plain; charset=utf-8" : "application/json";
      case HttpBody::lines:
      case HttpBody::elasticsearch:
        return "application/x-ndjson";
      case HttpBody::array:
        return "application/json";
    }
    return "";
  }

  // A bulk is answered item by item: {"errors":true,"items":[{"index":{"status":400,"error":{...}}}]}.
  Result<> check_items(const HttpAnswer& answer) const {
    auto document = JsonDocument::parse(answer.body);
    bool has_errors = false;
    const JsonValue* errors = document && document->root().is_object() ? document->root().member("errors") : nullptr;
    const JsonValue* items = errors != nullptr ? document->root().member("items") : nullptr;
    if (errors == nullptr || !errors->get(has_errors) || (has_errors && (items == nullptr || !items->is_array()))) {
      return fail(ErrorCode::invalid_config, options_.url.to_string() + " does not answer as _bulk does");
    }
    if (!has_errors) return {};
    for (const JsonValue* item = items->first(); item != items->end(); item = item->next()) {
      if (!item->is_object() || item->size() == 0) continue;
      const JsonValue* outcome = item->first()->next();  // of the only member: "index" or "delete"
      std::int64_t status = 0;
      const JsonValue* said = outcome->is_object() ? outcome->member("status") : nullptr;
      if (said == nullptr || !said->get(status) || status < 300 || status == 404) continue;  // 404: deleted already
      HttpAnswer one{.status = static_cast<unsigned>(status)};
      if (const JsonValue* error = outcome->member("error"); error != nullptr) one.body = std::string(error->text());
      return fail(error_of(one, options_.url.to_string()));
    }
    return {};
  }

  HttpSinkOptions options_;
  HttpClient client_;
  RateLimit rate_;
  std::string body_;
  std::map<log::TopicPartition, log::Offset> accepted_;  // the last of each partition
};

}  // namespace

std::unique_ptr<Sink> http_sink(HttpSinkOptions options, Clock& clock) {
  return std::make_unique<HttpSink>(std::move(options), clock);
}

}  // namespace weir::connect
