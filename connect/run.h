// Running one connector inside an application, to the end of what is there: first the source, then whatever works on
// its topic, then the sink. Killed at any moment and started again, the topic and what the sink wrote hold each record
// once.
//
//   run_source_until_end(log, file_source({.path = "words.txt"}), {.name = "words", .topic = "lines"});
//   ...
//   run_sink_until_end(log, file_sink({.path = "counts.jsonl"}),
//                      {.name = "counts-file", .topics = {"counts"}, .value = Encoding::int64});
#pragma once

#include <memory>
#include <stop_token>

#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"

namespace weir::connect {

// Until the source is at its end, which then completes its last piece.
Result<SourceReport> run_source_until_end(const log::Client& client, std::unique_ptr<Source> source,
                                          SourceOptions options, std::stop_token stop = {});

// Until everything that was committed in its topics when it began is written. unknown_topic_or_partition.
Result<SinkReport> run_sink_until_end(const log::Client& client, std::unique_ptr<Sink> sink, SinkOptions options,
                                      std::stop_token stop = {});

}  // namespace weir::connect
