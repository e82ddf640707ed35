// TaskSet: the tasks of a worker: which of them take part, which have something to do, and what they hold of memory
// together. A turn costs what is done in it, however many tasks have nothing to do: whoever does something with a task
// has it looked at afterwards, and what was seen stands until then.
//
// A task comes when it is opened (restoring), takes part from when its stores are restored (running), and goes after a
// last commit. One owner thread, its worker's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "log/client/consumer.h"
#include "streams/runtime/end_tracker.h"
#include "streams/runtime/task.h"

namespace weir::streams {

class TaskSet {
 public:
  struct Input {
    RecordQueue* queue;
    std::size_t assignment_index;
    bool is_paused = false;
    bool is_awaited = false;  // a stage above may give it more; as of the last fetch
  };
  struct Member {
    std::unique_ptr<Task> task;
    std::vector<Input> inputs;
    TaskUsage usage;  // as of the last look, as the following
    bool has_input = false;
    bool has_progress = false;
    bool has_deadline = false;
    bool is_at_end = false;  // of a bounded run
  };

  // `consumer` reads the inputs; it outlives this.
  explicit TaskSet(log::Consumer& consumer) : consumer_(consumer) {}

  // --- coming and going
  Member& add(std::unique_ptr<Task> task);
  // Has the inputs of all read, and holds those back whose tasks do not run yet. What is read already goes on where it
  // is.
  Result<> assign();
  void run(Member& member);
  // These go, the others stay as they are; `assign` is to follow.
  void remove(const std::vector<TaskId>& tasks);
  void clear();

  bool is_empty() const { return all_.empty(); }
  const std::vector<std::unique_ptr<Member>>& all() const { return all_; }
  const std::vector<Member*>& running() const { return running_; }
  std::vector<Task*> running_tasks() const;
  std::vector<TaskId> ids() const;

  // --- input
  void take(log::FetchedBatch batch);
  // Inputs that hold at least `most` are not fetched from until they hold half of it. True: some are fetched from.
  bool pause_and_resume(std::size_t most);
  // An input without records is at its end if the answer to the last fetch said so (KIP-695), and if `ends`, those of a
  // bounded run, else null, do not say that more is to be waited for.
  Result<> find_known_ends(const EndTracker* ends);
  std::size_t inputs() const { return inputs_.size(); }

  // --- what they did. After anything was done with one:
  void look_at(Member& member);
  // Those of which nothing is to be done any more are passed over from here on.
  void settle();
  // May hold some more, until `settle`.
  const std::vector<Member*>& with_input() const { return with_input_; }
  const std::vector<Member*>& with_deadline() const { return with_deadline_; }
  const std::vector<Member*>& with_progress() const { return with_progress_; }
  // There is something to be done at once.
  bool has_work() const;
  std::vector<Task*> tasks_with_progress();
  const TaskUsage& usage() const { return usage_; }

 private:
  void include(std::vector<Member*>& list, bool& is_in, Member& member, bool belongs);

  log::Consumer& consumer_;
  std::vector<std::unique_ptr<Member>> all_;  // they do not move
  std::vector<Member*> running_;
  std::vector<std::pair<Member*, std::size_t>> inputs_;  // by assignment index: whose, and which of its inputs
  std::size_t running_inputs_ = 0;
  std::vector<Input*> paused_;
  std::vector<Member*> with_input_;
  std::vector<Member*> with_deadline_;
  std::vector<Member*> with_progress_;
  TaskUsage usage_;  // of those that run
};

}  // namespace weir::streams
