#include "log/client/fetch_filter.h"

#include <algorithm>
#include <unordered_set>

#include "log/model/control_record.h"

namespace weir::log {

namespace {

// Which producers' batches are those of aborted transactions, as the reader goes on.
class AbortedProducers {
 public:
  explicit AbortedProducers(const wire::FetchResponse::PartitionData& answer) {
    if (answer.aborted_transactions) transactions_ = *answer.aborted_transactions;
    std::sort(transactions_.begin(), transactions_.end(),
              [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  }

  // Before the batch is looked at.
  void advance_to(const BatchHeader& batch) {
    for (; next_ < transactions_.size() && transactions_[next_].first_offset <= batch.last_offset(); ++next_) {
      producers_.insert(transactions_[next_].producer_id);
    }
  }
  bool contains(ProducerId id) const { return producers_.contains(id); }
  void end(ProducerId id) { producers_.erase(id); }

 private:
  std::vector<wire::FetchResponse::AbortedTransaction> transactions_;
  std::size_t next_ = 0;
  std::unordered_set<ProducerId> producers_;
};

Result<bool> is_abort_marker(const RecordBatch& batch) {
  BatchReader reader;
  RecordView record;
  WEIR_TRY(reader.open(batch));
  WEIR_TRY_VAR(count, reader.fill({&record, 1}));
  if (count == 0) return false;  // compaction may leave a marker's batch without its record
  if (!record.key) return fail(ErrorCode::corrupt_message, "a control record without a key");
  WEIR_TRY_VAR(type, parse_control_type(*record.key));
  return type == ControlType::abort;
}

}  // namespace

Result<OffsetAndEpoch> take_batches(const wire::FetchResponse::PartitionData& answer, const FetchedFrom& from,
                                    std::vector<FetchedBatch>& into) {
  Offset position = from.position;
  LeaderEpoch epoch = kNoLeaderEpoch;
  if (!answer.records) return OffsetAndEpoch{position, epoch};
  const bool filters = from.isolation == Isolation::read_committed;
  AbortedProducers aborted(answer);
  auto wrong = [&](const Error& error) {
    return fail(ErrorCode::corrupt_message,
                from.partition.to_string() + ", offset " + std::to_string(position.value()) + ": " + error.to_string());
  };
  for (const auto& part : answer.records->parts) {
    for (SharedBytes rest = part; !rest.empty();) {
      auto batch = RecordBatch::parse(rest, answer.records->trust);
      if (!batch && batch.error().code == ErrorCode::truncated) break;
      if (!batch) return wrong(batch.error());
      rest = rest.slice(batch->bytes.size());
      const BatchHeader& header = batch->header;
      if (filters) aborted.advance_to(header);
      bool wanted = header.next_offset() > position && header.count > 0;
      if (header.is_control()) {
        if (filters) {
          auto is_abort = is_abort_marker(*batch);
          if (!is_abort) return wrong(is_abort.error());
          if (*is_abort) aborted.end(header.producer_id);
        }
        wanted = false;
      }
      if (filters && header.is_transactional() && aborted.contains(header.producer_id)) wanted = false;
      if (wanted) into.push_back({from.partition, from.assignment_index, *std::move(batch), from.position});
      if (header.next_offset() > position) {
        position = header.next_offset();
        epoch = header.leader_epoch;
      }
    }
  }
  return OffsetAndEpoch{position, epoch};
}

}  // namespace weir::log
