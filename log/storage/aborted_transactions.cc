#include "log/storage/aborted_transactions.h"

#include <algorithm>

namespace weir::log::storage {

AbortedTransactions::AbortedTransactions(const std::vector<AbortedTransaction>& all) {
  for (const auto& entry : all) spans_[entry.producer_id].push_back({entry.first_offset, entry.marker_offset});
}

bool AbortedTransactions::contain(const BatchHeader& batch) const {
  if (!batch.is_transactional()) return false;
  auto found = spans_.find(batch.producer_id);
  if (found == spans_.end()) return false;
  // A producer's transactions follow one another: only the first that ends behind the batch can hold it.
  auto span = std::partition_point(found->second.begin(), found->second.end(),
                                   [&](const Span& entry) { return entry.marker < batch.base_offset; });
  return span != found->second.end() && span->first <= batch.base_offset;
}

}  // namespace weir::log::storage
