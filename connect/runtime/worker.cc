#include "connect/runtime/worker.h"

#include <atomic>
#include <memory>

#include "connect/runtime/drive.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// What the threads of one worker share.
struct Shared {
  const log::Client& client;
  const ConnectorWorld& world;
  Input input;
  std::stop_token stop;
  std::atomic<std::size_t> running_sources;
  std::atomic<bool> no_more_comes;  // the input is complete, and no source is running
};

struct TaskOutcome {
  Result<> result;
  std::uint64_t records = 0;
  std::uint64_t skipped = 0;
};

template <class Report>
TaskOutcome outcome_of(Result<> result, const Report& report) {
  return {std::move(result), report.records, report.skipped};
}

TaskOutcome run_source(const TaskConfig& task, Shared& shared) {
  auto options = source_options(task, shared.world);
  auto source = make_source(task, shared.world);
  auto pipeline = make_pipeline(task, shared.world);
  if (!options || !source) return {fail(options ? source.error() : options.error())};
  if (!pipeline) return {fail(pipeline.error())};
  SourceRunner runner(shared.client, *std::move(source), *std::move(options), shared.input, *std::move(pipeline));
  auto driven = drive(runner, shared.input, shared.stop);
  return outcome_of(std::move(driven), runner.report());
}

TaskOutcome run_sink(const TaskConfig& task, Shared& shared) {
  auto options = sink_options(task, shared.world);
  auto sink = make_sink(task, shared.world);
  auto pipeline = make_pipeline(task, shared.world);
  if (!options || !sink) return {fail(options ? sink.error() : options.error())};
  if (!pipeline) return {fail(pipeline.error())};
  SinkRunner runner(shared.client, *std::move(sink), *std::move(options), *std::move(pipeline));
  auto driven = drive(runner, shared.no_more_comes, shared.stop);
  return outcome_of(std::move(driven), runner.report());
}

std::vector<TaskOutcome> run_tasks(const std::vector<TaskConfig>& tasks, Shared& shared,
                                   TaskOutcome (*run)(const TaskConfig&, Shared&)) {
  std::vector<TaskOutcome> outcomes(tasks.size());
  std::vector<std::unique_ptr<Thread>> threads;
  for (std::size_t i = 1; i < tasks.size(); ++i) {
    auto started = shared.client.clock().start_thread("weir-task", [&, i] { outcomes[i] = run(tasks[i], shared); });
    if (started) threads.push_back(*std::move(started));
    if (!started) outcomes[i] = {fail(started.error())};
  }
  outcomes[0] = run(tasks[0], shared);
  threads.clear();  // their ends are waited for
  return outcomes;
}

Result<> begin_source(const TaskConfig& first, Shared& shared) {
  WEIR_TRY_VAR(options, source_options(first, shared.world));
  return patiently(options.name, shared.client.clock(), shared.stop,
                   [&] { return begin_generation(shared.client, options, first.count); });
}

Result<> run_connector(const ConnectorConfig& config, Shared& shared, ConnectorOutcome& outcome) {
  WEIR_TRY_VAR(tasks, task_configs(config, shared.world));
  outcome.tasks = static_cast<std::int32_t>(tasks.size());
  const bool reads = is_source(config, shared.world);
  if (reads) WEIR_TRY(begin_source(tasks.front(), shared));
  Result<> result;
  auto ended = run_tasks(tasks, shared, reads ? run_source : run_sink);
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
  Shared shared{client, world, input, std::move(stop), sources, sources == 0 && input == Input::is_complete};
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
