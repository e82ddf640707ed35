// ErrorPolicy: what becomes of records that cannot be transformed, converted, put or written, and of outages. Names and
// meanings are those of Kafka Connect (KIP-298, KIP-610), but that it holds for every stage: also where a sink's `put`
// refuses a record, and for sources.
#pragma once

#include <cstdint>
#include <string>

#include "log/base/clock.h"

namespace weir::connect {

enum class Tolerance { none, all };  // all: such a record is left out, counted and reported

struct ErrorPolicy {
  Tolerance tolerance = Tolerance::none;
  // How long what may pass is tried again, from its first failure on, before the task fails; negative: for ever.
  Millis retry_timeout{300'000};
  Millis retry_delay_max{60'000};  // between tries; the first are sooner
  // Where records go that are left out, as they came; empty: nowhere. Made if it is not there. Those of a sink are
  // there at least once, those of a source once.
  std::string dead_letter_topic{};
  bool dead_letter_headers = false;  // with __connect.errors.* headers: what failed, where and why
  bool is_logged = false;            // each of them with a line of its own, not only the first
  bool is_content_logged = false;    // with key and value
};

}  // namespace weir::connect
