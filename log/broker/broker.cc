#include "log/broker/broker.h"

#include <algorithm>

#include "log/base/descriptors.h"
#include "log/broker/retention.h"
#include "log/broker/verify_log.h"

namespace weir::log::broker {

Result<std::unique_ptr<Broker>> Broker::open(FileSystem& files, const std::string& path, Clock& clock,
                                             BrokerOptions options) {
  std::unique_ptr<Broker> broker(new Broker(clock, path, std::move(options)));
  const BrokerOptions& chosen = broker->options_;
  storage::LogDirectory::Options directory_options;
  directory_options.read_only = chosen.read_only;
  // What does not fit is opened anew at each use, which costs more than the append.
  directory_options.max_open_files = std::max(directory_options.max_open_files, descriptor_limit() / 4);
  directory_options.segment_bytes = chosen.segment_bytes;
  directory_options.boot_id = chosen.boot_id;
  directory_options.journal.file_bytes = chosen.journal_file_bytes;
  directory_options.journal.clock = &clock;
  directory_options.clock = &clock;
  WEIR_TRY_VAR(directory, storage::LogDirectory::open(files, path, directory_options));
  broker->directory_ = std::move(directory);

  Topics::Options topics_options;
  topics_options.flush = chosen.flush;
  topics_options.seed = chosen.seed;
  topics_options.node_id = chosen.node_id;
  topics_options.pool = chosen.pool;
  WEIR_TRY_VAR(topics, Topics::open(*broker->directory_, clock, topics_options));
  broker->topics_ = std::move(topics);
  if (auto* journal = broker->directory_->journal()) {
    // Its place is used again once the segments are synced.
    journal->on_full_file([raw = broker.get()] {
      raw->timers_.at(raw->clock_.monotonic_ns(),
                      [raw] { raw->jobs_.post([raw] { raw->topics_->sync_all(Flush::left_to_system); }); });
    });
  }
  broker->coordinators_ =
      std::make_unique<Coordinators>(*broker->topics_, clock, broker->timers_,
                                     Coordinators::Options{chosen.coordinator_partitions, chosen.groups, chosen.seed});
  broker->topics_->syncer().post_by([raw = broker.get()](std::function<void()> work) {
    raw->timers_.at(raw->clock_.monotonic_ns(),
                    [raw, work = std::move(work)]() mutable { raw->jobs_.post(std::move(work)); });
  });
  broker->topics_->syncer().take_cuts_by(
      [raw = broker.get()](const std::vector<Wish>& wishes) { return raw->sync_with_cut(wishes); });
  broker->coordinators_->load();
  broker->start_jobs();
  for (const auto& note : broker->topics_->metadata_notes()) broker->notes_.push_back(note);
  return broker;
}

Broker::~Broker() {
  if (topics_) (void)close();
}

void Broker::start_jobs() {
  if (options_.read_only) {
    every(options_.refresh_interval, [this] { refresh_if_read_only(); });
    return;
  }
  // What recovery found may be in the page cache only: nothing is built on it before it is safe.
  topics_->sync_all(Flush::before_answer);
  Loop opening(clock_);
  (void)opening.run(coordinators_->finish(producers_that_are_left(), opening));
  if (directory_->lost_power()) {
    // What is lost with the power is lost; who read it goes on where the log ends now.
    notes_ = opening.run(move_offsets_to_ends(*topics_, coordinators_->groups(), opening));
  } else {
    notes_ = offsets_behind_ends(*topics_, coordinators_->groups());
  }
  // There is a moment to be taken back to before anything is written; where there is one already what the last run did
  // not sync follows at once, and nobody waits for it: 10,000 partitions take seconds.
  if (directory_->had_cut_of_this_boot()) {
    timers_.at(clock_.monotonic_ns(), [this] { jobs_.post([this] { sync_at_interval(); }); });
  } else {
    sync_at_interval();
  }
  every(options_.sync_interval, [this] { sync_at_interval(); });
  // A checkpoint or a deletion that fails is tried again the next time; nothing depends on its success.
  every(options_.checkpoint_interval, [this] { (void)topics_->checkpoint(); });
  every(options_.retention_interval, [this] { (void)apply_retention(*topics_, clock_.wall_ms()); });
  every(options_.transaction_interval,
        [](Coordinators& all, Executor& executor) { return all.transactions().run_due(executor); });
  every(options_.expiration_interval,
        [](Coordinators& all, Executor& executor) { return all.groups().expire(executor); });
  every(options_.expiration_interval, [this] { topics_->expire_producers(options_.producer_expiration); });
}

// What cannot be synced or written now is tried again the next time; until then the moment before stands.
void Broker::sync_at_interval() {
  if (!topics_->has_cuts()) return topics_->sync_all(Flush::at_intervals);
  auto cut = coordinators_->markers().while_none_ends([this] { return topics_->begin_cut(); });
  topics_->sync_all(Flush::at_intervals);
  (void)topics_->keep_cut(std::move(cut));
}

std::vector<Result<>> Broker::sync_with_cut(const std::vector<Wish>& wishes) {
  auto cut = coordinators_->markers().while_none_ends([this] { return topics_->begin_cut(); });
  std::vector<Wish> all = wishes;
  for (auto& partition : topics_->partitions()) {
    if (partition->flush() == Flush::at_intervals) all.push_back({std::move(partition), SyncIf::unsynced});
  }
  auto outcomes = topics_->make_durable(all);
  outcomes.resize(wishes.size());
  const auto kept = topics_->keep_cut(std::move(cut));
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (wishes[i].with_cut == WithCut::yes && outcomes[i] && !kept) outcomes[i] = kept;
  }
  return outcomes;
}

Producers Broker::producers_that_are_left() const {
  if (directory_->lost_power()) return Producers::in_doubt;
  return options_.producers_are_local ? Producers::gone : Producers::alive;
}

void Broker::every(Millis interval, std::function<void()> job) {
  const std::int64_t next_ns = clock_.deadline_ns(interval);
  timers_.at(next_ns, [this, interval, job = std::move(job)] {
    jobs_.post([this, interval, job] {
      job();
      every(interval, job);
    });
  });
}

void Broker::every(Millis interval, Upkeep upkeep) {
  const std::size_t which = upkeep_.size();
  upkeep_.emplace_back();
  every_time(which, interval, upkeep);
}

void Broker::every_time(std::size_t which, Millis interval, Upkeep upkeep) {
  timers_.at(clock_.deadline_ns(interval), [this, which, interval, upkeep] {
    jobs_.post([this, which, interval, upkeep] {
      if (options_.pool == nullptr) {
        Loop here(clock_);
        (void)here.run(keep_up(which, interval, upkeep, here));
        return;
      }
      upkeep_[which] = keep_up(which, interval, upkeep, jobs_executor_);
      (void)upkeep_[which]->start();
    });
  });
}

Task<Result<>> Broker::keep_up(std::size_t which, Millis interval, Upkeep upkeep, Executor& executor) {
  (void)co_await upkeep(*coordinators_, executor);
  every_time(which, interval, upkeep);
  co_return Result<>{};
}

std::int64_t Broker::run_due() {
  return timers_.run_due(clock_.monotonic_ns()).value_or(Parker::kNever);
}

void Broker::refresh_if_read_only() {
  if (!options_.read_only) return;
  // What cannot be read just now, because it is being written or removed, is read the next time.
  (void)topics_->refresh();
  coordinators_->load();
}

Result<> Broker::close() {
  if (is_closed_) return {};
  is_closed_ = true;
  if (options_.read_only) return {};
  if (coordinators_) sync_at_interval();
  return topics_->close();
}

}  // namespace weir::log::broker
