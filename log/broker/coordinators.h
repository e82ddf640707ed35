// Coordinators: what this node coordinates: every group, its offsets, and every transaction, as the one node of its
// log.
//
// After a crash `load` finishes what was decided before anybody sees the log: transactions that were prepared get their
// markers, and a transaction that stands open in a partition though no coordinator knows of it (its beginning was lost
// in a power cut) is aborted there, so that it does not hold back readers for ever.
//
// Thread-safe, but for load.
#pragma once

#include "log/broker/groups/service.h"
#include "log/broker/local_leader.h"
#include "log/broker/markers.h"
#include "log/broker/transactions/service.h"

namespace weir::log::broker {

// What became of the producers that wrote before the log was opened. `gone`: they ended with the process that had it
// open. `in_doubt`: the power went, and with it perhaps what they, or this log, believe to be written: their ids and
// epochs are not to be relied on.
enum class Producers { alive, gone, in_doubt };

class Coordinators {
 public:
  struct Options {
    std::int32_t partitions = 4;  // of each of their topics
    GroupLimits groups{};
    std::uint64_t seed = 0;  // of members' ids
  };

  Coordinators(Topics& topics, Clock& clock, Timers& timers, Options options)
      : topics_(topics),
        groups_(topics, clock, timers, {options.partitions, options.groups, options.seed}),
        markers_(topics, groups_, clock),
        leaders_(markers_),
        transactions_(topics, leaders_, clock, options.partitions) {}

  // Reads the coordinators' topics, or what came to them since. Ids whose partition cannot be read are answered with
  // storage_error.
  void load();
  // Partitions of their topics that serve nobody, and why.
  std::vector<Error> faults();
  // Once, behind load, where this process may write. What cannot be written now is tried again by run_due. Unless
  // producers are alive, what they left open is aborted; if they are in doubt, each transactional id begins anew with
  // another producer id.
  Task<Result<>> finish(Producers producers, Executor& executor);

  GroupService& groups() { return groups_; }
  Markers& markers() { return markers_; }
  TxnService& transactions() { return transactions_; }

 private:
  Task<Result<>> abort_unknown(std::shared_ptr<Partition> partition, Executor& executor);

  Topics& topics_;
  GroupService groups_;
  Markers markers_;
  LocalLeader leaders_;
  TxnService transactions_;
};

}  // namespace weir::log::broker
