// The polling publisher: publishes the messages that lie in a table, such as those that an application could not
// publish itself, and then marks or removes them.
//
//   id | topic | key | payload | headers | attempts | due_ms | last_error | published_ms
//
// A message comes exactly once: its row is marked only when it is committed in its topic, and the position holds the
// rows that are committed and perhaps not marked yet; they are marked first when it starts again. A position tells a
// row from another one that got its id by what the row says.
//
// A message that cannot be published (no topic that could be, headers that are no JSON object, too large) waits, each
// time twice as long, with what is wrong in `last_error`; after `attempts_max` times it is given up, which is told in
// the log and, if there is a topic for it, as a record. Messages behind it do not wait.
#pragma once

#include <memory>
#include <string>

#include "connect/connectors/sql/sql_session.h"
#include "connect/contracts/source.h"
#include "connect/settings/settings.h"

namespace weir::connect {

struct PublisherOptions {
  std::string table{};
  std::string id = "id";  // columns; that of the headers may be empty: there is none
  std::string topic = "topic";
  std::string key = "key";
  std::string payload = "payload";
  std::string headers{};  // a JSON object of texts
  std::string attempts = "attempts";
  std::string due = "due_ms";  // milliseconds since 1970; null: at once
  std::string error = "last_error";
  std::string published{};  // gets milliseconds since 1970; empty: rows are removed
  std::int64_t attempts_max = 10;
  Millis backoff{1'000};
  Millis backoff_max{3'600'000};
  std::size_t largest = 1'000'000;  // bytes of key, payload and headers
  std::size_t batch = 500;
  std::string report_topic{};
};

std::unique_ptr<Source> publisher(OpenSqlSession open, PublisherOptions options);

// From the settings of kPublisherSettings. invalid_config.
Result<PublisherOptions> publisher_options(const Settings& settings);

}  // namespace weir::connect
