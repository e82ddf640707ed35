// SinkRunner: drives the sink of one task. It reads committed records, puts them into the sink, and from time to time
// flushes it and commits the consumed offsets with the sink's own metadata in one OffsetCommit of the group
// "connect-NAME". A sink that undoes what its metadata does not cover, or keeps positions itself, is exactly once.
//
//   consumer -> converters -> transforms -> put, in batches -> flush -> commit;  what fails on the way -> Rejects
//
// A batch that `put` blames on its records is put in halves until the guilty record stands alone. Where `flush` does
// so, all since the last commit is put again record by record, each with a flush of its own.
//
// The tasks of a connector share out the partitions of its topics by hand, so that as long as their number stays each
// partition is always the same task's. A task without a partition leaves its sink alone. One owner thread. After an
// error the way on is `start`, which goes back to the last commit, or none.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "connect/contracts/error_policy.h"
#include "connect/contracts/sink.h"
#include "connect/runtime/pipeline.h"
#include "connect/runtime/rejects.h"
#include "connect/settings/settings.h"
#include "log/client/client.h"

namespace weir::connect {

struct SinkOptions {
  std::string name{};      // the connector: letters, digits, '.', '_' and '-'
  std::int32_t task = 0;   // which of its tasks
  std::int32_t tasks = 1;  // of how many
  std::vector<std::string> topics{};
  Encoding key = Encoding::string;  // what the bytes of a key are; a Pipeline's converters go first
  Encoding value = Encoding::string;
  Millis commit_interval{1'000};
  ErrorPolicy errors{};
};

struct SinkReport {
  std::uint64_t records = 0;   // put and committed
  std::uint64_t filtered = 0;  // left out by transforms, as they are meant to
  std::uint64_t skipped = 0;   // left out as the policy for errors allows
  std::uint64_t commits = 0;
};

class SinkRunner {
 public:
  using Ends = std::map<log::TopicPartition, log::Offset>;

  SinkRunner(log::Client client, std::unique_ptr<Sink> sink, SinkOptions options, Pipeline pipeline = {});
  ~SinkRunner();

  // Hands the sink the metadata of the last commit and goes on at its offsets. unknown_topic_or_partition: a topic is
  // not there (yet).
  Result<> start();

  // Waits at most `timeout` for records, puts them, and commits when it is time.
  Result<> step(Millis timeout);
  // Flushes the sink and commits, if anything was read since the last time.
  Result<> commit();

  // What is committed in the topics now, and whether everything below is put.
  Result<Ends> ends();
  Result<bool> has_reached(const Ends& ends);

  const SinkOptions& options() const { return options_; }
  Clock& clock() const { return client_.clock(); }
  const SinkReport& report() const { return report_; }
  // Called after each commit, when the report is another one.
  void on_commit(std::function<void()> call) { on_commit_ = std::move(call); }

 private:
  using Positions = std::map<log::TopicPartition, log::Offset>;
  enum class Then { goes_on, began_again };

  Result<std::vector<log::TopicPartition>> partitions() const;
  Result<SinkCommits> commits_in(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) const;
  Result<std::string> owner() const;
  Result<> go_to(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed, const SinkStarted& started);

  Result<Then> take(const log::FetchedBatch& batch);
  Result<> read(const log::FetchedBatch& batch, const log::RecordView& record);
  Result<> put(std::size_t from, std::size_t to);
  Result<Then> put_with_care();
  Result<> reject(const ConnectRecord& record, const log::RecordView& raw, Stage stage, const Error& error);
  Result<> take_care_from_here();
  Result<> commit_at(const Positions& positions, const std::string& metadata);
  Result<Positions> consumed() const;

  log::Client client_;
  std::unique_ptr<Sink> sink_;
  SinkOptions options_;
  Pipeline pipeline_;
  Rejects rejects_;
  std::unique_ptr<log::Consumer> consumer_;
  log::BatchReader reader_;
  std::map<log::TopicPartition, std::int64_t> commits_;  // of each partition so far, over restarts
  std::int64_t next_commit_ms_ = 0;

  // The batch at hand: the first `count_` are to be put; the rest is room for more.
  std::vector<ConnectRecord> records_;
  std::vector<log::RecordView> raw_;  // the same, as they came
  std::size_t count_ = 0;

  std::uint64_t read_ = 0;  // since the last commit
  SinkReport since_commit_;
  SinkReport report_;
  std::function<void()> on_commit_;

  // Where a flush blamed its records: up to `careful_until_` each is put, flushed and committed by itself, but for
  // those that are known to be guilty. `settled_`: below it all is committed, then.
  Positions careful_until_;
  Positions settled_;
  std::set<std::pair<log::TopicPartition, log::Offset>> guilty_;
};

// Settings that every sink has. invalid_config.
SettingTable sink_settings();
Result<SinkOptions> sink_options(const Settings& settings);

}  // namespace weir::connect
