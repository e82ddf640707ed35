// How partitions become durable: several together, and for callers that wait without blocking.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "log/base/task.h"
#include "log/base/work_pool.h"
#include "log/broker/partitions/partition.h"

namespace weir::log::broker {

WEIR_FLAG(AsOne);    // what belongs together: if records of one of them must be synced first, those of all are
WEIR_FLAG(WithCut);  // not before there is a consistent cut of the whole log that holds it (Topics::begin_cut)

struct Wish {
  std::shared_ptr<Partition> partition;  // shared: with Topics
  SyncIf sync_if = SyncIf::wanted;
  WithCut with_cut = WithCut::no;

  bool is_open() const { return with_cut == WithCut::yes || partition->wants_sync(sync_if); }
};
SyncIf sync_if(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one);

// Returns when everything that was appended to them before is as durable as is wished, in the cheapest way
// (storage/sync_choice.h); callers that come at the same time share syncs. An answer for each, in their order:
// storage_error stops that partition and no other. `journal` may be null. A partition may stand there twice. Blocks.
std::vector<Result<>> make_durable(const std::vector<Wish>& wishes, storage::Journal* journal);

// Syncer: does that for those who wait on their partitions (`committed`). What is asked for while it is at it shares
// the next syncs: group commit. Thread-safe.
class Syncer {
 public:
  // With an answer for each wish, in their order.
  using Done = std::function<void(const std::vector<Result<>>&)>;
  // Carries out wishes together with a cut; an answer for each. Blocks.
  using TakeCut = std::function<std::vector<Result<>>(const std::vector<Wish>&)>;

  // Without a pool whoever asks does it, and waits.
  Syncer(storage::Journal* journal, WorkPool* pool) : journal_(journal), pool_(pool) {}

  // Before anybody wishes for a cut.
  void take_cuts_by(TakeCut take) { take_cut_ = std::move(take); }

  // Whoever learns of something under a lock has work done by this, behind it. Before anybody asks for it.
  using Post = std::function<void(std::function<void()> work)>;
  void post_by(Post post) { post_ = std::move(post); }
  void post(std::function<void()> work) { post_(std::move(work)); }

  // `done` is called on the pool, under no lock; here, if there is nothing to be done or no pool.
  void ask(std::vector<Wish> wishes, Done done = {}) WEIR_EXCLUDES(mutex_);
  // The same for a coroutine.
  Task<std::vector<Result<>>> durable(std::vector<Wish> wishes, Executor& executor) WEIR_EXCLUDES(mutex_);

 private:
  struct Asked {
    std::vector<Wish> wishes;
    Done done;
  };

  void run() WEIR_EXCLUDES(mutex_);
  void carry_out(std::vector<Asked> asked);
  std::vector<Result<>> carry_out(const std::vector<Wish>& wishes);

  storage::Journal* journal_;
  WorkPool* pool_;
  TakeCut take_cut_;
  Post post_;
  Mutex mutex_;
  std::vector<Asked> waiting_ WEIR_GUARDED_BY(mutex_);
  bool is_running_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::log::broker
