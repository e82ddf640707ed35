// The HTTP source: asks a server again and again, and makes records of what is new in its answers.
//
// What it asks may depend on where it is: `${cursor}` in the URL is what a pointer into the last answer found (a page
// token, an id, a time). An ETag that the server gives is sent back, so that what has not changed is not read again.
// The position is both, {"cursor":"...","etag":"..."}: exactly once, as far as the server answers one cursor always the
// same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/http/http_client.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/malformed.h"
#include "connect/contracts/source.h"

namespace weir::connect {

struct HttpPollOptions {
  std::string url{};             // with ${cursor} where it goes; checked when it is set
  std::string first_cursor{};    // before there is one
  std::string cursor_pointer{};  // into an answer (RFC 6901); empty: there are no cursors
  // Into an answer: the array whose elements become records, or what becomes one. Empty: the whole answer, as JSON; an
  // array is its elements.
  std::string records_pointer{};
  std::string key_pointer{};  // into a record; empty: no key
  std::vector<HttpHeader> headers{};
  HttpClientOptions client{};
};

std::unique_ptr<Source> http_poll_source(HttpPollOptions options);

// "http-source": the same from settings.
ConnectorClass http_poll_class();

}  // namespace weir::connect
