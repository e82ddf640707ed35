// The generate source: made-up records, for trying things out and for tests. The same seed gives the same records.
//
// They are numbered 0, 1, ... and dealt out to 16 streams, number N to stream N mod 16; tasks share the streams out. A
// stream is a partition, and its position is how many it has given: so each number comes exactly once, whatever is
// killed and however many tasks there are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "connect/connectors/generate/generated_record.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/source.h"

namespace weir::connect {

inline constexpr std::uint32_t kGenerateStreams = 16;

struct GenerateOptions {
  Generated kind = Generated::payments;
  std::uint64_t seed = 1;
  std::uint64_t count = 0;               // of all streams; 0: without end
  double rate = 0;                       // records a second, of these streams; 0: as fast as they are taken
  std::vector<std::uint32_t> streams{};  // empty: all
  // The timestamp of record 0; each further one comes 1/`rate` of all streams later, 1 ms without a rate. None: when it
  // is given.
  std::optional<std::int64_t> first_timestamp_ms{};
  double steps_per_second = 1'000;  // of timestamps
};

std::unique_ptr<Source> generate_source(GenerateOptions options, Clock& clock = SystemClock::instance());

// "generate": the same from settings.
ConnectorClass generate_class();

}  // namespace weir::connect
