// RunState: what a connector or a task is at, as Kafka Connect's REST and status topic say it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::connect {

enum class RunState : std::uint8_t {
  unassigned,  // no worker has it
  running,
  paused,      // keeps its place, and does nothing
  stopped,     // of connectors: it has no tasks; its offsets may be changed
  failed,      // ended by an error; nothing happens until it is restarted
  restarting,  // ended by an error, or told to; begins again after a pause
  ended,       // of tasks whose input is complete: all is done
};

std::string_view name_of(RunState state);                        // "RUNNING"
std::optional<RunState> run_state_named(std::string_view name);  // nullopt: there is none

}  // namespace weir::connect
