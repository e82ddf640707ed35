// The writer: transfers 0, 1, ... in transactions. How far it came is part of each of them, as the position of a group
// of its own, so that a writer that was killed goes on without a gap and without a repetition.
#pragma once

#include "examples/ledger/ledger.h"

namespace ledger {

weir::Result<> write_transfers(const weir::log::Client& log, std::int64_t count, std::int64_t accounts);

}  // namespace ledger
