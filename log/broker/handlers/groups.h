// A group's offsets: OffsetCommit, TxnOffsetCommit, OffsetFetch.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/txn_offset_commit.h"

namespace weir::log::broker {

Task<wire::OffsetCommitResponse> commit_offsets(RequestContext context, wire::OffsetCommitRequest request);
Task<wire::TxnOffsetCommitResponse> commit_offsets_in_transaction(RequestContext context,
                                                                  wire::TxnOffsetCommitRequest request);
wire::OffsetFetchResponse fetch_offsets(RequestContext context, wire::OffsetFetchRequest& request);

}  // namespace weir::log::broker
