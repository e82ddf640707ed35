// SourceRunner: drives the source of one task. Each step polls it once and writes what it gave, with its positions, in
// one transaction; so the topics hold each record once, whenever the process is killed. The transactional id is that of
// the task, connect-source-NAME-TASK: a second runner of it fences the first. Where the tasks of a connector change,
// what each of them reads may go from one to another: `begin_generation` fences all that ran before.
//
//   poll -> transforms -> converters -> producer, and what fails on the way -> Rejects
//
// One owner thread. After an error of `step` the way on is `start`, which finds out what was committed, or none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "connect/contracts/error_policy.h"
#include "connect/contracts/source.h"
#include "connect/runtime/pipeline.h"
#include "connect/runtime/rejects.h"
#include "connect/runtime/targets.h"
#include "connect/settings/settings.h"
#include "log/client/client.h"

namespace weir::connect {

struct SourceOptions {
  std::string name{};                // the connector: letters, digits, '.', '_' and '-'
  std::int32_t task = 0;             // which of its tasks
  std::string topic{};               // of records that name none; made if it is not there
  std::int32_t partitions = 1;       // of topics that are made
  std::string offsets_topic{};       // empty: "connect-offsets-NAME"
  std::size_t max_records = 10'000;  // of one poll, and so of one transaction
  Millis poll_interval{100};         // between polls while nothing is there
  ErrorPolicy errors{};
};

struct SourceReport {
  std::uint64_t records = 0;   // written and committed
  std::uint64_t filtered = 0;  // left out by transforms, as they are meant to
  std::uint64_t skipped = 0;   // left out as the policy for errors allows
  std::uint64_t transactions = 0;
};

class SourceRunner {
 public:
  SourceRunner(log::Client client, std::unique_ptr<Source> source, SourceOptions options, Input input,
               Pipeline pipeline = {});
  ~SourceRunner();

  // Fences older runners, ends what they left open, and begins at the last committed position. Again after an error.
  Result<> start();

  enum class Step { moved, at_end };
  // producer_fenced: another runner took over. Errors of the source are final, those of the log may pass.
  Result<Step> step();

  const SourceOptions& options() const { return options_; }
  Clock& clock() const { return client_.clock(); }
  const SourceReport& report() const { return report_; }
  // Called after each commit, when the report is another one.
  void on_commit(std::function<void()> call) { on_commit_ = std::move(call); }

 private:
  bool has_news() const;
  Result<> write();
  Result<> send_all();
  Result<> send(ConnectRecord& record);
  Result<> send_rejected_pieces();
  Result<> send_positions();
  Result<> write_headers(const ConnectRecord& record);
  Result<bool> fits(const Target& target, const std::string& topic, NullableBytes key, NullableBytes value);
  Result<> reject(const ConnectRecord& record, Stage stage, const Error& error);

  log::Client client_;
  std::unique_ptr<Source> source_;
  SourceOptions options_;
  Input input_;
  Pipeline pipeline_;
  Rejects rejects_;
  Targets targets_;
  std::unique_ptr<log::Producer> producer_;
  SourceBatch batch_;
  SourcePositions committed_;
  SourceReport of_batch_;  // until its transaction is committed
  std::int64_t now_ms_ = 0;
  OwnedBytes key_bytes_, value_bytes_;    // of the record at hand, where it has none of its own
  std::vector<Payload> header_payloads_;  // the same of its headers
  std::vector<OwnedBytes> header_bytes_;
  std::vector<log::HeaderView> headers_;
  SourceReport report_;
  std::function<void()> on_commit_;
};

// Before the first task of a source connector starts: fences the tasks that ran before, as far as those that start now
// do not fence them by themselves, and remembers how many there are from now on.
Result<> begin_generation(const log::Client& client, const SourceOptions& options, std::int32_t tasks);

// Ends what so many tasks of the connector left open, and lets none of them write any more.
Result<> fence_tasks(const log::Client& client, const std::string& connector, std::int32_t tasks);

// Settings that every source has. invalid_config.
SettingTable source_settings();
Result<SourceOptions> source_options(const Settings& settings);

}  // namespace weir::connect
