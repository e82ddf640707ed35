// Broker: one node: a log directory, its topics, and what has to be done from time to time. It has no thread: whoever
// owns it calls `run_due` when it is time, and again when it says so.
#pragma once

#include <memory>
#include <string>

#include "log/base/timers.h"
#include "log/broker/coordinators.h"
#include "log/broker/fetch_sessions.h"
#include "log/broker/jobs.h"
#include "log/broker/partitions/topics.h"
#include "log/model/topic_defaults.h"

namespace weir::log::broker {

struct BrokerOptions {
  bool read_only = false;  // beside the writer; sees what it wrote every refresh_interval, and when asked
  NodeId node_id{0};
  std::string cluster_id = "weir";
  std::string host = "localhost";  // what clients of this process are told
  std::int32_t port = 0;
  bool auto_create_topics = false;      // of names that clients from elsewhere ask about: auto.create.topics.enable
  std::int32_t default_partitions = 1;  // of those, and of topics that leave it to the broker: num.partitions
  Flush flush = Flush::at_intervals;    // of topics that do not say (`durability`)
  Millis sync_interval{1'000};          // at_intervals; and of the segments behind the journal (before_answer)
  Millis checkpoint_interval{5'000};
  Millis retention_interval{60'000};
  Millis transaction_interval{1'000};  // how often time-outs are looked at
  Millis refresh_interval{100};
  // Kafka makes 50, to spread them over brokers. One node has nothing to spread, and each partition is a directory, a
  // file and a sync: a few keep threads out of each other's way. Fixed when the topics are made.
  std::int32_t coordinator_partitions = 4;
  GroupLimits groups{};
  FetchSessions::Limits fetch_sessions{};
  Millis producer_expiration{86'400'000};  // producer.id.expiration.ms
  Millis expiration_interval{600'000};     // offsets.retention.check.interval.ms
  // Producers and members of groups live in this process: what the last one left open is aborted at once, not when it
  // times out, and whoever was a member is none.
  bool producers_are_local = false;
  std::size_t segment_bytes = kSegmentBytes;
  std::size_t journal_file_bytes = 8 * 1024 * 1024;  // of each of the files of the journal (before_answer)
  std::string boot_id;                               // of the running kernel
  std::uint64_t seed = 0;                            // of ids
  // For work that blocks; null: whoever has it to do waits for it. It ends before the broker does.
  WorkPool* pool = nullptr;
};

class Broker {
 public:
  // locked, not_found (read_only), io_error, corrupt_data.
  static Result<std::unique_ptr<Broker>> open(FileSystem& files, const std::string& path, Clock& clock,
                                              BrokerOptions options);
  ~Broker();  // closes, if close was not called

  Topics& topics() { return *topics_; }
  const Topics& topics() const { return *topics_; }
  Coordinators& coordinators() { return *coordinators_; }
  FetchSessions& fetch_sessions() { return fetch_sessions_; }
  Timers& timers() { return timers_; }
  Clock& clock() { return clock_; }
  const BrokerOptions& options() const { return options_; }
  const std::string& path() const { return path_; }  // of the log's directory
  // What opening found or did that no partition's finding says; for whoever runs the log.
  const std::vector<std::string>& notes() const { return notes_; }

  // Does what is due and says when (monotonic) something will be again; `timers().on_earlier` tells of changes. What
  // may wait for the disk is only begun, if there is a pool.
  std::int64_t run_due();

  // For a reader beside the writer: sees what was written until now.
  void refresh_if_read_only();

  // Ends cleanly: the next open reads little.
  Result<> close();

 private:
  Broker(Clock& clock, std::string path, BrokerOptions options)
      : clock_(clock),
        path_(std::move(path)),
        options_(std::move(options)),
        fetch_sessions_(options_.fetch_sessions, options_.seed),
        jobs_(options_.pool) {}

  // What waits without blocking, from time to time.
  using Upkeep = Task<Result<>> (*)(Coordinators&, Executor&);

  void sync_at_interval();
  // So that a power cut from here on leaves all of them, and all they speak of.
  std::vector<Result<>> sync_with_cut(const std::vector<Wish>& wishes);
  // On the jobs' thread; the next time so long after it is done.
  void every(Millis interval, std::function<void()> job);
  void every(Millis interval, Upkeep upkeep);
  void every_time(std::size_t which, Millis interval, Upkeep upkeep);
  Task<Result<>> keep_up(std::size_t which, Millis interval, Upkeep upkeep, Executor& executor);
  void start_jobs();
  Producers producers_that_are_left() const;

  Clock& clock_;
  const std::string path_;
  const BrokerOptions options_;
  FetchSessions fetch_sessions_;
  Timers timers_;
  Jobs jobs_;
  JobsExecutor jobs_executor_{jobs_};
  std::unique_ptr<storage::LogDirectory> directory_;
  std::unique_ptr<Topics> topics_;
  std::unique_ptr<Coordinators> coordinators_;
  std::vector<std::optional<Task<Result<>>>> upkeep_;  // what is under way; on the jobs' thread
  std::vector<std::string> notes_;
  bool is_closed_ = false;
};

}  // namespace weir::log::broker
