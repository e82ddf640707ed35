// card_fraud: a million card transactions (by default), some of them by thieves; who is caught?
//
//   card_fraud [--data DIR | --bootstrap SERVERS --state DIR] [--output FILE] [--transactions N] [--seed S]
//   [--partitions N] [--threads N] [--prove]
//
// The transactions are simulated; the same seed gives the same report. Alerts go to the topic "alerts" and to the file.
// With --prove it runs twice, in processes of their own: once to the end, and once killed in the middle and started
// again; and it holds what came out of the one to what came out of the other.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/card_fraud/child.h"
#include "examples/card_fraud/report.h"
#include "examples/card_fraud/sources.h"
#include "examples/card_fraud/topology.h"

namespace {

namespace connect = weir::connect;

struct Arguments {
  std::string data = "weir-demo/data", bootstrap, state, output = "weir-demo/alerts.jsonl";
  std::int64_t transactions = 1'000'000;
  std::uint64_t seed = 1;
  std::int32_t partitions = 1;
  int threads = 1;
  bool prove = false;
  std::uint64_t kill_after = 0;  // records; 0: never
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Calls `use` every so often, until it is destroyed.
class Every {
 public:
  template <class Use>
  Every(std::chrono::milliseconds interval, Use use) {
    thread_ = std::jthread([interval, use](std::stop_token stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any stopped;
      while (!stopped.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) use();
    });
  }

 private:
  std::jthread thread_;
};

// Runs the application to its end and shows how far it is, twice a second.
weir::Result<> run_shown(weir::streams::App& app, std::int64_t expected, std::uint64_t kill_after) {
  const auto begin = Clock::now();
  Every shown(std::chrono::milliseconds(500), [&] {
    auto done = static_cast<double>(app.statistics().processed);
    std::printf("  processed %10.0f of about %lld records, %9.0f a second\n", done, static_cast<long long>(expected),
                done / seconds_since(begin));
    std::fflush(stdout);
  });
  Every watched(std::chrono::milliseconds(1), [&] {
    if (kill_after > 0 && app.statistics().processed >= kill_after) std::raise(SIGKILL);
  });
  return app.run_to_end();
}

weir::Result<> run(const Arguments& arguments) {
  const bool is_elsewhere = !arguments.bootstrap.empty();
  const std::string& place = is_elsewhere ? arguments.bootstrap : arguments.data;
  const std::string option = is_elsewhere ? " --bootstrap " : " --data ";
  WEIR_TRY_VAR(log, is_elsewhere ? weir::log::connect(place) : weir::log::open(place));
  WEIR_TRY(ensure_topic(*log.admin(), {"alerts", arguments.partitions, {}}));
  card_fraud::Simulation simulation(arguments.seed, arguments.transactions);

  std::printf("simulating %lld transactions into %s\n", static_cast<long long>(arguments.transactions), place.c_str());
  WEIR_TRY(connect::run_source_until_end(
      log, profile_source(simulation),
      {.name = "card-profiles", .topic = "profiles", .partitions = arguments.partitions}));
  WEIR_TRY(connect::run_source_until_end(
      log, transaction_source(simulation),
      {.name = "card-transactions", .topic = "transactions", .partitions = arguments.partitions}));

  std::printf("looking for theft\n");
  weir::streams::App app(card_fraud::topology(), log,
                         {.application_id = "card-fraud",
                          .threads = arguments.threads,
                          .state_directory = is_elsewhere ? arguments.state : std::string()});
  const auto begin = Clock::now();
  WEIR_TRY(run_shown(app, arguments.transactions + static_cast<std::int64_t>(simulation.profiles().size()),
                     arguments.kill_after));
  const double took = seconds_since(begin);

  const connect::FileSinkOptions file{.path = arguments.output, .lines = {.envelope = connect::Envelope::value}};
  WEIR_TRY(connect::run_sink_until_end(
      log, connect::file_sink(file), {.name = "alerts-file", .topics = {"alerts"}, .value = connect::Encoding::json}));

  WEIR_TRY_VAR(report, card_fraud::judge_alerts(log, "alerts", simulation));
  std::printf(
      "\nwhat was found, an example of each:\n\n%s\n%s\n%.0f records in %.1f s, exactly once: %.0f a second\n\n",
      report.time_lines().c_str(), report.to_string().c_str(), static_cast<double>(app.statistics().processed), took,
      static_cast<double>(app.statistics().processed) / took);
  std::printf("alerts:  %s\nthe log: %s; look at it with\n", arguments.output.c_str(), place.c_str());
  const std::string weir = card_fraud::path_of_weir(), at = option + place;
  std::printf("  %s topic list%s\n  %s topic consume alerts%s --until-end\n", weir.c_str(), at.c_str(), weir.c_str(),
              at.c_str());
  return {};
}

// --- the proof: that a run which was killed gives what one that was not gives ---

std::vector<std::string> as_words(const Arguments& arguments) {
  return {"--data",         arguments.data,
          "--output",       arguments.output,
          "--transactions", std::to_string(arguments.transactions),
          "--seed",         std::to_string(arguments.seed),
          "--partitions",   std::to_string(arguments.partitions),
          "--threads",      std::to_string(arguments.threads),
          "--kill-after",   std::to_string(arguments.kill_after)};
}

weir::Result<> expect(const card_fraud::Outcome& outcome, bool is_as_expected, const char* what) {
  if (is_as_expected) return {};
  return weir::fail(weir::ErrorCode::wrong_state, std::string(what) + ": " + outcome.to_string());
}

// The lines of the file of alerts, in an order that does not depend on which partition was written first.
weir::Result<std::vector<std::string>> alerts_in(const std::string& path) {
  WEIR_TRY_VAR(text, weir::read_file(weir::posix_files(), path));
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

weir::Result<card_fraud::Report> report_of(const Arguments& arguments) {
  WEIR_TRY_VAR(log, weir::log::open(arguments.data, {.access = weir::log::Access::read_only}));
  return card_fraud::judge_alerts(log, "alerts", card_fraud::Simulation(arguments.seed, arguments.transactions));
}

weir::Result<> prove(const Arguments& arguments) {
  Arguments undisturbed = arguments;
  undisturbed.data += "-undisturbed";
  undisturbed.output += ".undisturbed";
  std::printf("--- first, a run that nothing happens to, in %s\n", undisturbed.data.c_str());
  std::fflush(stdout);
  WEIR_TRY_VAR(first, card_fraud::run_again(as_words(undisturbed)));
  WEIR_TRY(expect(first, first.is_well(), "the undisturbed run"));

  Arguments killed = arguments;
  killed.kill_after = static_cast<std::uint64_t>(arguments.transactions) / 2;
  std::printf("\n--- again, in %s; killed (kill -9) once half of the transactions are processed\n",
              killed.data.c_str());
  std::fflush(stdout);
  WEIR_TRY_VAR(second, card_fraud::run_again(as_words(killed)));
  WEIR_TRY(expect(second, second.signal == SIGKILL, "the run that was to be killed"));
  std::printf("\n--- %s; it is started once more, and goes on\n", second.to_string().c_str());
  std::fflush(stdout);
  WEIR_TRY_VAR(third, card_fraud::run_again(as_words(arguments)));
  WEIR_TRY(expect(third, third.is_well(), "the run after it"));

  WEIR_TRY_VAR(expected_alerts, alerts_in(undisturbed.output));
  WEIR_TRY_VAR(alerts, alerts_in(arguments.output));
  WEIR_TRY_VAR(expected, report_of(undisturbed));
  WEIR_TRY_VAR(report, report_of(arguments));
  if (alerts != expected_alerts || !(report == expected)) {
    return weir::fail(weir::ErrorCode::wrong_state, "the run that was killed has another outcome:\n" +
                                                        report.to_string() + "instead of\n" + expected.to_string());
  }
  std::printf(
      "\n--- exactly once: the run that was killed gave the same report, and the same %zu alerts, byte for byte\n",
      alerts.size());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (weir::streams::describe_if_asked(argc, argv, card_fraud::topology())) return 0;
  CLI::App command("Finds stolen cards among simulated transactions");
  Arguments arguments;
  auto* data =
      command.add_option("--data", arguments.data, "directory of the log and the state, default weir-demo/data");
  auto* servers = command.add_option("--bootstrap", arguments.bootstrap, "servers that have the log: HOST:PORT, ...");
  auto* state = command.add_option("--state", arguments.state, "with --bootstrap: what this process keeps beside it");
  servers->needs(state)->excludes(data);
  state->needs(servers);
  command.add_option("--output", arguments.output, "gets a JSON line for each alert, default weir-demo/alerts.jsonl");
  command.add_option("--transactions", arguments.transactions, "default 1000000")
      ->check(CLI::PositiveNumber)
      ->take_last();
  command.add_option("--seed", arguments.seed, "of the simulation, default 1");
  command.add_option("--partitions", arguments.partitions, "of each topic")->check(CLI::Range(1, 1024));
  command.add_option("--threads", arguments.threads, "that process")->check(CLI::Range(1, 1024));
  command.add_flag("--prove", arguments.prove, "run it undisturbed, and killed in the middle; compare what comes out")
      ->excludes(servers);
  command.add_option("--kill-after", arguments.kill_after, "kill -9 of itself once so many records are processed");
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return weir::exit_status_of([&] { return arguments.prove ? prove(arguments) : run(arguments); });
}
