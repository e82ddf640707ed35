// What the benchmarks of topologies share: an application run to the end of its input, exactly once, a commit every
// 100 ms, RocksDB below its stores, one thread, from log to log through files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/log_bench.h"
#include "streams/streams.h"

namespace weir::bench {

// Each run is an application of its own, that begins at the beginning; what it wrote is gone afterwards.
inline Run run_app(const log::Client& client, const streams::Topology& topology, const std::string& name,
                   const std::vector<std::string>& outputs, std::uint64_t amount) {
  static int runs = 0;
  const std::string id = name + "-" + std::to_string(++runs);
  for (const auto& output : outputs) make_topic(client, output);
  streams::AppOptions options;
  options.application_id = id;
  Run run = timed(amount, [&] {
    streams::App app(topology, client, options);
    must(app.run_to_end());
  });
  for (const auto& topic : must(client.admin()->list_topics())) {
    bool is_output = std::find(outputs.begin(), outputs.end(), topic.name) != outputs.end();
    if (is_output || topic.name.starts_with(id + "-")) must(client.admin()->delete_topic(topic.name));
  }
  std::filesystem::remove_all(client.directory() + "/streams/" + id);
  return run;
}

}  // namespace weir::bench
