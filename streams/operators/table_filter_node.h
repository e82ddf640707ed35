// TableFilterNode: the rows of a table that pass: a value that does not is a deletion.
//
// A deletion of what was not there is left out where the old value is known. Where it is not, it is always sent, also
// for a key that never passed, and so it is below a versioned table (tests/vectors/README.md, 4.4).
#pragma once

#include "streams/operators/table_operator.h"

namespace weir::streams {

class TableFilterNode : public TableOperator {
 public:
  void process(const Record& record) override { update(record, IsOlder::no); }
  void process_older(const Record& record) override { update(record, IsOlder::yes); }

 protected:
  using TableOperator::TableOperator;

  virtual bool passes(const void* key, const void* value) = 0;

 private:
  TableRow compute(const void* key, const EncodedKey& encoded_key) override;
  TableRow compute_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) override;
  void update(const Record& record, IsOlder is_older);
  const void* passing(const void* key, const void* value) {
    return value != nullptr && passes(key, value) ? value : nullptr;
  }
};

}  // namespace weir::streams
