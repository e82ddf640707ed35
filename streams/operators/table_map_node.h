// TableMapNode: another value for each row of a table. A deletion stays one, without a call.
#pragma once

#include "streams/operators/table_operator.h"

namespace weir::streams {

class TableMapNode : public TableOperator {
 public:
  void process(const Record& record) override { update(record, IsOlder::no); }
  void process_older(const Record& record) override { update(record, IsOlder::yes); }

 protected:
  using TableOperator::TableOperator;

  // Results are alive at once, so each has a place of its own.
  enum class Place { fresh, old, looked_up };
  // `value` is not null; the result may be. Lives until the next call for the same place.
  virtual const void* map(Place place, const void* key, const void* value) = 0;

 private:
  TableRow compute(const void* key, const EncodedKey& encoded_key) override;
  TableRow compute_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) override;
  TableRow computed(const void* key, TableRow above);
  void update(const Record& record, IsOlder is_older);
  const void* mapped(Place place, const void* key, const void* value) {
    return value == nullptr ? nullptr : map(place, key, value);
  }
};

}  // namespace weir::streams
