// Coordinators: what this node coordinates: every group, its offsets, and every transaction, as the one node of its
// log.
//
// After a crash `load` finishes what was decided before anybody sees the log: transactions that were prepared get their
// markers, and a transaction that stands open in a partition though no coordinator knows of it (its beginning was lost
// in a power cut) is aborted there, so that it does not hold back readers for ever.
//
// Thread-safe, but for load.
#pragma once

#include "log/broker/group_memberships.h"
#include "log/broker/group_offsets.h"
#include "log/broker/markers.h"
#include "log/broker/transactions.h"

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
    WorkPool* pool = nullptr;
  };

  Coordinators(Topics& topics, Clock& clock, Timers& timers, Options options)
      : topics_(topics),
        clock_(clock),
        limits_(options.groups),
        groups_(topics, kOffsetsTopic, options.partitions, Groups(limits_)),
        memberships_(groups_, clock, timers, options.seed, options.pool),
        offsets_(groups_, clock),
        markers_(topics, offsets_, clock),
        transactions_(topics, markers_, clock, options.partitions) {}

  // Reads the coordinators' topics, or what came to them since. Ids whose partition cannot be read are answered with
  // storage_error.
  void load();
  // Partitions of their topics that serve nobody, and why.
  std::vector<Error> faults();
  // Once, behind load, where this process may write. What cannot be written now is tried again by run_due. Unless
  // producers are alive, what they left open is aborted; if they are in doubt, each transactional id begins anew with
  // another producer id.
  void finish(Producers producers);
  // Time-outs, and what could not be done at once.
  void run_due() { transactions_.run_due(); }

  GroupMemberships& memberships() { return memberships_; }
  GroupOffsets& offsets() { return offsets_; }
  Markers& markers() { return markers_; }
  Transactions& transactions() { return transactions_; }

 private:
  void abort_unknown(Partition& partition);

  Topics& topics_;
  Clock& clock_;
  const GroupLimits limits_;
  GroupShards groups_;
  GroupMemberships memberships_;
  GroupOffsets offsets_;
  Markers markers_;
  Transactions transactions_;
};

}  // namespace weir::log::broker
