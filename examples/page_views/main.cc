// page_views: what the visitors of a site do, in windows: tumbling, hopping, sliding and unlimited ones, sessions with
// a merger, results on update, on close and now and then. Its inputs are all topics whose names match a pattern, its
// outputs topics that a record's value names. The records are its own; it prints what becomes of them.
//
//   page_views --data DIR | --bootstrap SERVERS --state DIR
#include <CLI/CLI.hpp>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/page_views/topology.h"
#include "examples/records.h"
#include "examples/where.h"

namespace {

using namespace page_views;
using records::show;

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;

weir::Result<> write_inputs(const weir::log::Client& log) {
  auto view = [](std::string user, std::string page, std::int64_t at_ms, std::int64_t millis) {
    return records::Row<std::string, View>{"", {std::move(user), std::move(page), at_ms, millis}, 0};
  };
  WEIR_TRY((
      records::write<std::string, View>(log, "visits-web",
                                        {view("ann", "/tea", 1 * kSecond, 20), view("bob", "/tea", 4 * kSecond, 30),
                                         view("ann", "/pot/red", 2 * kMinute, 1'500),
                                         view("bob", "/tea", 9 * kSecond, 10),  // 111 s late, in time for nothing short
                                         view("ann", "", 3 * kMinute, 1), view("cat", "/", 3 * 60 * kMinute, 5)})));
  return records::write<std::string, View>(log, "visits-app",
                                           {view("ann", "/tea", 8 * kSecond, 40), view("ann", "/buy", 20 * kMinute, 90),
                                            view("bob", "/buy", 50 * kMinute, 80)});
}

weir::Result<> run(const Where& where) {
  WEIR_TRY_VAR(log, where.open());
  WEIR_TRY(write_inputs(log));
  for (const char* topic : {"words-t", "words-p", "words-r", "words-b"}) {
    WEIR_TRY(ensure_topic(*log.admin(), {topic, 1, {}}));
  }
  ws::App app(topology(), log,
              where.with_state({.application_id = "page-views",
                                .missing_topics = ws::MissingTopics::are_made,
                                .close_windows_at_end = true}));  // such a run is not shared
  WEIR_TRY(app.run_to_end());
  for (const char* topic : {"per-minute", "last-five", "bursts", "ended-visits"}) {
    WEIR_TRY((show<std::string, std::string>(log, topic)));
  }
  WEIR_TRY((show<std::string, std::int64_t>(log, "slowest")));
  for (const char* topic : {"words-t", "words-p", "words-r", "words-b", "without-page"}) {
    WEIR_TRY((show<std::string, std::string>(log, topic)));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (ws::describe_if_asked(argc, argv, topology())) return 0;
  CLI::App command("What the visitors of a site do, in every kind of window");
  Where where;
  where.add_options(command);
  CLI11_PARSE(command, argc, argv);
  return weir::exit_status_of([&] { return run(where); });
}
