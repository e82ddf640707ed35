// ssh_guard: from an OpenSSH log to reports of addresses with too many failed passwords, exactly once.
//
//   ssh_guard --input AUTHLOG --data DIR --output FILE [--year Y] [--threshold 5] [--window-s 60]
//
// Or with --bootstrap SERVERS --state DIR, where others share the work (--shares-only, with the same --year,
// --threshold and --window-s).
//
// Writes {"ip":..,"window_start":MS,"window_end":MS,"failures":N} at every update where N reaches or passes the
// threshold. With --patterns, {"ip":..,"pattern":"burst" or "break_in","first_ms":MS,"last_ms":MS,"failures":N} for
// each time that the threshold is reached within the window, and for each login behind so many failures.
#include <chrono>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/ssh_guard/patterns.h"
#include "examples/ssh_guard/topology.h"
#include "examples/where.h"

namespace {

struct Arguments {
  Where where;
  std::string input, output;
  std::int32_t partitions = 1;
  std::int64_t window_s = 60;
  int year = 0;
  bool looks_for_patterns = false;
  ssh_guard::Settings settings;
};

// The file's last change, in UTC; its log was begun in that year, as far as anybody can tell.
weir::Result<int> year_of(const std::string& path) {
  std::error_code error;
  auto changed = std::filesystem::last_write_time(path, error);
  if (error) return weir::fail(weir::ErrorCode::io_error, path + ": " + error.message());
  auto day = std::chrono::floor<std::chrono::days>(std::chrono::file_clock::to_sys(changed));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

weir::Result<> run(Arguments arguments) {
  namespace connect = weir::connect;
  const Where& where = arguments.where;
  if (arguments.year == 0) {
    WEIR_TRY_VAR(year, year_of(arguments.input));
    arguments.year = year;
  }
  arguments.settings.year = arguments.year;
  arguments.settings.window = std::chrono::seconds(arguments.window_s);
  WEIR_TRY_VAR(log, where.open());
  for (const char* topic : {"auth-lines", "attempts"}) {
    WEIR_TRY(ensure_topic(*log.admin(), {topic, topic == std::string("attempts") ? arguments.partitions : 1, {}}));
  }
  const std::string found = arguments.looks_for_patterns ? "alerts" : "reports";
  WEIR_TRY(ensure_topic(*log.admin(), {found, arguments.partitions, {}}));

  if (!where.only_shares) {
    connect::FileSourceOptions lines{.path = arguments.input, .timestamps = connect::Timestamps::zero};
    WEIR_TRY(
        connect::run_source_until_end(log, connect::file_source(lines), {.name = "auth-log", .topic = "auth-lines"}));
  }

  const auto topology = arguments.looks_for_patterns ? ssh_guard::pattern_topology(arguments.settings)
                                                     : ssh_guard::topology(arguments.settings);
  weir::streams::App app(topology, log, where.with_state({.application_id = "ssh-guard"}));
  WEIR_TRY(where.run(app));
  if (where.only_shares) return {};

  const connect::FileSinkOptions reports{.path = arguments.output, .lines = {.envelope = connect::Envelope::value}};
  WEIR_TRY(connect::run_sink_until_end(log, connect::file_sink(reports),
                                       {.name = "reports-file", .topics = {found}, .value = connect::Encoding::json}));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (weir::streams::describe_if_asked(argc, argv, ssh_guard::topology({}))) return 0;
  CLI::App command("Reports addresses with too many failed passwords");
  Arguments arguments;
  auto* input = command.add_option("--input", arguments.input, "an OpenSSH log; its times are UTC");
  auto* output = command.add_option("--output", arguments.output, "gets a JSON line for each report");
  arguments.where.add_options(command);
  auto* year =
      command.add_option("--year", arguments.year, "of the first line; default: that of the file's last change")
          ->check(CLI::Range(1970, 9999));
  arguments.where.add_shares_only(command, {input, output}, {year});
  command.add_option("--threshold", arguments.settings.threshold, "failures in a window, default 5")
      ->check(CLI::PositiveNumber);
  command.add_option("--window-s", arguments.window_s, "length of a window in seconds, default 60")
      ->check(CLI::Range(1, 366 * 24 * 3600));
  command.add_flag("--patterns", arguments.looks_for_patterns, "look for patterns instead of counting in windows");
  command.add_option("--partitions", arguments.partitions, "of the topics by address")->check(CLI::Range(1, 1024));
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return weir::exit_status_of([&] { return run(std::move(arguments)); });
}
