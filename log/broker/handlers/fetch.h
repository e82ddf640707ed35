// Fetch: records of several partitions, at once or when enough has come.
#pragma once

#include "log/base/task.h"
#include "log/broker/handlers/context.h"
#include "log/wire/messages/fetch.h"

namespace weir::log::broker {

// Topics by id, or by name where no id is given. There are no fetch sessions: the session id of an answer is 0, which
// tells the client to ask for everything each time.
Task<wire::FetchResponse> fetch_records(RequestContext context, wire::FetchRequest request);

}  // namespace weir::log::broker
