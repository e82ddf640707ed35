// machines: processors of one's own: stores, one of a kind of one's own, timers in the readings' time, a global store,
// settings, headers. The records are its own; it prints what becomes of them.
//
//   machines --data DIR | --bootstrap SERVERS --state DIR
#include <CLI/CLI.hpp>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/machines/topology.h"
#include "examples/records.h"
#include "examples/where.h"

namespace {

using records::show;
using records::write;
namespace ws = weir::streams;

constexpr std::int64_t kMinute = 60'000;

weir::Result<> run(const Where& where) {
  WEIR_TRY_VAR(log, where.open());
  WEIR_TRY((write<std::string, std::int64_t>(log, "limits", {{"press", 80, 0}, {"oven", 250, 0}})));
  WEIR_TRY((write<std::string, std::int64_t>(log, "readings",
                                             {{"press", 70, 1 * kMinute},
                                              {"oven", 240, 2 * kMinute},
                                              {"press", 79, 5 * kMinute},
                                              {"press", 82, 6 * kMinute},    // within the tolerance
                                              {"press", 90, 12 * kMinute},   // an alarm
                                              {"lathe", 400, 20 * kMinute},  // nobody said a limit
                                              {"oven", 239, 61 * kMinute},
                                              {"oven", 251, 121 * kMinute}})));  // the others were silent for an hour
  ws::App app(machines::topology(), log,
              where.with_state({.application_id = "machines",
                                .missing_topics = ws::MissingTopics::are_made,
                                .settings = machines::Settings{.tolerance = 5}}));
  WEIR_TRY(app.run_to_end());
  WEIR_TRY((show<std::string, std::string>(log, "alarms")));
  return show<std::string, std::int64_t>(log, "records");
}

}  // namespace

int main(int argc, char** argv) {
  if (ws::describe_if_asked(argc, argv, machines::topology())) return 0;
  CLI::App command("Machines that report: processors with stores and timers");
  Where where;
  where.add_options(command);
  CLI11_PARSE(command, argc, argv);
  return weir::exit_status_of([&] { return run(where); });
}
