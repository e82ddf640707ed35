// Restorer: brings stores to what their changelogs say, several at once, as steps between which tasks that are ready
// run. What it has read and is too much for memory is written down and let go.
//
// One owner thread, its worker's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "streams/runtime/changelog_reader.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/restoration.h"

namespace weir::streams {

class Restorer {
 public:
  // `consumer` reads committed records and belongs to no group. `plan` and `clock` outlive this.
  Restorer(std::unique_ptr<log::Consumer> consumer, const Plan& plan, Clock& clock, const MemoryShares& shares)
      : reader_(std::move(consumer), clock, ChangelogReader::AtEnd::stops, "restoring stores"),
        plan_(plan),
        clock_(clock),
        shares_(shares) {}

  // A store that is to be restored; `committed` of one that has no changelog but its source's topic. Before `begin`.
  // Errors name the store.
  Result<> add(Task& task, Task::Store& store, std::optional<log::Offset> committed);
  // Begins to read what was added; what is on its way goes on.
  Result<> begin(std::size_t most_bytes);
  // Reads on; waits at most `patience` for something to come. All that is being restored keeps to `most_bytes`. True:
  // something came. Errors are those of ChangelogReader, and corrupt_data, io_error.
  Result<bool> step(Millis patience, std::size_t most_bytes);
  bool is_idle() const { return all_.empty(); }
  // Every store of the task is what its changelog says.
  bool is_restored(const Task& task) const;
  // What became of a restored task's stores; they are not this one's any more.
  std::vector<RestoreReport> take(const Task& task);

  std::size_t memory_bytes() const;
  // Of what is on its way, so that a later start goes on from there.
  Result<> write_down();
  // The stores of these tasks are given up, what is read of them is written down; the others go on.
  Result<> remove(const std::vector<TaskId>& tasks, std::size_t most_bytes);
  // What is on its way is given up.
  void clear();

 private:
  struct Entry {
    std::unique_ptr<Restoration> store;  // does not move: the reader knows it
    bool is_begun = false;
    bool is_done = false;
  };

  Result<> finish_done();
  Result<> keep_within(std::size_t most_bytes);

  ChangelogReader reader_;
  const Plan& plan_;
  Clock& clock_;
  const MemoryShares shares_;
  std::vector<Entry> all_;
};

}  // namespace weir::streams
