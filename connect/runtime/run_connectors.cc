#include "connect/runtime/run_connectors.h"

#include <atomic>
#include <memory>

#include "connect/runtime/drive.h"
#include "connect/runtime/worker.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// What the threads of all connectors share.
struct Shared {
  const log::Client& client;
  const ConnectorWorld& world;
  Input input;
  std::stop_token stop;
  Worker worker;
  std::atomic<std::size_t> running_sources;
  std::atomic<bool> no_more_comes;  // the input is complete, and no source is running
};

Result<> begin_source(const TaskConfig& first, Shared& shared) {
  WEIR_TRY_VAR(options, source_options(first, shared.world));
  return patiently(options.name, shared.client.clock(), shared.stop,
                   [&] { return begin_generation(shared.client, options, first.count); });
}

// Until all of them have ended, have failed, or are told to stop.
std::vector<TaskStatus> run_tasks(const std::vector<TaskConfig>& tasks, Shared& shared) {
  std::vector<TaskStatus> outcomes(tasks.size());
  std::vector<ConnectorTaskId> ids;
  for (const TaskConfig& task : tasks) {
    TaskPlan plan{.config = task, .restart = {.restarts = false}, .input = shared.input};
    plan.no_more_comes = &shared.no_more_comes;
    ids.push_back({task.config.connector_name(), task.index});
    auto started = shared.worker.start(std::move(plan));
    if (!started) outcomes[ids.size() - 1].result = std::move(started);
  }
  {
    const std::stop_callback stops(shared.stop, [&] {
      for (const auto& id : ids) shared.worker.stop(id);
    });
    shared.worker.wait_until_done(ids);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const TaskStatus status = shared.worker.status(ids[i]);
    if (status.state != RunState::unassigned) outcomes[i] = status;
    shared.worker.stop(ids[i]);
  }
  (void)shared.worker.wait_until_stopped(ids, Parker::kNever);
  return outcomes;
}

Result<> run_connector(const ConnectorConfig& config, Shared& shared, ConnectorOutcome& outcome) {
  WEIR_TRY_VAR(tasks, task_configs(config, shared.world));
  outcome.tasks = static_cast<std::int32_t>(tasks.size());
  if (is_source(config, shared.world)) WEIR_TRY(begin_source(tasks.front(), shared));
  Result<> result;
  const auto ended = run_tasks(tasks, shared);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    outcome.records += ended[i].records;
    outcome.skipped += ended[i].skipped;
    if (ended[i].result || !result) continue;
    const Error& error = ended[i].result.error();
    result = fail(tasks.size() == 1 ? error : error.at("task " + std::to_string(i)));
  }
  return result;
}

void report(const ConnectorConfig& config, Shared& shared, const ConnectorOutcome& outcome) {
  if (is_source(config, shared.world)) {
    const bool was_last = --shared.running_sources == 0;
    if (was_last && shared.input == Input::is_complete) shared.no_more_comes = true;
  }
  if (!outcome.result) {
    log_line::error("connector {} failed: {}", outcome.name, outcome.result.error().to_string());
  } else {
    log_line::info("connector {} ended: {} records, {} skipped", outcome.name, outcome.records, outcome.skipped);
  }
}

void run_and_report(const ConnectorConfig& config, Shared& shared, ConnectorOutcome& outcome) {
  outcome.result = run_connector(config, shared, outcome);
  report(config, shared, outcome);
}

std::size_t count_sources(const std::vector<ConnectorConfig>& connectors, const ConnectorWorld& world) {
  std::size_t count = 0;
  for (const auto& connector : connectors) count += is_source(connector, world) ? 1 : 0;
  return count;
}

}  // namespace

std::vector<ConnectorOutcome> run_connectors(const log::Client& client, const std::vector<ConnectorConfig>& connectors,
                                             Input input, std::stop_token stop, const ConnectorWorld& world) {
  const std::size_t sources = count_sources(connectors, world);
  Shared shared{
      client, world, input, std::move(stop), {client, world}, sources, sources == 0 && input == Input::is_complete};
  std::vector<ConnectorOutcome> outcomes;
  for (const auto& connector : connectors) outcomes.push_back({connector.connector_name(), 0, {}, 0, 0});
  {
    std::vector<std::unique_ptr<Thread>> threads;  // their ends are waited for
    for (std::size_t i = 0; i < connectors.size(); ++i) {
      auto started =
          client.clock().start_thread("weir-connector", [&, i] { run_and_report(connectors[i], shared, outcomes[i]); });
      if (started) {
        threads.push_back(*std::move(started));
      } else {
        outcomes[i].result = fail(started.error());
        report(connectors[i], shared, outcomes[i]);
      }
    }
  }
  return outcomes;
}

}  // namespace weir::connect
