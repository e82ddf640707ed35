#include "connect/connectors/http/http_settings.h"
#include "connect/connectors/http/http_sink.h"

namespace weir::connect {

namespace {

constexpr Setting kHttpSinkSettings[] = {
    {.name = "http.url", .presence = Presence::required, .meaning = "where records are sent to"},
    {.name = "http.method",
     .type = SettingType::choice,
     .otherwise = "POST",
     .choices = "POST|PUT|PATCH",
     .meaning = "how"},
    {.name = "http.body",
     .type = SettingType::choice,
     .otherwise = "record",
     .choices = "record|lines|array|elasticsearch",
     .meaning = "record: a question for each record, its value the body, with Idempotency-Key: TOPIC-PARTITION-OFFSET; "
                "lines: values as JSON lines; array: values as one JSON array; elasticsearch: index and delete actions "
                "as _bulk of Elasticsearch and OpenSearch takes them, a record's key the document's id"},
    {.name = "batch.max.records",
     .type = SettingType::integer,
     .otherwise = "500",
     .least = 1,
     .most = 1'000'000,
     .meaning = "of lines, array and elasticsearch: at most so many in one question"},
    {.name = "batch.max.bytes",
     .type = SettingType::integer,
     .otherwise = "4194304",
     .least = 1,
     .most = 1'073'741'824,
     .meaning = "a body ends with the record that passes it"},
    {.name = "http.hmac.secret",
     .meaning = "signs each body: X-Weir-Signature-256: sha256=HEX (HMAC-SHA-256)",
     .secret = Secret::yes},
    {.name = "http.rate.per.second",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = 1'000'000,
     .meaning = "at most so many questions a second; 0: no limit"},
    {.name = "elasticsearch.index",
     .meaning = "where documents go; where it is not set, the topic's name in lower case"},
    kHttpTimeout,
    kHttpHeaders,
    kHttpTrusted,
};

Result<HttpSinkOptions> http_sink_options(const Settings& settings) {
  HttpSinkOptions options;
  WEIR_TRY_VAR(url, url_of(settings, "http.url"));
  WEIR_TRY_VAR(headers, headers_of(settings, "http.headers"));
  options.url = std::move(url);
  options.headers = std::move(headers);
  options.method = settings.text("http.method");
  options.body = static_cast<HttpBody>(settings.choice("http.body"));
  options.batch_records = static_cast<std::size_t>(settings.integer("batch.max.records"));
  options.batch_bytes = static_cast<std::size_t>(settings.integer("batch.max.bytes"));
  options.secret = settings.text("http.hmac.secret");
  options.rate_per_second = settings.integer("http.rate.per.second");
  options.index = settings.text("elasticsearch.index");
  options.client = client_options(settings);
  return options;
}

}  // namespace

ConnectorClass http_sink_class() {
  return {
      .names = {"http-sink"},
      .settings = kHttpSinkSettings,
      .summary = "sends records to an HTTP server: one by one, as JSON lines or arrays, or to Elasticsearch's _bulk",
      .guarantee = "at least once, with a key by which the other side can tell what it has already",
      .make_sink = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
        WEIR_TRY_VAR(options, http_sink_options(settings));
        return http_sink(std::move(options), context.clock);
      }};
}

}  // namespace weir::connect
