// Flush: when what was appended to a log is synced to the disk; how sure an answer is.
#pragma once

namespace weir::log::cluster {

enum class Flush {
  left_to_system,  // never by us but for metadata: a kill loses nothing, a power cut may
  at_intervals,    // and a power cut loses at most the last interval
  before_answer,   // a power cut loses nothing that was answered
};

}  // namespace weir::log::cluster
