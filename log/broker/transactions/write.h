// TxnService::write, for the files that TxnService is made of.
#pragma once

#include "log/broker/transactions/records.h"
#include "log/broker/transactions/service.h"

namespace weir::log::broker {

template <class Decide>
Written TxnService::write(Shard& shard, Decide decide, std::optional<Shard::Tenure> tenure) {
  return shard.change(
      [&](TxnCoordinator& coordinator) -> Shard::Decided {
        WEIR_TRY_VAR(change, decide(coordinator));
        if (!change) return std::nullopt;
        auto batch = encode_transaction(*change, clock_.wall_ms());
        if (!batch) {
          coordinator.failed(*change);
          return fail(batch.error());
        }
        auto safe = safe_for(shard, *change);
        auto settle = [change = *std::move(change)](TxnCoordinator& then, const Result<Offset>& at) {
          if (at) {
            then.committed(change);
          } else {
            then.failed(change);
          }
        };
        return Shard::Entry{*std::move(batch), std::move(settle), std::move(safe)};
      },
      tenure);
}

}  // namespace weir::log::broker
