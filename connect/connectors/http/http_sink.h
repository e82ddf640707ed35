// The HTTP sink: records to a server, as JSON: one by one, as lines, as an array, or as Elasticsearch's and
// OpenSearch's
// `_bulk` wants them.
//
// At least once: what was sent after the last commit is sent again after a restart. So that the other side can tell, a
// question for one record says which in the header Idempotency-Key (TOPIC-PARTITION-OFFSET), and a document of
// Elasticsearch has the record's key, or that text, as its id.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/http/http_client.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/sink.h"

namespace weir::connect {

enum class HttpBody { record, lines, array, elasticsearch };

struct HttpSinkOptions {
  HttpUrl url{};
  std::string method = "POST";
  HttpBody body = HttpBody::record;
  std::size_t batch_records = 500;            // of lines, array and elasticsearch: in one question
  std::size_t batch_bytes = 4 * 1024 * 1024;  // of a body
  std::vector<HttpHeader> headers{};          // beside those that are always there
  std::string secret{};                       // signs each body: X-Weir-Signature-256: sha256=HEX
  std::int64_t rate_per_second = 0;           // questions; 0: as many as it takes
  std::string index{};                        // of elasticsearch; empty: the topic's name in lower case
  HttpClientOptions client{};
};

std::unique_ptr<Sink> http_sink(HttpSinkOptions options, Clock& clock);

// "http-sink": the same from settings.
ConnectorClass http_sink_class();

}  // namespace weir::connect
