#include "connect/worker.h"

#include <atomic>
#include <thread>

#include "connect/drive.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

// What the threads of one worker share.
struct Shared {
  const log::Client& client;
  Input input;
  std::stop_token stop;
  std::atomic<std::size_t> running_sources;
  std::atomic<bool> no_more_comes;  // the input is complete, and no source is running
};

void run(SourceConnector& connector, Shared& shared, ConnectorOutcome& outcome) {
  SourceRunner runner(shared.client, std::move(connector.source), std::move(connector.options), shared.input);
  outcome.result = drive(runner, shared.input, shared.stop);
  outcome.records = runner.report().records;
  outcome.skipped = runner.report().skipped;
  const bool was_last = --shared.running_sources == 0;
  if (was_last && shared.input == Input::is_complete) shared.no_more_comes = true;
}

void run(SinkConnector& connector, Shared& shared, ConnectorOutcome& outcome) {
  SinkRunner runner(shared.client, std::move(connector.sink), std::move(connector.options));
  outcome.result = drive(runner, shared.no_more_comes, shared.stop);
  outcome.records = runner.report().records;
  outcome.skipped = runner.report().skipped;
}

void run_and_report(Connector& connector, Shared& shared, ConnectorOutcome& outcome) {
  std::visit([&](auto& either) { run(either, shared, outcome); }, connector);
  if (!outcome.result) {
    log_line::error("connector {} failed: {}", outcome.name, outcome.result.error().to_string());
  } else {
    log_line::info("connector {} ended: {} records, {} skipped", outcome.name, outcome.records, outcome.skipped);
  }
}

std::size_t count_sources(const std::vector<Connector>& connectors) {
  std::size_t count = 0;
  for (const auto& connector : connectors) count += std::holds_alternative<SourceConnector>(connector) ? 1 : 0;
  return count;
}

}  // namespace

std::vector<ConnectorOutcome> run_connectors(const log::Client& client, std::vector<Connector> connectors, Input input,
                                             std::stop_token stop) {
  const std::size_t sources = count_sources(connectors);
  Shared shared{client, input, std::move(stop), sources, sources == 0 && input == Input::is_complete};
  std::vector<ConnectorOutcome> outcomes;
  for (const auto& connector : connectors) outcomes.push_back({name_of(connector), {}, 0, 0});
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < connectors.size(); ++i) {
      threads.emplace_back([&, i] { run_and_report(connectors[i], shared, outcomes[i]); });
    }
  }
  return outcomes;
}

}  // namespace weir::connect
