// RetryEntryNode: where records come back that were to be tried again later. They go on as they were given to the
// operator, without the headers by which they found their way.
#pragma once

#include "streams/operators/dead_letter.h"
#include "streams/operators/node.h"

namespace weir::streams {

class RetryEntryNode final : public Node {
 public:
  void process(const Record& record) override {
    if (record.headers == nullptr) return forward(record);
    OwnedBytes scratch;
    const log::HeadersView kept = log::encode_headers(without_error_headers(*record.headers), scratch);
    Record given = record;
    given.headers = kept.empty() ? nullptr : &kept;
    forward(given);
  }
};

}  // namespace weir::streams
