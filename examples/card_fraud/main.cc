// card_fraud: a million card transactions, some of them by thieves; who is caught?
//
//   card_fraud --data DIR --output FILE [--transactions N] [--seed S] [--partitions N] [--threads N]
//
// The transactions are simulated; the same seed gives the same report. Alerts go to the topic "alerts" and to the file.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/card_fraud/report.h"
#include "examples/card_fraud/sources.h"
#include "examples/card_fraud/topology.h"

namespace {

namespace connect = weir::connect;

struct Arguments {
  std::string data, output;
  std::int64_t transactions = 1'000'000;
  std::uint64_t seed = 1;
  std::int32_t partitions = 1;
  int threads = 1;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Runs the application to its end and shows how far it is, twice a second.
weir::Result<> run_shown(weir::streams::App& app, std::int64_t expected) {
  std::jthread shown([&](std::stop_token stop) {
    const auto begin = Clock::now();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    while (!stopped.wait_for(lock, stop, std::chrono::milliseconds(500), [&] { return stop.stop_requested(); })) {
      auto done = static_cast<double>(app.statistics().processed);
      std::printf("  processed %10.0f of about %lld records, %9.0f a second\n", done, static_cast<long long>(expected),
                  done / seconds_since(begin));
      std::fflush(stdout);
    }
  });
  return app.run_to_end();
}

weir::Result<> run(const Arguments& arguments) {
  WEIR_TRY_VAR(log, weir::log::open(arguments.data));
  WEIR_TRY(ensure_topic(*log.admin(), {"alerts", arguments.partitions, {}}));
  card_fraud::Simulation simulation(arguments.seed, arguments.transactions);

  std::printf("simulating %lld transactions into %s\n", static_cast<long long>(arguments.transactions),
              arguments.data.c_str());
  WEIR_TRY(connect::run_source_until_end(
      log, profile_source(simulation),
      {.name = "card-profiles", .topic = "profiles", .partitions = arguments.partitions}));
  WEIR_TRY(connect::run_source_until_end(
      log, transaction_source(simulation),
      {.name = "card-transactions", .topic = "transactions", .partitions = arguments.partitions}));

  std::printf("looking for theft\n");
  weir::streams::App app(card_fraud::topology(), log, {.application_id = "card-fraud", .threads = arguments.threads});
  const auto begin = Clock::now();
  WEIR_TRY(run_shown(app, arguments.transactions + static_cast<std::int64_t>(simulation.profiles().size())));
  const double took = seconds_since(begin);

  connect::FileSinkOptions file{
      .path = arguments.output, .envelope = connect::Envelope::value, .value = connect::Converter::json};
  WEIR_TRY(connect::run_sink_until_end(log, connect::file_sink(file), {.name = "alerts-file", .topics = {"alerts"}}));

  WEIR_TRY_VAR(report, card_fraud::judge_alerts(log, "alerts", simulation));
  std::printf("\n%s\n%.0f records in %.1f s, exactly once: %.0f a second\n\n", report.to_string().c_str(),
              static_cast<double>(app.statistics().processed), took,
              static_cast<double>(app.statistics().processed) / took);
  std::printf("alerts:  %s\nthe log: %s; look at it with\n", arguments.output.c_str(), arguments.data.c_str());
  std::printf("  weir topic list --data %s\n  weir topic consume alerts --data %s --until-end\n",
              arguments.data.c_str(), arguments.data.c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (weir::streams::describe_if_asked(argc, argv, card_fraud::topology())) return 0;
  CLI::App command("Finds stolen cards among simulated transactions");
  Arguments arguments;
  command.add_option("--data", arguments.data, "directory of the log and the state")->required();
  command.add_option("--output", arguments.output, "gets a JSON line for each alert")->required();
  command.add_option("--transactions", arguments.transactions, "default 1000000")->check(CLI::PositiveNumber);
  command.add_option("--seed", arguments.seed, "of the simulation, default 1");
  command.add_option("--partitions", arguments.partitions, "of each topic")->check(CLI::Range(1, 1024));
  command.add_option("--threads", arguments.threads, "that process")->check(CLI::Range(1, 1024));
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  if (auto done = run(arguments); !done) {
    std::cerr << "card_fraud: " << done.error().to_string() << '\n';
    return 1;
  }
}
