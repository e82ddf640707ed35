// The redis source and the redis sink.
//
// Source: streams are read by the ids of their entries, which are the positions: exactly once. Of a list elements are
// moved to a list of the connector's own (LIST:weir:NAME), and taken out of that when they are committed, together with
// a count of all that ever were; the position is that count, too, so an element that was committed and not yet taken
// out is known: exactly once. Channels are at most once: who does not listen misses what is said.
//
// Sink: what came since the last flush is one MULTI, and so is how far that was (a hash, weir:{NAME}:TOPIC:PARTITION,
// with an epoch that fences an older writer): exactly once, as far as Redis keeps what it acknowledged (appendfsync).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/redis/redis_connection.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/sink.h"
#include "connect/contracts/source.h"

namespace weir::connect {

enum class RedisBegin { earliest, latest };

struct RedisSourceOptions {
  std::string name{};  // the connector's
  // One of the three.
  std::vector<std::string> streams{};
  std::string list{};
  std::vector<std::string> channels{};      // with '*' in it a pattern
  RedisBegin begin = RedisBegin::earliest;  // of streams that were not read yet
  std::string key_field{};                  // of an entry; empty: the record has no key
  std::string value_field{};                // of an entry; empty: all fields as a map
  bool is_left = true;                      // elements are taken from the list's left end
};

enum class RedisWrite { stream, list, channel, value };

struct RedisSinkOptions {
  RedisWrite write = RedisWrite::stream;
  std::string key = "${topic}";  // ${topic} and ${key} are the record's
};

std::unique_ptr<Source> redis_source(RedisOptions server, RedisSourceOptions options);
std::unique_ptr<Sink> redis_sink(RedisOptions server, RedisSinkOptions options);

// "redis-source", "redis-sink": the same from settings.
ConnectorClass redis_source_class();
ConnectorClass redis_sink_class();

}  // namespace weir::connect
