// The HTTP server source: what others post becomes records. A request is answered 200 when its records are committed in
// the log, and not before: a webhook that is sent again until it hears so is there at least once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/http/http_listener.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/source.h"

namespace weir::connect {

enum class PostedBody { record, lines, array };

struct HttpServerOptions {
  HttpListenerOptions listener{};
  PostedBody body = PostedBody::record;
  std::string key_header{};            // whose value becomes the key; empty: no key
  std::vector<std::string> headers{};  // of requests, that become headers of records
};

// `listening`: told the port, once it is known.
std::unique_ptr<Source> http_server_source(HttpServerOptions options, Clock& clock,
                                           std::function<void(std::uint16_t)> listening = {});

// "http-server": the same from settings.
ConnectorClass http_server_class();

}  // namespace weir::connect
