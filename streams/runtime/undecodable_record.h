// UndecodableRecord: a record whose bytes are no key or value of its source's types, kept as it came until it is
// written as a dead letter: a queue decodes ahead, and letters belong into the task's transaction.
#pragma once

#include <string>
#include <utility>

#include "streams/operators/owned_record.h"

namespace weir::streams {

struct UndecodableRecord {
  std::string reason;
  OwnedRecord record;

  UndecodableRecord(std::string why, const log::RecordView& view) : reason(std::move(why)), record(view) {}

  log::RecordView view() const { return record.view(); }  // borrows from this
};

}  // namespace weir::streams
