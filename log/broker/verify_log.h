// verify_log: storage::verify, and then what the parts of a log say of each other: the metadata of the directories that
// should be there, groups of the partitions that they read.
#pragma once

#include "log/base/clock.h"
#include "log/base/executor.h"
#include "log/storage/verify.h"

namespace weir::log::broker {

class Topics;
class GroupService;

// As storage::verify. What only a repair can bring in order is among the problems; a repair changes partitions alone.
Result<storage::VerifyReport> verify_log(FileSystem& files, const std::string& path, Clock& clock,
                                         const storage::VerifyOptions& options);

// The offsets that groups committed behind the end of what they read: what they had read is lost. One line each.
std::vector<std::string> offsets_behind_ends(const Topics& topics, GroupService& groups);

// After a power cut: sets such offsets, and those whose records another epoch has written since, to where the
// partition, or their epoch, ends; those that were committed without an epoch stay. One line for each.
Task<std::vector<std::string>> move_offsets_to_ends(const Topics& topics, GroupService& groups, Executor& executor);

}  // namespace weir::log::broker
