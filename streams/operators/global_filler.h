// GlobalFiller: what a user's processor makes of the records of a global store's topic. Every thread has one, beside
// its own copy of the store.
#pragma once

#include <optional>

#include "streams/operators/record.h"
#include "streams/state/store.h"

namespace weir::streams {

struct Counters;
struct SourceRecord;
struct StoreSpec;

// What a filler finds. Outlives it.
class GlobalScope {
 public:
  virtual ~GlobalScope() = default;
  virtual state::Store& filled_store() = 0;
  virtual const StoreSpec& filled_spec() const = 0;
  virtual const SourceRecord& source_record() const = 0;  // precondition of both: a record is being taken up
  virtual Counters& counters() const = 0;
};

class GlobalFiller {
 public:
  virtual ~GlobalFiller() = default;
  // Both throw an OperatorError if the user's code does.
  virtual void open(GlobalScope& scope) = 0;  // once, before the first record
  virtual void take(const Record& record) = 0;
};

}  // namespace weir::streams
