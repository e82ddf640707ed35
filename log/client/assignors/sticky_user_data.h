// What the sticky assignors put into a subscription's user data.
//
// sticky:              topics (int32 count), each: name (int16 length, bytes), partitions (int32 count, int32 each);
//                      then int32 generation, which writers before Kafka 2.3 leave out.
// cooperative-sticky:  int32 generation, for readers of subscriptions that have no room for it.
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

OwnedBytes sticky_user_data(const OwnedPartitions& owned);
// truncated.
Result<OwnedPartitions> parse_sticky_user_data(Bytes bytes);

OwnedBytes cooperative_sticky_user_data(std::int32_t generation);
// truncated.
Result<std::int32_t> parse_cooperative_sticky_user_data(Bytes bytes);

}  // namespace weir::log
