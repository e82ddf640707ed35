// EmbeddedTransport: the seam within one process: a request is handed to the broker's handler as it is. Nothing is
// encoded; batches are shared bytes.
//
// Thread-safe. The last reference closes the log: its work ends, then the broker, cleanly. What waits for the disk
// waits on the pool: syncs, of which those that come together share one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/runner.h"
#include "log/base/work_pool.h"
#include "log/broker/broker.h"
#include "log/broker/compaction_job.h"
#include "log/embedded/housekeeper.h"
#include "log/embedded/listening_note.h"
#include "log/wire/transport.h"

namespace weir::log::embedded {

class EmbeddedTransport final : public Transport {
 public:
  // What lets others reach the broker too.
  class Front {
   public:
    virtual ~Front() = default;
    virtual std::vector<std::string> endpoints() const = 0;  // where they come
  };

  // `pool` is the one that the broker was opened with, if it was.
  explicit EmbeddedTransport(std::unique_ptr<broker::Broker> broker, std::unique_ptr<WorkPool> pool = nullptr,
                             broker::CompactionJob::Options compaction = {})
      : runner_(std::make_shared<Runner>(broker->clock(), "weir-log")),
        broker_(std::move(broker)),
        compaction_(*broker_, compaction),
        pool_(std::move(pool)),
        housekeeper_(*broker_, *runner_) {}

  broker::Broker& broker() { return *broker_; }
  // What turns the broker's timers; it does a client's work too.
  const std::shared_ptr<Runner>& runner() const { return runner_; }
  // Has it the threads that it needs? Otherwise it is to be dropped. io_error.
  Result<> started() const { return housekeeper_.started(); }
  // It ends before the broker does. `note` says where it is.
  void set_front(std::unique_ptr<Front> front, std::unique_ptr<ListeningNote> note) {
    front_ = std::move(front);
    note_ = std::move(note);
  }
  const Front* front() const { return front_.get(); }  // null if nobody else comes

 protected:
  // unsupported_version: an API that the broker does not answer.
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor) override;

 private:
  std::shared_ptr<Runner> runner_;  // shared: with the clients' work; told of timers as long as there is a broker
  std::unique_ptr<broker::Broker> broker_;
  broker::CompactionJob compaction_;
  std::unique_ptr<WorkPool> pool_;
  Housekeeper housekeeper_;              // its end comes before the pool's
  std::unique_ptr<Front> front_;         // its end comes before theirs
  std::unique_ptr<ListeningNote> note_;  // its end comes first
};

}  // namespace weir::log::embedded
