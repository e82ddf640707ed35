// What clients ask, at the version that a broker speaks.
//
// Client code says its requests and reads its answers in one shape, the newest. Older versions tell the same in others
// (one key to find the coordinator of, one group to fetch the offsets of, topics by name) and lack fields. `fit` brings
// a request into the shape of a version, `lift` an answer back. A field that a version lacks is left out where the
// request still means what was asked, or nearly; else unsupported_version says what cannot be asked. What is lost:
//
//   OffsetFetch below 7        waits for no open transaction (KIP-447)
//   TxnOffsetCommit below 3    says nothing of the member: a group's generation fences nobody (KIP-447)
//   InitProducerId below 3     asks for a new epoch as a new producer does (KIP-360)
//   Metadata below 4           may make a topic that is asked about (auto.create.topics.enable)
//   Metadata below 10          gives no topic ids: a topic that was made again is not told from the one before
//
// The oldest versions here are those of Kafka 1.0; Kafka 2.3 and later take all that admins ask, too. Pure; a table.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "log/base/result.h"
#include "log/wire/messages/api_key.h"

namespace weir::log::wire {

// How a broker goes about answering. A broker answers the requests of a connection one after another, so that what may
// be long in coming holds up whatever is behind it.
enum class AnswerTime { soon, awaited };

struct ClientApi {
  ApiKey api;
  std::int16_t min_version;
  std::int16_t max_version;
  AnswerTime answer_time = AnswerTime::soon;
  // Null: the shape is the same in all of these versions.
  Result<> (*fit)(void* request, std::int16_t version) = nullptr;
  // `request` as `fit` left it.
  void (*lift)(const void* request, void* response, std::int16_t version) = nullptr;
  // The newest version, at most `version`, that this request can be told in; null: `version`.
  std::int16_t (*version_for)(const void* request, std::int16_t version) = nullptr;
  // How long the request itself tells the broker that it may take; null: it does not.
  std::chrono::milliseconds (*patience)(const void* request) = nullptr;
};

std::span<const ClientApi> client_apis();
// Null for what clients do not ask.
const ClientApi* find_client_api(ApiKey api);

// The version in which to ask `request` of a broker that takes `min` to `max`. unsupported_version: there is none; it
// names the API and both ranges.
Result<std::int16_t> version_between(const ClientApi& api, const void* request, std::int16_t min, std::int16_t max);

}  // namespace weir::log::wire
