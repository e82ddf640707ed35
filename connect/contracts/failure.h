// Failure: what an error of a connector, or of the log under it, is to be taken for: something that passes by itself,
// something about one record, or something that a person must mend.
#pragma once

#include "log/base/result.h"

namespace weir::connect {

enum class Blame {
  passing,  // an outage, a coordinator that moves, a full disk: the same again, later
  record,   // what a record holds: without it all would be well
  setting,  // everything else: it ends the task
};

// By its code. Of other systems a connector gives `timed_out`, `unavailable` where they cannot be reached,
// `invalid_record` where they refuse a record for what it holds, `permission_denied` and `invalid_config` where they do
// not let it in.
Blame blame_of(const Error& error);

}  // namespace weir::connect
