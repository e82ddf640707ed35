#include "connect/runtime/run_state.h"

#include <utility>

namespace weir::connect {

namespace {

constexpr std::pair<RunState, std::string_view> kRunStates[] = {
    {RunState::unassigned, "UNASSIGNED"}, {RunState::running, "RUNNING"}, {RunState::paused, "PAUSED"},
    {RunState::stopped, "STOPPED"},       {RunState::failed, "FAILED"},   {RunState::restarting, "RESTARTING"},
    {RunState::ended, "ENDED"},
};

}  // namespace

std::string_view name_of(RunState state) {
  for (const auto& [known, name] : kRunStates) {
    if (known == state) return name;
  }
  return {};
}

std::optional<RunState> run_state_named(std::string_view name) {
  for (const auto& [state, known] : kRunStates) {
    if (known == name) return state;
  }
  return std::nullopt;
}

}  // namespace weir::connect
