// Transactions: InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, WriteTxnMarkers.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log::broker {

Task<wire::InitProducerIdResponse> init_producer_id(RequestContext context, wire::InitProducerIdRequest request);
Task<wire::AddPartitionsToTxnResponse> add_partitions_to_txn(RequestContext context,
                                                             wire::AddPartitionsToTxnRequest request);
Task<wire::AddOffsetsToTxnResponse> add_offsets_to_txn(RequestContext context, wire::AddOffsetsToTxnRequest request);
Task<wire::EndTxnResponse> end_txn(RequestContext context, wire::EndTxnRequest request);
Task<wire::WriteTxnMarkersResponse> write_txn_markers(RequestContext context, wire::WriteTxnMarkersRequest request);

}  // namespace weir::log::broker
