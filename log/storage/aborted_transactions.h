// AbortedTransactions: tells of a batch whether it belongs to a transaction that was aborted.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "log/storage/producer_state.h"

namespace weir::log::storage {

class AbortedTransactions {
 public:
  // `all` by marker offset, as PartitionState has them.
  explicit AbortedTransactions(const std::vector<AbortedTransaction>& all);

  // Data batches only.
  bool contain(const BatchHeader& batch) const;

 private:
  struct Span {
    Offset first;
    Offset marker;
  };
  std::unordered_map<ProducerId, std::vector<Span>> spans_;  // ascending
};

}  // namespace weir::log::storage
