// SinkRunner: drives the sink of one task. It reads committed records, puts them into the sink, and from time to time
// flushes it and commits the consumed offsets with the sink's own metadata in one OffsetCommit of the group
// "connect-NAME". A sink that undoes what its metadata does not cover is exactly once.
//
// The tasks of a connector share out the partitions of its topics by hand, so that as long as their number stays each
// partition is always the same task's. A task without a partition leaves its sink alone. One owner thread. After an
// error the way on is `start`, which goes back to the last commit, or none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/settings/settings.h"
#include "connect/contracts/sink.h"
#include "log/client/client.h"

namespace weir::connect {

struct SinkOptions {
  std::string name{};      // the connector: letters, digits, '.', '_' and '-'
  std::int32_t task = 0;   // which of its tasks
  std::int32_t tasks = 1;  // of how many
  std::vector<std::string> topics{};
  Millis commit_interval{1'000};
};

struct SinkReport {
  std::uint64_t records = 0;  // put and committed
  std::uint64_t skipped = 0;
  std::uint64_t commits = 0;
};

class SinkRunner {
 public:
  using Ends = std::map<log::TopicPartition, log::Offset>;

  SinkRunner(log::Client client, std::unique_ptr<Sink> sink, SinkOptions options);
  ~SinkRunner();

  // Hands the sink the metadata of the last commit and goes on at its offsets. unknown_topic_or_partition: a topic is
  // not there (yet).
  Result<> start();

  // Waits at most `timeout` for records, puts them, and commits when it is time.
  Result<> step(Millis timeout);
  // Flushes the sink and commits, if anything was put since the last time.
  Result<> commit();

  // What is committed in the topics now, and whether everything below is put.
  Result<Ends> ends();
  Result<bool> has_reached(const Ends& ends);

  const SinkOptions& options() const { return options_; }
  Clock& clock() const { return client_.clock(); }
  const SinkReport& report() const { return report_; }

 private:
  Result<std::vector<log::TopicPartition>> partitions() const;
  Result<SinkCommits> commits_in(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) const;
  Result<std::string> owner() const;
  Result<> go_to(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed);
  Result<> commit(const std::string& metadata);

  log::Client client_;
  std::unique_ptr<Sink> sink_;
  SinkOptions options_;
  std::unique_ptr<log::Consumer> consumer_;
  log::BatchReader reader_;
  std::map<log::TopicPartition, std::int64_t> commits_;  // of each partition so far, over restarts
  std::int64_t next_commit_ms_ = 0;
  std::uint64_t put_ = 0;             // since the last commit
  std::uint64_t skipped_before_ = 0;  // of what the sink has skipped, what came before that
  SinkReport report_;
};

// Settings that every sink has. invalid_config.
SettingTable sink_settings();
Result<SinkOptions> sink_options(const Settings& settings);

}  // namespace weir::connect
