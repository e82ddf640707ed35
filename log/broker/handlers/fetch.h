// Fetch: records of several partitions, at once or when enough has come.
#pragma once

#include "log/base/task.h"
#include "log/broker/handlers/context.h"
#include "log/wire/messages/fetch.h"

namespace weir::log::broker {

// What a reader believes of the leader must not be ahead of, or behind, what is (KIP-320): fenced_leader_epoch,
// unknown_leader_epoch. -1: it believes nothing.
Result<> check_leader_epoch(const Partition& partition, LeaderEpoch believed);

// Topics by id, or by name where no id is given. In a session (FetchSessions) of all that it is about, and what has
// changed of that is told.
Task<wire::FetchResponse> fetch_records(RequestContext context, wire::FetchRequest request);

}  // namespace weir::log::broker
